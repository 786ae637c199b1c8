"""The smallest Excel file: inline text, numbers, and moments in Excel's own form."""

import zipfile
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
KINDS = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
PARTS = "http://schemas.openxmlformats.org/package/2006"
SHEET_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml"
EPOCH = datetime(1899, 12, 30)  # noqa: DTZ001  (Excel's moments have no zone)
DATE = 'numFmtId="22" xfId="0" applyNumberFormat="1"'


def write_xlsx(path: Path, sheets: list[list[list[Any]]]) -> None:
    """Sheets of rows of cells; an empty row is left out of the file, as Excel leaves it out."""
    numbers = range(1, len(sheets) + 1)
    entries = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="r{n}"/>' for n in numbers)
    targets = "".join(
        f'<Relationship Id="r{n}" Type="{KINDS}/worksheet" Target="sheet{n}.xml"/>' for n in numbers
    )
    overrides = "".join(
        f'<Override PartName="/xl/sheet{n}.xml" ContentType="{SHEET_TYPE}.worksheet+xml"/>' for n in numbers
    )
    with zipfile.ZipFile(path, "w") as book:
        book.writestr(
            "[Content_Types].xml",
            f'<Types xmlns="{PARTS}/content-types"><Default Extension="rels"'
            f' ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
            f'<Override PartName="/xl/workbook.xml" ContentType="{SHEET_TYPE}.sheet.main+xml"/>'
            f'<Override PartName="/xl/styles.xml" ContentType="{SHEET_TYPE}.styles+xml"/>{overrides}</Types>',
        )
        book.writestr(
            "_rels/.rels",
            f'<Relationships xmlns="{PARTS}/relationships"><Relationship Id="r1"'
            f' Type="{KINDS}/officeDocument" Target="xl/workbook.xml"/></Relationships>',
        )
        book.writestr(
            "xl/workbook.xml", f'<workbook {MAIN} xmlns:r="{KINDS}"><sheets>{entries}</sheets></workbook>'
        )
        book.writestr(
            "xl/_rels/workbook.xml.rels",
            f'<Relationships xmlns="{PARTS}/relationships">{targets}'
            f'<Relationship Id="s" Type="{KINDS}/styles" Target="styles.xml"/></Relationships>',
        )
        book.writestr(
            "xl/styles.xml",
            f'<styleSheet {MAIN}><cellXfs count="2"><xf numFmtId="0" xfId="0"/><xf {DATE}/></cellXfs>'
            "</styleSheet>",
        )
        for n, rows in enumerate(sheets, 1):
            book.writestr(
                f"xl/sheet{n}.xml", f"<worksheet {MAIN}><sheetData>{_rows(rows)}</sheetData></worksheet>"
            )


def _rows(rows: list[list[Any]]) -> str:
    return "".join(
        f'<row r="{n}">{"".join(_cell(n, column, cell) for column, cell in enumerate(row))}</row>'
        for n, row in enumerate(rows, 1)
        if row
    )


def _cell(row: int, column: int, cell: Any) -> str:
    place = f'r="{chr(65 + column // 26 - 1) if column > 25 else ""}{chr(65 + column % 26)}{row}"'
    if isinstance(cell, datetime):
        return f'<c {place} s="1"><v>{(cell - EPOCH).total_seconds() / 86_400}</v></c>'
    if isinstance(cell, str):
        return f'<c {place} t="inlineStr"><is><t>{escape(cell)}</t></is></c>'
    return f"<c {place}><v>{cell}</v></c>"
