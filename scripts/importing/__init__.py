"""What other systems kept, imported as facts: tickets with their own times (`huisheng import complaints`),
the balances of another ledger of points (`huisheng import ledger`), a register of households
(`huisheng import households`)."""

from scripts.importing.accounting import Progress, Summary
from scripts.importing.mapping import BadImport, Mapping, load_mapping, read_mapping
from scripts.importing.running import follow, run

__all__ = ["BadImport", "Mapping", "Progress", "Summary", "follow", "load_mapping", "read_mapping", "run"]
