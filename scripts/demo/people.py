"""The invented community's people and places. No name, number or address is anybody's."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from random import Random

from api.demo_users import REASON
from domain.messages import Actor, clear
from domain.organisation import STREAM, Grant
from domain.people import Bar, Enrol, stream_of
from domain.steps import Step
from engine.ids import derived_id

COMMUNITY = "demo/north/sl"
STREET = "demo/north"
GRIDS = tuple(f"{COMMUNITY}/grid-{n:02}" for n in range(1, 9))
COMPOUNDS = ("松林苑", "松涛里", "北苑新村", "松风家园", "云杉里", "北苑东里", "松月小区", "林语苑")

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧"
GIVEN = [
    "建国",
    "秀英",
    "桂兰",
    "志强",
    "淑珍",
    "海燕",
    "文博",
    "雨桐",
    "子涵",
    "浩然",
    "玉梅",
    "国强",
    "晓东",
    "丽娟",
    "春生",
    "凤霞",
    "思远",
    "佳琪",
    "立新",
    "红梅",
    "永福",
    "美玲",
    "天佑",
    "嘉怡",
    "宏伟",
    "素云",
    "明哲",
    "欣然",
    "德顺",
    "慧敏",
]

DISPATCHER = Actor("dispatcher", "dispatcher", COMMUNITY)
STREET_OFFICER = Actor("street", "street", STREET)
RESIDENT = Actor("resident", "resident", GRIDS[0])
CREWS = {
    "heating-co": Actor("heating", "unit", "heating-co"),
    "water-co": Actor("water", "unit", "water-co"),
    "property-co": Actor("property", "unit", "property-co"),
    "housing-bureau": Actor("housing", "unit", "housing-bureau"),
    "street-office": Actor("street-crew", "unit", "street-office"),
}


NAMED = {
    "water": "江平", "housing": "石坚", "street-crew": "童勤",
    "grid-02-a": "孟禾", "grid-02-b": "乔安", "grid-03-a": "温杉", "grid-03-b": "卢青",
    "grid-04-a": "纪山", "grid-04-b": "苗雨", "grid-05-a": "康宁", "grid-05-b": "秦月",
    "grid-06-a": "祁川", "grid-06-b": "殷晴", "grid-07-a": "岳林", "grid-07-b": "穆春",
    "grid-08-a": "尤帆", "grid-08-b": "倪星",
}  # fmt: skip
"""What those are called who only ever acted in the past: they have no password, and are barred."""


def former() -> Iterator[Actor]:
    """Those of `NAMED`, in the roles they acted in."""
    everybody = [*CREWS.values(), *(member for grid in GRIDS for member in grid_members(grid))]
    return (actor for actor in everybody if actor.person in NAMED)


def entries(until: datetime) -> Iterator[Step]:
    """Enters them, with grants that have ended when the demo begins: today's work is the demo users'."""
    for actor in former():
        stream = stream_of(actor.person)
        name = clear(actor.person, NAMED[actor.person])
        yield Step("person", stream, Enrol(name, None, "", demo=True))
        yield Step("person", stream, Bar(REASON))
        grant = Grant(actor.person, actor.role, actor.scope, REASON, until_at=until)
        yield Step("organisation", STREAM, grant)


def grid_members(grid: str) -> tuple[Actor, Actor]:
    """Two members of the grid's team: one handles, the other follows up."""
    if grid == GRIDS[0]:
        names = ("gridworker", "gridworker2")
    else:
        short = grid.rpartition("/")[2]
        names = (f"{short}-a", f"{short}-b")
    return Actor(names[0], "gridworker", grid), Actor(names[1], "gridworker", grid)


def crew(unit: str) -> Actor:
    """Who acts for a unit; for a grid's team its first member."""
    return CREWS.get(unit) or grid_members(unit)[0]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """Someone who reports. `person` is the id the demo gives him."""

    person: str
    name: str
    phone: str


def neighbour(number: int) -> Neighbour:
    """The nth inhabitant; always the same one. 100-… is no number range in use."""
    chance = Random(f"neighbour-{number}")
    name = chance.choice(SURNAMES) + chance.choice(GIVEN)
    return Neighbour(derived_id("p", "demo", str(number)), name, f"100{number:08}")


@dataclass(frozen=True, slots=True)
class Home:
    """A flat. `lat` and `long` lie in a field of no town."""

    grid: str
    building: int
    staircase: int
    flat: str
    lat: float
    long: float

    @property
    def address(self) -> str:
        compound = COMPOUNDS[GRIDS.index(self.grid)]
        return f"{compound}{self.building}号楼{self.staircase}单元{self.flat}室"

    def fill(self, text: str) -> str:
        return text.format(b=self.building, u=self.staircase, r=self.flat)


def home(chance: Random) -> Home:
    number = chance.randrange(len(GRIDS))
    building, staircase = chance.randint(1, 12), chance.randint(1, 4)
    flat = f"{chance.randint(1, 12)}0{chance.randint(1, 4)}"
    lat = 44.5 + number * 0.01 + building * 0.0006
    return Home(GRIDS[number], building, staircase, flat, round(lat, 5), round(120.2 + staircase * 0.0004, 5))
