"""The book of outreach, as `api.answering` asks it."""

from api.outreach.figures import evaluate, frame, row
from api.outreach.lists import behind, counted, named, roles

__all__ = ["behind", "counted", "evaluate", "frame", "named", "roles", "row"]
