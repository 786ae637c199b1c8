"""Tickets of other systems, imported as facts with their own times. `huisheng import complaints`."""

from scripts.importing.mapping import BadImport, Mapping, load_mapping, read_mapping
from scripts.importing.running import Progress, Summary, follow, run

__all__ = ["BadImport", "Mapping", "Progress", "Summary", "follow", "load_mapping", "read_mapping", "run"]
