"""What is in the log, for analysts: `huisheng export events|cases|points|households --as
jsonl|csv|parquet -o FILE`."""

from scripts.exporting.cases import COLUMNS as CASE_COLUMNS
from scripts.exporting.events import COLUMNS as EVENT_COLUMNS
from scripts.exporting.points import COLUMNS as POINT_COLUMNS
from scripts.exporting.running import FORMS, KINDS, Exported, export

__all__ = ["CASE_COLUMNS", "EVENT_COLUMNS", "FORMS", "KINDS", "POINT_COLUMNS", "Exported", "export"]
