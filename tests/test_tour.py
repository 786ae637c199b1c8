"""The tour shows what its script makes: every picture is there, small, and told of in both languages."""

import re
from pathlib import Path

from PIL import Image

from tests.browser.tour import HEAVIEST, PICTURES, VIEWS

DOCS = Path(__file__).parent.parent / "docs"
NAMES = [view.name for view in VIEWS]


def test_both_tours_show_the_pictures_of_the_script_in_its_order() -> None:
    for tour in ("tour.md", "tour.zh-CN.md"):
        shown = re.findall(r"!\[[^\]]+\]\(images/tour/([\w-]+)\.png\)", (DOCS / tour).read_text("utf-8"))
        assert shown == NAMES, tour


def test_every_picture_is_there_and_small() -> None:
    assert sorted(path.name for path in PICTURES.iterdir()) == sorted(f"{name}.png" for name in NAMES)
    for path in PICTURES.iterdir():
        assert path.stat().st_size <= HEAVIEST, path.name
        with Image.open(path) as picture:
            assert picture.mode == "P" and picture.width in (390, 1120), path.name


def test_both_readmes_lead_to_the_tour() -> None:
    for readme, tour in (("README.md", "docs/tour.md"), ("README.zh-CN.md", "docs/tour.zh-CN.md")):
        assert f"]({tour})" in (DOCS.parent / readme).read_text("utf-8")
