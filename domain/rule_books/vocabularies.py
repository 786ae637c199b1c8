"""The book `vocabularies`: what a place calls its levels, its posts and its groups of people.

Local names are mapped to the canonical levels, so that 楼院 and 小区 are counted alike. A group
(“三官一师一员”) says which roles it means in which place: the same words name different people.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from domain.rule_books.content import BadContent, Table
from domain.rule_books.templates import code_of, nearest

LEVELS = ("city", "district", "street", "community", "grid", "building", "entrance")
"""The canonical levels of the grid tree, from the top."""


@dataclass(frozen=True, slots=True)
class LevelName:
    """A local name of a level, said in the node `where` and below ("" everywhere)."""

    name: str
    level: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class Post:
    """A post somebody holds at a place, or a role somebody has in a group."""

    code: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Group:
    """A name for several roles (“三官一师一员”), in the node `where` and below; `roles` are codes."""

    name: str
    roles: tuple[str, ...]
    where: str = ""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """One version of the book. Without one, only the canonical names are known."""

    version: str = ""
    levels: tuple[LevelName, ...] = ()
    posts: Mapping[str, Post] = field(default_factory=dict)
    roles: Mapping[str, Post] = field(default_factory=dict)
    groups: tuple[Group, ...] = ()

    def level(self, name: str, place: str = "") -> str | None:
        """The canonical level of a local name at the place; None if it is not known there."""
        found = nearest((each for each in self.levels if each.name == name), place)
        return None if found is None else found.level

    def group(self, name: str, place: str = "") -> tuple[Post, ...]:
        """Who is meant by the group's name at the place; () if it is not known there."""
        found = nearest((each for each in self.groups if each.name == name), place)
        return () if found is None else tuple(self.roles[code] for code in found.roles)


def read_vocabularies(content: dict[str, Any], version: str) -> Vocabulary:
    """BadContent if a name stands twice for one place, a group names no known role, or a field is wrong."""
    table = Table(content)
    roles = _posts(table, "roles")
    vocabulary = Vocabulary(
        version=version,
        levels=tuple(map(_level, _tables(table, "levels"))),
        posts=_posts(table, "posts"),
        roles=roles,
        groups=tuple(_group(entry, tuple(roles)) for entry in _tables(table, "groups")),
    )
    table.done()
    _once("levels", [(level.name, level.where) for level in vocabulary.levels])
    _once("groups", [(group.name, group.where) for group in vocabulary.groups])
    return vocabulary


def _once(key: str, names: list[tuple[str, str]]) -> None:
    for n, name in enumerate(names):
        if name in names[:n]:
            raise BadContent(f"{key}[{n}].name", f"{name[0]!r} is used twice for one place")


def _tables(table: Table, key: str) -> tuple[Table, ...]:
    return table.tables(key) if table.has(key) else ()


def _level(table: Table) -> LevelName:
    level = LevelName(table.text("name"), table.text("level", among=LEVELS), table.text("where", default=""))
    table.done()
    return level


def _posts(table: Table, key: str) -> dict[str, Post]:
    posts: dict[str, Post] = {}
    for entry in _tables(table, key):
        code = code_of(entry, "code")
        if code in posts:
            raise BadContent(entry.at("code"), f"{code!r} is used twice")
        posts[code] = Post(code, entry.text("zh"), entry.text("en", default=code))
        entry.done()
    return posts


def _group(table: Table, known: tuple[str, ...]) -> Group:
    group = Group(table.text("name"), table.texts("roles"), table.text("where", default=""))
    table.done()
    if not group.roles:
        raise BadContent(table.at("roles"), "names no role")
    for role in group.roles:
        if role not in known:
            raise BadContent(table.at("roles"), f"holds {role!r}, which is none of roles[].code")
    return group
