"""Many at once at the points desk: nobody spends twice, the last item goes once, on both databases."""

from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import httpx
import pytest

from api.compose import open_engine
from api.demo_users import enrol
from domain.points.account.commands import CarryOver, Open
from domain.points.stock import Receive
from domain.steps import Step
from engine.desk import Order
from scripts.setting_up import OPERATOR, apply, load
from tests.api.conftest import GRID, SAMPLE, at_store
from tests.api.points.serving import processes


class Servers(list[str]):
    """The addresses of the serving processes, and where their store is."""

    directory: Path

    def headers(self, who: str) -> dict[str, str]:
        return at_store(self.directory, who)


NEIGHBOURS = [f"hh-{n:02}" for n in range(40)]
POINTS = 20


def this_day() -> str:
    """The demo community's day."""
    return datetime.now(ZoneInfo("Asia/Shanghai")).date().isoformat()


def prepared(directory: Path, database: str | None) -> None:
    """The resident and forty households have 20 points each; there are 5 bottles of detergent."""
    with_books = open_engine(directory, database, watch=False)
    try:
        apply(with_books.desk, load(SAMPLE))
        enrol(with_books)
        today = date.fromisoformat(this_day())
        for holder in ("resident", *NEIGHBOURS):
            account = f"acct-{holder}"
            steps = (
                Step("account", account, Open(holder, "resident", GRID)),
                Step("account", account, CarryOver(POINTS, "race", today)),
            )
            with_books.desk.do(Order(steps, OPERATOR))
        shelves = (("flour", 50), ("detergent", 5))
        stock = tuple(Step("stock", f"stock-{item}", Receive(item, n, "x")) for item, n in shelves)
        with_books.desk.do(Order(stock, OPERATOR))
    finally:
        with_books.close()


@pytest.fixture(
    params=[
        pytest.param("sqlite-1", marks=pytest.mark.full),
        "sqlite-3",
        pytest.param("postgres-3", marks=pytest.mark.postgres),
    ],
    scope="module",
)
def servers(request: Any, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    database, _, many = request.param.partition("-")
    directory = tmp_path_factory.mktemp("race")
    server = request.getfixturevalue("postgres_server") if database == "postgres" else None
    url = server.new_database() if server else None
    prepared(directory, url)
    with processes(int(many), directory, url) as addresses:
        found = Servers(addresses)
        found.directory = directory
        yield found
    if server:
        server.leave_database(url)


def all_at_once(many: int, ask: Callable[[int], httpx.Response]) -> list[httpx.Response]:
    with ThreadPoolExecutor(many) as pool:
        return list(pool.map(ask, range(many)))


def post(servers: Servers, n: int, path: str, body: Any, who: str, **headers: str) -> httpx.Response:
    address = f"{servers[n % len(servers)]}/{path}"
    return httpx.post(address, json=body, headers={**servers.headers(who), **headers}, timeout=60)


def get(servers: Servers, path: str, who: str = "gridworker") -> Any:
    return httpx.get(f"{servers[-1]}/{path}", headers=servers.headers(who), timeout=60).json()


def told(answers: list[httpx.Response]) -> Counter[str]:
    return Counter(answer.json().get("code", str(answer.status_code)) for answer in answers)


def test_twenty_orders_of_one_balance_and_one_is_accepted(servers: Servers):
    body = {"account": "acct-resident", "items": [{"item": "flour", "quantity": 1}]}
    answers = all_at_once(20, lambda n: post(servers, n, "points/redemptions", body, "resident"))
    assert told(answers) == {"201": 1, "account.too-few-points": 19}
    account = get(servers, "points/accounts/acct-resident")
    assert (account["available"], account["held_redemption"], account["balance"]) == (0, 20, 20)


def test_forty_residents_race_for_five_pieces(servers: Servers):
    photo = evidence(servers)

    def order(n: int) -> httpx.Response:
        proxy = {"person": "gridworker", "consent": photo}
        body = {"account": f"acct-{NEIGHBOURS[n]}", "items": [{"item": "detergent"}], "proxy": proxy}
        return post(servers, n, "points/redemptions", body, "gridworker")

    answers = all_at_once(40, order)
    assert told(answers) == {"201": 5, "stock.too-little": 35}
    shelf = next(each for each in get(servers, "points/stock")["items"] if each["item"] == "detergent")
    assert (shelf["on_hand"], shelf["reserved"], shelf["available"]) == (5, 5, 0)
    balances = [get(servers, f"points/accounts/acct-{holder}")["available"] for holder in NEIGHBOURS]
    assert sorted(balances) == [POINTS - 5] * 5 + [POINTS] * 35


def test_a_claim_verified_by_sixteen_at_once_is_credited_once(servers: Servers):
    """Delivered with one key it is the same answer sixteen times; without, everybody is told it was done."""
    day = this_day()
    body = {"account": f"acct-{NEIGHBOURS[0]}", "activity": "patrol", "quantity": 1, "occurred_on": day}
    key = {"Idempotency-Key": "patrol-1"}
    filed = all_at_once(16, lambda n: post(servers, n, "points/claims", body, "gridworker", **key))
    assert told(filed) == {"201": 16}
    (claim,) = {answer.json()["id"] for answer in filed}
    before = get(servers, f"points/accounts/acct-{NEIGHBOURS[0]}")["balance"]
    path = f"points/claims/{claim}/verify"
    verified = all_at_once(16, lambda n: post(servers, n, path, {}, "gridworker2", **key))
    assert told(verified) == {"200": 16}
    assert len({(answer.json()["position"], answer.headers["etag"]) for answer in verified}) == 1
    again = all_at_once(16, lambda n: post(servers, n, path, {}, "gridworker2"))
    assert told(again) == {"claim.state": 16}
    assert get(servers, f"points/accounts/acct-{NEIGHBOURS[0]}")["balance"] == before + 5


def test_sixteen_claims_of_one_account_verified_at_once_are_all_credited(servers: Servers):
    """Each rests on the account's version; whoever meets somebody faster is composed anew."""
    account, day = f"acct-{NEIGHBOURS[1]}", this_day()
    body = {"account": account, "activity": "patrol", "quantity": 1, "occurred_on": day}
    claims = [post(servers, n, "points/claims", body, "gridworker").json()["id"] for n in range(16)]
    before = get(servers, f"points/accounts/{account}")["balance"]

    def verify(n: int) -> httpx.Response:
        for _ in range(10):
            answer = post(servers, n, f"points/claims/{claims[n]}/verify", {}, "gridworker2")
            if answer.status_code != 503:
                break
        return answer

    answers = all_at_once(16, verify)
    assert told(answers) == {"200": 16}
    assert len({answer.json()["entry"] for answer in answers}) == 16
    assert get(servers, f"points/accounts/{account}")["balance"] == before + 16 * 5


def evidence(servers: Servers) -> str:
    paper = b"%PDF-1.7\n1 0 obj\nendobj\n%%EOF\n"
    files = {"file": ("同意书.pdf", paper, "application/pdf")}
    headers = servers.headers("gridworker")
    answer = httpx.post(f"{servers[0]}/evidence", files=files, headers=headers, timeout=60)
    return str(answer.json()["id"])
