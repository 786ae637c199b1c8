"""The book `templates`: bodies of a place (“1+4”), the roles each has, and how many fill them.

The same name means different bodies in different places: a template may be written for one part of the tree.
"""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol, TypeVar

from domain.refusals import Refused
from domain.rule_books.content import BadContent, Table

MOST_OF_ONE_ROLE = 100
_CODE = re.compile(r"[a-z][a-z0-9_-]{0,39}")


class Filled(Protocol):
    """A role of a body and the person who fills it."""

    @property
    def role(self) -> str: ...
    @property
    def person(self) -> str: ...


class Placed(Protocol):
    """An entry that holds for the node `where` of the grid tree and below; "" everywhere."""

    @property
    def where(self) -> str: ...


P = TypeVar("P", bound=Placed)


def nearest(entries: Iterable[P], place: str) -> P | None:
    """The entry written for the closest node at or above `place`; None where none holds there."""
    holding = (each for each in entries if not each.where or f"{place}/".startswith(f"{each.where}/"))
    return max(holding, key=lambda each: len(each.where), default=None)


@dataclass(frozen=True, slots=True)
class BodyRole:
    """A role of a body: at least `least` and at most `most` persons fill it."""

    role: str
    zh: str
    en: str
    least: int = 1
    most: int = 1


@dataclass(frozen=True, slots=True)
class BodyTemplate:
    """A kind of body. `version` is that of the book it stands in."""

    code: str
    zh: str
    en: str
    roles: tuple[BodyRole, ...]
    where: str = ""
    version: str = ""

    def role(self, code: str) -> BodyRole | None:
        return next((role for role in self.roles if role.role == code), None)

    def check(self, members: Sequence[Filled]) -> None:
        """Refused for a role the template does not have, a role filled too often or too seldom, or one
        person twice in one role. One person may fill several roles (双向进入、交叉任职)."""
        for member in members:
            if self.role(member.role) is None:
                known = ", ".join(role.role for role in self.roles)
                raise Refused(
                    "body.unknown-role",
                    f"{self.code} has no role {member.role!r}",
                    help=f"one of {known}",
                    role=member.role,
                )
        if twice := [seat for seat, n in Counter((m.role, m.person) for m in members).items() if n > 1]:
            raise Refused("body.member-twice", f"{twice[0][1]} fills {twice[0][0]} twice", role=twice[0][0])
        filled = Counter(member.role for member in members)
        for role in self.roles:
            if not role.least <= filled[role.role] <= role.most:
                raise Refused(
                    "body.seats",
                    f"{self.code} needs {role.least} to {role.most} {role.role}, not {filled[role.role]}",
                    role=role.zh,
                    least=role.least,
                    most=role.most,
                    actual=filled[role.role],
                )


@dataclass(frozen=True, slots=True)
class Templates:
    """One version of the book, in the order it lists them."""

    version: str = ""
    bodies: tuple[BodyTemplate, ...] = ()

    def of(self, code: str, place: str = "") -> BodyTemplate | None:
        """The template of that code for the place; None if there is none for it."""
        return nearest((body for body in self.bodies if body.code == code), place)


def read_templates(content: dict[str, Any], version: str) -> Templates:
    """BadContent if a code stands twice for one place, a role twice in a body, or a field is wrong."""
    table = Table(content)
    bodies: list[BodyTemplate] = []
    for entry in table.tables("bodies"):
        body = replace(_body(entry), version=version)
        if any((body.code, body.where) == (other.code, other.where) for other in bodies):
            raise BadContent(
                entry.at("code"), f"{body.code!r} is used twice for {body.where or 'everywhere'}"
            )
        bodies.append(body)
    table.done()
    return Templates(version, tuple(bodies))


def _body(table: Table) -> BodyTemplate:
    code = code_of(table, "code")
    roles = tuple(map(_role, table.tables("roles")))
    body = BodyTemplate(
        code=code,
        zh=table.text("zh"),
        en=table.text("en", default=code),
        roles=roles,
        where=table.text("where", default=""),
    )
    if not roles:
        raise BadContent(table.at("roles"), "names no role")
    for n, role in enumerate(roles):
        if role.role in {other.role for other in roles[:n]}:
            raise BadContent(f"{table.at('roles')}[{n}].role", f"{role.role!r} is used twice")
    table.done()
    return body


def _role(table: Table) -> BodyRole:
    code = code_of(table, "role")
    least = table.whole("least", 0, MOST_OF_ONE_ROLE, 1)
    role = BodyRole(
        role=code,
        zh=table.text("zh"),
        en=table.text("en", default=code),
        least=least,
        most=table.whole("most", 1, MOST_OF_ONE_ROLE, max(1, least)),
    )
    if role.least > role.most:
        raise BadContent(table.at("least"), "is above most")
    table.done()
    return role


def code_of(table: Table, key: str) -> str:
    """A code of the field: lower-case Latin letters, digits, `_` and `-`. BadContent if it is none."""
    code = table.text(key)
    if _CODE.fullmatch(code) is None:
        raise BadContent(table.at(key), f"is {code!r}, but a code is lower-case letters, digits, _ and -")
    return code
