"""Pages behind the event loop: whole bodies within limits, a bounded queue, slow senders that hold no thread."""

import asyncio
import json
import threading
from typing import Any

import pytest

from lienthong.web import answers, headers, wire, wsgi
from lienthong.web.addresses import Caller
from lienthong.web.api import births, senders
from lienthong.web.api.door import Reply
from lienthong.web.wire import Ending
from lienthong.web.wsgi import Door, Pages
from tests.wires import Heard, heard, scope

_CALLER = Caller("192.0.2.1", is_secure=False, by_proxy=False)


def _words(status: int) -> Reply:
    return Reply(status, f"words {status}".encode(), "text/html")


def _application(pages: Pages) -> Any:
    async def served(head: dict[str, Any], receive: Any, send: Any) -> None:
        await pages.serve(head, wire.headers_of(head), _CALLER, receive, send)

    return served


def _echo(environ: dict[str, Any], start: Any) -> list[bytes]:
    start("201 Created", [("X-Received", environ[wire.RECEIVED].ending)])
    return [environ["wsgi.input"].read()]


def _pages(application: Any = _echo, **limits: Any) -> Pages:
    doors = [Door("/api/births", 10, lambda: Reply(503, b"keep it", "application/json"))]
    return Pages(application, doors=doors, words=_words, **limits)


def _ask(pages: Pages, method: str, path: str, *pieces: bytes, **more: Any) -> Heard:
    shape = {name: more.pop(name) for name in ("stops", "hangs_up") if name in more}
    headers = more.pop("headers", {"Content-Length": str(sum(map(len, pieces)))} if pieces else {})
    answer = asyncio.run(heard(_application(pages), scope(method, path, headers), pieces, **shape))
    pages.close()
    return answer


def test_a_page_gets_its_body_whole_and_its_answer_goes_back_whole() -> None:
    answer = _ask(_pages(), "POST", "/can-bo/", b"a" * 700_000, b"b" * 700_000)
    assert (answer.status, answer.headers["x-received"]) == (201, "whole")
    assert answer.body == b"a" * 700_000 + b"b" * 700_000


def test_a_large_upload_waits_on_disk() -> None:
    held: list[object] = []

    def page(environ: dict[str, Any], start: Any) -> list[bytes]:
        held.append(environ["wsgi.input"].fileno())
        return _echo(environ, start)

    assert len(_ask(_pages(page), "POST", "/x", b"a" * 2**20, b"b" * 2**20).body) == 2**21
    assert held


def test_the_request_is_told_as_wsgi_has_it() -> None:
    seen: dict[str, Any] = {}

    def page(environ: dict[str, Any], start: Any) -> list[bytes]:
        seen.update(environ)
        start("200 OK", [])
        return []

    said = {
        "Content-Type": "text/plain",
        "Accept-Language": "vi",
        "X_Forwarded_Proto": "https",
        "Cookie": "a=1",
    }
    head = scope("GET", "/tra-cứu/", said, query="q=%C4%91")
    head["headers"].append((b"cookie", b"b=2"))
    asyncio.run(heard(_application(_pages(page)), head))
    assert seen["PATH_INFO"].encode("latin-1").decode() == "/tra-cứu/"
    assert (seen["QUERY_STRING"], seen["REMOTE_ADDR"]) == ("q=%C4%91", "192.0.2.1")
    assert (seen["CONTENT_TYPE"], seen["HTTP_ACCEPT_LANGUAGE"]) == ("text/plain", "vi")
    assert (seen["HTTP_COOKIE"], seen["wsgi.url_scheme"]) == ("a=1; b=2", "http")
    assert "HTTP_X_FORWARDED_PROTO" not in seen


@pytest.mark.parametrize(
    ("pieces", "headers", "how", "status"),
    [
        ([], {"Content-Length": str(wsgi.UPLOAD_BYTES + 1)}, {}, 413),
        ([b"ab"], {"Content-Length": "3"}, {"stops": True}, 408),
        ([b"ab"], {"Content-Length": "3"}, {"hangs_up": True}, 400),
        ([b"ab"], {"Transfer-Encoding": "chunked"}, {}, 411),
    ],
)
def test_a_browsers_bad_body_is_turned_away_with_a_page(
    pieces: list[bytes],
    headers: dict[str, str],
    how: dict[str, bool],
    status: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "READ_SECONDS", 0.05)
    pages = Pages(_never, doors=[], words=_words)
    monkeypatch.setattr(pages, "_reader", wire.Reader(seconds=0.05))
    answer = _ask(pages, "POST", "/can-bo/", *pieces, headers=headers, **how)
    assert (answer.status, answer.body) == (status, f"words {status}".encode())
    assert answer.headers["connection"] == "close"


def _never(*_: object) -> Any:
    raise AssertionError("the page was asked")


@pytest.mark.parametrize(
    ("headers", "ending"),
    [
        ({"Content-Length": "11"}, Ending.TOO_LARGE),
        ({"Transfer-Encoding": "chunked"}, Ending.TOO_LARGE),
    ],
)
def test_a_door_of_machines_hears_itself_how_its_body_ended(
    headers: dict[str, str], ending: Ending
) -> None:
    answer = _ask(_pages(), "POST", "/api/births", b"a" * 11, headers=headers)
    assert (answer.status, answer.headers["x-received"]) == (201, ending)
    assert len(answer.body) == (0 if "Content-Length" in headers else 11)


@pytest.mark.rule("INV-43")
def test_past_threads_and_queue_everybody_hears_at_once_that_we_are_busy() -> None:
    go = threading.Event()

    def page(environ: dict[str, Any], start: Any) -> list[bytes]:
        assert go.wait(20)
        return _echo(environ, start)

    async def story() -> tuple[list[Heard], Heard, Heard]:
        pages = _pages(page, threads=2, most_waiting=3)
        application = _application(pages)
        inside = [asyncio.create_task(heard(application, scope("GET", "/x"))) for _ in range(5)]
        await asyncio.sleep(0.1)
        browser = await heard(application, scope("GET", "/x"))
        machine = await heard(application, scope("GET", "/api/births/1"))
        go.set()
        return list(await asyncio.gather(*inside)), browser, machine

    served, browser, machine = asyncio.run(story())
    assert [one.status for one in served] == [201] * 5
    assert (browser.status, browser.body) == (503, b"words 503")
    assert (machine.status, machine.body) == (503, b"keep it")


def test_when_many_bodies_are_on_their_way_the_next_ones_get_little_time(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(wire, "MOST_AT_ONCE", 2)

    async def story() -> list[Ending]:
        reader = wire.Reader(seconds=0.5, crowded=0.05)
        never = asyncio.Event()

        async def receive() -> dict[str, Any]:
            await never.wait()
            return {}

        reading = [
            asyncio.create_task(reader.read({"content-length": "5"}, receive, limit=10))
            for _ in range(3)
        ]
        done, slow = await asyncio.wait(reading, timeout=0.3)
        assert (len(done), len(slow)) == (1, 2)
        return [(await one).ending for one in reading]

    assert set(asyncio.run(story())) == {Ending.TOO_SLOW}


def test_a_ministry_that_finds_nobody_free_hears_e_busy_signed_and_keeps_its_message() -> None:
    busy = births.busy()
    said = json.loads(busy.body)
    assert (busy.status, said["code"]) == (503, "E-BUSY")
    assert busy.headers["Retry-After"] == senders.RETRY_SECONDS
    assert busy.headers["Connection"] == "close"
    assert "Signature" in busy.headers
    assert busy.headers["X-Correlation-Id"] == said["correlation_id"]


@pytest.mark.parametrize("status", [400, 408, 411, 413, 503])
def test_whoever_reaches_no_page_is_told_what_to_do_in_vietnamese(status: int) -> None:
    told = answers.bare(status).decode()
    assert f"Mã {status}" in told
    assert "Hãy" in told
    policy = headers.of_bare_page()
    assert policy["Cache-Control"] == "no-store"
    assert "script-src" in policy["Content-Security-Policy"]
