"""The books of routes, patrols, sweeps and watches, written command by command, are what a rebuild makes."""

from engine.read import count
from engine.rebuild import rebuild
from projections.patrols.patrols import PATROL_BOOK, PATROL_ROUTES
from projections.patrols.recurrences import RECURRENCE_WATCHES
from projections.patrols.sweeps import SWEEP_BOOK
from tests.api.conftest import GRID, Office
from tests.api.patrols.test_patrols import HAZARD, OTHER, STOPS, closed, walk


def test_the_live_books_are_what_a_rebuild_makes(office: Office):
    way = {"name": "管网", "grid": GRID, "stops": STOPS, "category": "heating"}
    route = office.done("patrols/routes", way, "gridworker")["id"]
    patrol = office.done("patrols", walk(route=route, hazards=[HAZARD]), "gridworker")["id"]
    office.caught_up()
    office.done(f"patrols/{patrol}/hazards", {"hazards": [HAZARD]}, "gridworker")
    office.done(f"patrols/routes/{route}/retire", {"reason": "管网已改造"}, "gridworker")
    case = closed(office)
    asked = {"grids": [GRID, OTHER], "due_on": "2026-11-25", "what": "门禁都查", "case": case}
    sweep = office.done("sweeps", asked)["id"]
    hazard = {"category": "property", "text": "2 号楼门禁也坏"}
    office.caught_up()
    office.done(f"sweeps/{sweep}/checks", {"grid": GRID, "looked_at": 9, "hazards": [hazard]}, "gridworker")
    row = {"grid": GRID, "place": "门店-017", "status": "同意改气", "label": "柳园面馆"}
    office.done(f"sweeps/{sweep}/places", row, "gridworker")
    office.caught_up()
    office.done(f"sweeps/{sweep}/places", row | {"status": "已通气", "label": ""}, "gridworker")
    office.done(f"sweeps/{sweep}/close", {"note": "余下的下周查"})
    watch = f"complaints/{case}/recurrence-watch"
    office.done(watch, {"until": "2026-11-28", "note": "雨后看"})
    office.done(f"{watch}/look", {"result": "stayed_away"}, "gridworker")
    office.caught_up()
    office.done(f"{watch}/end", {"reason": "整栋楼已改造"})
    office.caught_up()
    books = (PATROL_ROUTES, PATROL_BOOK, SWEEP_BOOK, RECURRENCE_WATCHES)
    assert rebuild(office.engine, books, verify=True).difference is None
    with office.engine.views.read() as reading:
        held = {table.name: count(reading, table.name) for book in books for table in book.TABLES}
    assert held == {
        "patrol_routes": 1, "patrols": 1, "sweeps": 1, "sweep_grids": 2, "sweep_places": 1,
        "recurrence_watches": 1,
    }  # fmt: skip
