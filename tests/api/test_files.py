"""The style sheet and the scripts on their way to a browser."""

import gzip
import re
from pathlib import Path

import pytest

from api.files import bare, served
from tests.api.conftest import Office

STATIC = Path(__file__).parents[2] / "api" / "static"
HEAVIEST = 12_000
"""Bytes of the packed style sheet on the way."""


@pytest.mark.parametrize(
    ("written", "served"),
    [
        ("/* why */\na { color : red ; }\n", "a{color : red}"),
        ("a ,\nb > c{margin:0 1px}", "a,b>c{margin:0 1px}"),
        ('i::before{content:"/* ; } kept  */"}', 'i::before{content:"/* ; } kept  */"}'),
        (".a .b{width:calc(100% - 2px)}", ".a .b{width:calc(100% - 2px)}"),
        ("@media (max-width: 40rem) {\n  a{top:0}\n}", "@media (max-width: 40rem){a{top:0}}"),
    ],
)
def test_a_sheet_loses_only_what_nobody_reads(written: str, served: str):
    assert bare(written) == served


def test_every_rule_of_the_sheet_is_served():
    written = (STATIC / "huisheng.css").read_text("utf-8")
    told = bare(written)
    without = re.sub(r"/\*.*?\*/", "", written, flags=re.DOTALL)
    assert re.sub(r"[\s;]", "", told) == re.sub(r"[\s;]", "", without)
    assert "/*" not in told and "\n" not in told
    assert bare(told) == told


def test_who_can_unpack_gets_it_packed_and_who_cannot_gets_it_plain(office: Office):
    plain, packed = served(STATIC / "huisheng.css", 0)
    assert gzip.decompress(packed) == plain and len(packed) < HEAVIEST
    for name, kind in (("huisheng.css", "text/css"), ("work.js", "text/javascript")):
        for asked in ("gzip, br", "identity"):
            answer = office.http.get(f"/static/{name}", headers={"Accept-Encoding": asked})
            assert answer.status_code == 200 and answer.headers["content-type"].startswith(kind)
            assert answer.headers.get("content-encoding") == ("gzip" if "gzip" in asked else None)
            assert answer.headers["vary"] == "Accept-Encoding"
            assert answer.content == served(STATIC / name, 0)[0]


def test_a_copy_that_is_still_good_is_not_sent_again(office: Office):
    first = office.http.get("/static/huisheng.css")
    again = office.http.get("/static/huisheng.css", headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert office.http.get("/static/none.css").status_code == 404
    assert office.http.head("/static/huisheng.css").status_code == 200
