"""A walk over every link a user is shown, over HTTP without a browser: what stands behind it, and what any
page must hold whatever its subject."""

import re
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urljoin, urlsplit

import httpx
from starlette.routing import compile_path

from api import words
from api.files import served
from api.permissions import TABLE

STATIC = Path(__file__).parents[2] / "api"
HEAVIEST = 100 * 1024
"""Bytes of a page, as it is sent, with its style sheet and scripts, as they are sent."""
KEYLESS = (
    "/login", "/logout", "/acting", "/hints", "/track", "/receipts/check", "/counter", "/counter/next",
    "/complaints/bulk", "/complaints/views", "/office/projections/", "/rule-books/",
)  # fmt: skip
"""What may be sent twice: it asks, compares, checks or leads on to a form that has a key, and nothing is
recorded of it."""
WAYS = 4
"""Of a list there are as many addresses as filters."""
ROUTES = [
    (*route.partition(" ")[::2], compile_path(route.partition(" ")[2])[0])
    for route in sorted(TABLE, key=lambda route: (route.count("{"), route))
]
"""Fixed addresses before those with an id in them."""
VOID = frozenset(
    (
        "area",
        "br",
        "circle",
        "col",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "path",
        "rect",
        "source",
        "use",
        "wbr",
    )
)
HAN = re.compile(r"[\u4e00-\u9fff]")
CHINESE_MARK = re.compile(r"[A-Za-z0-9][：，；。]|[：，；。][A-Za-z]")
BLANK = re.compile(r"\\\{\w+\\\}")
SPOKEN = ("aria-label", "title", "placeholder", "alt")


class Reading(HTMLParser):
    """What a page holds: its links, forms, files, faults, and what it says and in which language."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.lang = ""
        self.links: list[str] = []
        self.files: list[str] = []
        self.twins: dict[str, str] = {}
        self.forms: list[dict[str, str]] = []
        self.names: list[set[str]] = []
        self.headings = 0
        self.ids: Counter[str] = Counter()
        self.inline: list[str] = []
        self.said: list[tuple[str, str]] = []
        self._open: list[tuple[str, str]] = []
        self._template = 0
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "html":
            self.lang = has.get("lang", "")
        lang = has.get("lang", self._open[-1][1] if self._open else "")
        if tag not in VOID:
            self._open.append((tag, lang))
        self.headings += tag == "h1"
        self._template += tag == "template"
        if has.get("id"):
            # What stands in a template is none of the page before it is taken out, one at a time.
            within = any(tag == "template" for tag, _ in self._open[:-1])
            self.ids[f"{self._template}:{has['id']}" if within else has["id"]] += 1
        self._unsafe(tag, has)
        self.said += [(lang, has[name]) for name in SPOKEN if has.get(name)]
        if tag == "a" and "href" in has:
            if "hreflang" in has:
                self.twins[has["hreflang"]] = has["href"]
            elif "download" not in has:
                self.links.append(has["href"])
        self.files += [has[name] for name in ("src",) if name in has]
        self.files += [has["href"]] if tag == "link" else []
        if tag == "form":
            self.forms.append(has)
            self.names.append(set())
        elif self.names and "name" in has and any(tag == "form" for tag, _ in self._open):
            self.names[-1].add(has["name"])

    def handle_endtag(self, tag: str) -> None:
        if tag in (open_tag for open_tag, _ in self._open):
            while self._open.pop()[0] != tag:
                pass

    def handle_data(self, data: str) -> None:
        text = " ".join(data.split())
        if text and self._open and not {"script", "code", "pre", "textarea"} & {tag for tag, _ in self._open}:
            self.said.append((self._open[-1][1], text))

    def _unsafe(self, tag: str, has: dict[str, str]) -> None:
        if tag == "style" or (tag == "script" and "src" not in has):
            self.inline.append(f"<{tag}>")
        self.inline += [f"<{tag} {name}>" for name in has if name == "style" or name.startswith("on")]


@dataclass
class Seen:
    """A page that was opened: where, from where, and what is wrong with it."""

    path: str
    shown_on: str
    pattern: str
    status: int = 0
    reading: Reading | None = None
    faults: list[str] = field(default_factory=list)


def plain(path: str) -> str:
    """The address without its fragment and its language."""
    split = urlsplit(path)
    query = [(name, value) for name, value in parse_qsl(split.query) if name != "lang"]
    return split.path + (f"?{urlencode(query)}" if query else "")


def resolved(path: str, link: str) -> str:
    """Where a link of the page at `path` leads, without its fragment."""
    return urljoin(path, link).partition("#")[0]


def route_of(path: str, method: str = "GET") -> str:
    """The route behind an address as the table of permissions writes it."""
    bare = urlsplit(path).path
    return next(
        (told for asks, told, shape in ROUTES if asks == method and shape.match(bare)), f"nowhere: {bare}"
    )


def pattern_of(path: str) -> str:
    """The route, the command it is for, and the names of what it is asked: `/complaints/{id}?done`."""
    split = urlsplit(path)
    route = route_of(path)
    if "/do/{" in route:
        route = route.rpartition("/")[0] + "/" + split.path.rpartition("/")[2]
    asked = sorted({name for name, _ in parse_qsl(split.query)} - {"lang"})
    return route + (f"?{'&'.join(asked)}" if asked else "")


def walk(http: httpx.Client, start: str = "/", most: int = 120) -> Iterator[Seen]:
    """Every page a user is led to from `start`, breadth first: two of each route, and some of the ways to ask
    it."""
    waiting = deque([(start, "")])
    known: set[str] = {start}
    taken: Counter[str] = Counter()
    ways: Counter[str] = Counter()
    seen = 0
    while waiting and seen < most:
        path, shown_on = waiting.popleft()
        pattern, route = pattern_of(path), route_of(path)
        taken[pattern] += 1
        if taken[pattern] > (1 if "?" in pattern else 2):
            continue
        ways[route] += "?" in pattern
        if ways[route] > WAYS:
            continue
        page = opened(http, path, shown_on, pattern)
        seen += 1
        yield page
        if page.reading is None:
            continue
        for link in page.reading.links:
            here = urljoin(path, link)
            if urlsplit(here).netloc or urlsplit(here).scheme:
                continue
            if (to := plain(here)) not in known:
                known.add(to)
                waiting.append((to, path))


def opened(http: httpx.Client, path: str, shown_on: str, pattern: str) -> Seen:
    answer = http.get(path, headers={"Accept": "text/html,*/*"}, follow_redirects=False)
    page = Seen(path, shown_on, pattern, answer.status_code)
    if answer.status_code != 200:
        page.faults.append(f"answers {answer.status_code}")
    elif "text/html" in answer.headers["content-type"] and not path.startswith("/docs"):
        page.reading = Reading(answer.text)
        page.faults += faults(page.reading, answer.text, path)
        if "default-src 'none'" not in answer.headers.get("content-security-policy", ""):
            page.faults.append("has no policy of content")
    return page


def faults(page: Reading, html: str, path: str) -> Iterator[str]:
    """What is wrong with a page, whatever it is about."""
    if page.headings != 1:
        yield f"has {page.headings} first headings"
    if page.lang not in (words.CHINESE, words.ENGLISH):
        yield f"says its language is {page.lang!r}"
    if page.inline:
        yield f"carries {sorted(set(page.inline))}"
    if twice := [id for id, times in page.ids.items() if times > 1]:
        yield f"has ids twice: {twice}"
    ours = [name for name in page.files if name.startswith("/static/")]
    files = {STATIC / name.strip("/").partition("?")[0] for name in ours}
    weight = len(html.encode()) + sum(len(served(file, file.stat().st_mtime_ns)[1]) for file in files)
    if weight > HEAVIEST:
        yield f"weighs {weight:,} bytes"
    for address in (*page.links, *page.files, *(form.get("action", "") for form in page.forms)):
        if urlsplit(address).netloc or urlsplit(address).scheme not in ("", "data", "tel", "mailto"):
            yield f"leads outside: {address}"
    for form, names in zip(page.forms, page.names, strict=True):
        action = form.get("action", "").partition("?")[0]
        if form.get("method") == "post" and "key" not in names and not keyless(action or path):
            yield f"sends {action or 'itself'} without a key"


def keyless(action: str) -> bool:
    return any(action == one or (one.endswith("/") and action.startswith(one)) for one in KEYLESS)


def lines(language: str) -> re.Pattern[str]:
    """Any whole line of the pages in one language that says something, its blanks filled with anything."""
    catalogue = words.catalogue("en")
    told = catalogue if language == words.CHINESE else catalogue.values()
    wanted = [line for line in told if speaks(line, language)]
    return re.compile("|".join(BLANK.sub(".{1,40}?", re.escape(" ".join(line.split()))) for line in wanted))


def speaks(line: str, language: str) -> bool:
    """Whether a line of the catalogue is long enough to be nothing else than a line of that language."""
    bare = re.sub(r"\{\w+\}", "", line)
    if language == words.CHINESE:
        return len(HAN.findall(bare)) >= 2
    return len(re.findall(r"[A-Za-z]{2,}", bare)) >= 3


def foreign(page: Reading, other: re.Pattern[str]) -> list[str]:
    """What a page says that is a line of the other language, where it does not itself say so."""
    return [text for lang, text in page.said if lang == page.lang and other.fullmatch(text)]


def marks(page: Reading) -> list[str]:
    """What an English page says with Chinese marks between its own words."""
    return [text for lang, text in page.said if lang == words.ENGLISH and CHINESE_MARK.search(text)]
