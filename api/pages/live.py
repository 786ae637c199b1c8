"""What a page listens to while it is open (static/live.js): which streams are news on it.

The stream itself tells only what the viewer may know of (api/stream.py); a page without news of its own still
says whether it is connected.
"""

from api.pages.menu import STAFF

FOLLOWS = {
    "/": "c-", "/day": "c-", "/complaints": "c-", "/points/claims": "clm-", "/rule-books": "rule-book-",
    "/office/organisation": "organisation", "/office/people": "person-",
    "/office/administration": "administration",
}  # fmt: skip
"""By page, the beginning of the streams whose facts are news there."""
ONE = "/complaints/"


def watched(path: str, role: str) -> str | None:
    """The beginning of the streams that are news; "" for none, None where a page does not listen: a
    resident's and a stranger's."""
    if role not in STAFF:
        return None
    if path in FOLLOWS:
        return FOLLOWS[path]
    case = path.removeprefix(ONE)
    return case if path.startswith(f"{ONE}c-") and "/" not in case else ""
