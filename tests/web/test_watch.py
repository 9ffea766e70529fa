"""What operators read: alive, ready and why not, the figures; who may; and that no person is in any of it."""

import asyncio
import json
from datetime import datetime, timedelta
from ipaddress import ip_network
from pathlib import Path
from typing import Any

import pytest

from lienthong.database import alarms, gauges, lawtables, pulses
from lienthong.database.pulses import Beat
from lienthong.kernel.dates import vietnam_date
from lienthong.oversight import counting
from lienthong.oversight.watching import Machine
from lienthong.web import measures, metrics, vitals
from lienthong.web.addresses import Proxies
from lienthong.web.api.gateway import Gateway
from lienthong.web.asgi import Front, Watched
from lienthong.web.measures import Measures
from lienthong.web.watch import Watch
from lienthong.web.wsgi import Pages
from tests.loglines import keeping_lines
from tests.web.conftest import SignedIn
from tests.web.world import World
from tests.wires import heard, scope

PLANTED = ("TRẦN THỊ CẤY GHÉP", "001226777888", "2677788899")


def _page(environ: dict[str, Any], start: Any) -> list[bytes]:
    start("200 OK", [("X-Lienthong-Route", "follow"), ("Content-Length", "2")])
    return [b"ok"]


def _never(status: int) -> Any:
    raise AssertionError(status)


def _front(now: datetime, *readers: str, folder: Path | None = None) -> tuple[Front, Measures]:
    async def nothing() -> None:
        return None

    told = Measures(folder)
    watch = Watch(told, [ip_network(each) for each in readers], lambda: now)
    front = Front(
        Gateway([], None),  # type: ignore[arg-type]
        Pages(_page, doors=[], words=_never),
        Proxies([]),
        start=nothing,
        stop=nothing,
        watched=Watched(watch, told),
    )
    return front, told


def _ask(front: Front, path: str, method: str = "GET", **more: Any) -> Any:
    return asyncio.run(heard(front, scope(method, path, {}, **more), ()))


def test_alive_is_said_without_a_database_a_thread_or_an_account(now: datetime) -> None:
    front, _ = _front(now)
    answer = _ask(front, "/health/live")
    assert (answer.status, json.loads(answer.body)) == (200, {"status": "ok"})
    assert answer.headers["cache-control"] == "no-store"
    assert _ask(front, "/health/live", "POST").status == 405


def test_figures_are_for_the_named_networks_alone(now: datetime) -> None:
    front, _ = _front(now, "10.0.0.0/8")
    assert _ask(front, "/metrics").status == 403
    watch = Watch(Measures(), [ip_network("10.0.0.0/8")], lambda: now)
    assert watch._may_read("10.2.3.4")
    assert not watch._may_read("11.2.3.4")
    assert not watch._may_read("nobody")


@pytest.mark.parametrize("said", ["X-Forwarded-For", "X-Real-IP", "Via", "Forwarded"])
def test_figures_are_refused_through_a_proxy_that_nobody_named(now: datetime, said: str) -> None:
    """Whoever comes through it has its address: this machine's own, where it stands beside us."""
    front, _ = _front(now, "127.0.0.0/8")
    asked = asyncio.run(heard(front, scope("GET", "/metrics", {said: "203.0.113.9"}), ()))
    assert asked.status == 403
    assert asyncio.run(heard(front, scope("GET", "/health/live", {said: "x"}), ())).status == 200


def test_answers_are_counted_by_the_names_of_pages_and_not_by_addresses(
    now: datetime, tmp_path: Path
) -> None:
    front, told = _front(now, folder=tmp_path)
    answer = _ask(front, f"/theo-doi/{PLANTED[1]}")
    assert "x-lienthong-route" not in answer.headers
    (key,) = told.totals()
    assert key == "pages follow 200"
    # Another process of the same server, and one that has ended, count too.
    (tmp_path / "1.json").write_text(json.dumps({"pages follow 200": [1.0] * 11}))
    assert told.totals()[key][:-1] == [1.0 + n for n in told._figures[key][:-1]]
    measures.forget(tmp_path)
    assert list(tmp_path.iterdir()) == []


def test_an_answer_is_in_the_bucket_of_its_time() -> None:
    told = Measures()
    for seconds in (0.001, 0.02, 0.3, 60.0):
        told.add("pages", "home", 200, seconds)
    (row,) = told.totals().values()
    assert row == [1, 1, 0, 0, 1, 0, 0, 0, 0, 1, pytest.approx(60.321)]


def test_strangers_cannot_make_the_figures_grow() -> None:
    told = Measures()
    for number in range(10_000):
        told.add("pages", "home", number, 0.1)
    assert len(told.totals()) == measures._MOST_SERIES


# ---------------------------------------------------------------- ready, and why not


@pytest.fixture
def well(world: World, now: datetime) -> None:
    lawtables.ensure(vietnam_date(now))
    pulses.note({"advance": Beat(now)})


@pytest.mark.usefixtures("well")
def test_server_is_ready_when_all_is_there_with_the_rights_of_a_page(
    now: datetime, as_page: Any
) -> None:
    as_page()
    found = vitals.look(now)
    assert (found.status, set(found.checks.values())) == ("ok", {"ok"}), found


@pytest.mark.usefixtures("well")
def test_what_only_needs_a_look_leaves_the_server_ready(now: datetime) -> None:
    later = now + timedelta(days=2)
    found = vitals.look(later)
    assert found.checks["worker"] == "silent"
    assert found.checks["law"] == "stale"
    assert (found.status, found.is_ready) == ("degraded", True)


@pytest.mark.usefixtures("well")
@pytest.mark.parametrize("broken", vitals.ESSENTIAL)
def test_without_what_it_needs_the_server_is_not_ready(
    now: datetime, broken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(_at: datetime) -> str:
        raise RuntimeError(PLANTED[0])

    monkeypatch.setitem(vitals._CHECKS, broken, fail)
    monkeypatch.setattr(vitals, "_let_go", lambda: None)
    found = vitals.look(now)
    assert (found.checks[broken], found.status) == ("failed", "unavailable")
    assert PLANTED[0] not in repr(found)


@pytest.mark.rule("INV-44")
@pytest.mark.usefixtures("well")
def test_newer_schema_is_ready_for_old_code_and_an_older_one_is_not(
    now: datetime, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = vitals._on_disk()
    monkeypatch.setattr(vitals, "_KNOWN", [known - {next(iter(known))}])
    assert vitals.look(now).checks["migrations"] == "ok"
    monkeypatch.setattr(vitals, "_KNOWN", [known | {("births", "9999_of_the_next_release")}])
    found = vitals.look(now)
    assert (found.checks["migrations"], found.is_ready) == ("behind", False)


# ---------------------------------------------------------------- the figures


@pytest.mark.rule("INV-29")
def test_figures_are_prometheus_text_and_name_nobody(world: World, now: datetime) -> None:
    world.child(PLANTED[0])
    alarms.sound("card.late", f"dossier:{PLANTED[1]}")
    alarms.sound("worker.silent", "seal")
    counting.count(Machine(), at=now)
    pulses.note({"advance": Beat(now, moved=7)})
    told = Measures()
    told.add("pages", "follow", 200, 0.2)
    text = metrics.text(told.totals(), at=now)
    assert [word for word in PLANTED if word in text] == []
    lines = text.splitlines()
    samples = [line for line in lines if not line.startswith("#")]
    assert all(
        len(line.rsplit(" ", 1)) == 2 and float(line.rsplit(" ", 1)[1]) >= -1e9 for line in samples
    )
    assert 'lienthong_alarms_open{name="card.late"} 1' in lines
    assert 'lienthong_task_moved_total{task="advance"} 7' in lines
    assert (
        'lienthong_request_seconds_bucket{door="pages",route="follow",status="200",le="0.25"} 1'
        in lines
    )
    assert len({line.split("{")[0].split(" ")[0] for line in samples}) >= 15
    assert len(samples) < 300
    assert {gauge.name for gauge in gauges.every() if gauge.label} - set(metrics._LABELS) == set()


# ---------------------------------------------------------------- the page of alarms


def test_administrator_sees_what_stands_and_closes_what_nothing_else_closes(
    world: World, signed_in: SignedIn
) -> None:
    alarms.sound("system.restored", "copy-1")
    alarms.sound("card.late", "dossier:7")
    client = signed_in("cntt")
    page = client.get("/can-bo/canh-bao/").content.decode()
    assert "Thẻ đã duyệt quá ngày hẹn trả" in page
    assert "Bộ xử lý không chạy" in page
    assert page.count("Đã xử lý, đóng cảnh báo") == 1
    assert client.post("/can-bo/canh-bao/", {"ten": "system.restored"}).status_code == 303
    assert {each.name for each in alarms.standing()} == {"card.late"}
    assert client.post("/can-bo/canh-bao/", {"ten": "system.restored"}).status_code == 409
    assert client.post("/can-bo/canh-bao/", {"ten": "card.late"}).status_code == 422
    assert {each.name for each in alarms.standing()} == {"card.late"}


def test_centre_sees_alarms_and_closes_none_and_a_desk_sees_none(
    world: World, signed_in: SignedIn
) -> None:
    alarms.sound("system.restored", "copy-1")
    centre = signed_in("trung-uong")
    page = centre.get("/can-bo/canh-bao/").content.decode()
    assert "vừa được phục hồi" in page
    assert "đóng cảnh báo</button>" not in page
    assert centre.post("/can-bo/canh-bao/", {"ten": "system.restored"}).status_code == 403
    assert signed_in("so-the-01").get("/can-bo/canh-bao/").status_code == 403


def test_page_of_a_request_bears_its_trace_in_the_log(world: World, signed_in: SignedIn) -> None:
    with keeping_lines("", "lienthong.web.access") as kept:
        signed_in("cntt").get(f"/can-bo/canh-bao/?q={PLANTED[1]}")
    lines = kept.lines
    line = next(found for text in lines if (found := json.loads(text))["event"] == "web.request")
    assert (line["route"], line["status"], line["method"]) == ("alarms", 200, "GET")
    assert len(line["trace"]) == 36
    assert PLANTED[1] not in "".join(lines)
