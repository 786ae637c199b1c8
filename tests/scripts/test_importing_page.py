"""docs/importing.md is true: its example mapping is one, and it knows every column and rule."""

import re
import tomllib
from pathlib import Path

from scripts.exporting import CASE_COLUMNS
from scripts.importing import load_mapping, read_mapping
from scripts.importing.mapping import ANSWERS, DELIMITERS, FIELDS, UNKNOWN, WORDS
from scripts.importing.translating import CLOSED_BEFORE_OPENED, FOLLOW_UP_WITHOUT_MOMENT

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/importing.md").read_text("utf-8")
NAMED = set(re.findall(r"`([^`\n]+)`", PAGE))


def test_the_example_is_a_mapping():
    (example,) = re.findall(r"```toml\n(.*?)```", PAGE, re.DOTALL)
    assert read_mapping(tomllib.loads(example)).words["channel"].read("微信") == "wechat"
    for word in (*ANSWERS, *DELIMITERS, *UNKNOWN, *WORDS):
        assert word in example, word


def test_every_column_of_the_plain_layout_is_explained():
    plain = load_mapping(ROOT / "mappings/plain.toml")
    columns = {column for columns in plain.columns.values() for column in columns}
    assert columns <= NAMED
    assert columns - {"address"} == set(CASE_COLUMNS) - {"id"}
    assert set(plain.columns) <= set(FIELDS)


def test_every_rule_that_mends_is_named():
    assert {CLOSED_BEFORE_OPENED, FOLLOW_UP_WITHOUT_MOMENT} <= NAMED
