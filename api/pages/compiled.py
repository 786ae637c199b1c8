"""Templates compiled once: kept where Python keeps its own bytecode, and made ready before the first page.

Compiling all of them takes a second and more of a processor, the largest a tenth of one: nobody's first look
at a page should pay for it.
"""

import sys
from contextlib import suppress
from functools import cache
from importlib.util import cache_from_source
from pathlib import Path

from jinja2 import Environment, FileSystemBytecodeCache
from jinja2.bccache import Bucket


class Compiled(FileSystemBytecodeCache):
    """Beside the templates, or under PYTHONPYCACHEPREFIX. A place that cannot be written to keeps nothing."""

    def __init__(self, templates: Path) -> None:
        super().__init__(str(Path(cache_from_source(str(templates / "layout.html"))).parent), "%s.html")

    def dump_bytecode(self, bucket: Bucket) -> None:
        if sys.dont_write_bytecode:
            return
        with suppress(OSError):
            Path(self.directory).mkdir(parents=True, exist_ok=True)
            super().dump_bytecode(bucket)


@cache
def prepare(templates: Environment) -> None:
    """Have every template ready to be shown."""
    for name in templates.list_templates(filter_func=lambda name: "__pycache__" not in name):
        templates.get_template(name)
