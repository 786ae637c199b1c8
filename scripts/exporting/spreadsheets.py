"""Cells that a spreadsheet would take for a formula, made harmless, and made what they were again.

A cell that begins with = + - @ or a control character gets an apostrophe in front; so does one that begins
with apostrophes and then such a character, so that taking one apostrophe away always gives the cell back.
"""

import re

FORMULA = re.compile(r"'*[=+\-@\t\r\n]")
GUARDED = re.compile(r"'+[=+\-@\t\r\n]")


def guarded(cell: str) -> str:
    return "'" + cell if FORMULA.match(cell) else cell


def unguarded(cell: str) -> str:
    return cell[1:] if GUARDED.match(cell) else cell
