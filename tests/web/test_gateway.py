"""The front of hospitals without a server: routes, methods, limits, troubles in the protocol's words, who calls."""

import asyncio
import logging
from collections.abc import Callable, Sequence
from datetime import datetime
from ipaddress import ip_network
from typing import Any

import psycopg
import pytest

from lienthong.cards.lookup import Call, CardAnswer
from lienthong.web.addresses import Proxies
from lienthong.web.api import gateway as gateways
from lienthong.web.api.batching import OverloadedError
from lienthong.web.api.door import Desk, Reply, Request, Route, Trouble
from lienthong.web.api.gateway import Gateway
from lienthong.web.asgi import Front
from lienthong.web.wsgi import Pages
from tests.wires import Heard, heard, scope

_STATUS = {Trouble.TOO_LARGE: 413, Trouble.TOO_SLOW: 408, Trouble.METHOD: 405}


class _NoDesk:
    """A desk that nobody asks."""

    async def look_up(self, calls: Sequence[Call]) -> list[CardAnswer]:
        raise AssertionError(calls)

    async def in_thread(self, function: Callable[[Any], Any]) -> Any:
        raise AssertionError(function)

    def now(self) -> datetime:
        raise AssertionError


def _in_trouble(request: Request, trouble: Trouble) -> Reply:
    return Reply(_STATUS.get(trouble, 503), f"trouble {trouble}".encode(), "text/plain")


async def _echo(request: Request, desk: Desk) -> Reply:
    said = f"{request.method} {request.path} {request.query.decode()} {request.peer} {request.is_secure} "
    return Reply(200, said.encode() + request.body, "text/plain")


def _route(path: str, methods: str = "POST", answer: Any = _echo) -> Route:
    return Route(path, frozenset(methods.split()), answer, _in_trouble)


def _never(*_: object) -> Any:
    raise AssertionError("a page was asked")


def _front(*routes: Route, proxies: str = "", pages: Any = _never, **limits: Any) -> Front:
    async def nothing() -> None:
        return None

    return Front(
        Gateway(routes, _NoDesk(), **limits),
        Pages(pages, doors=[], words=lambda status: Reply(status, b"words", "text/html")),
        Proxies([ip_network(text) for text in proxies.split()]),
        start=nothing,
        stop=nothing,
    )


def _ask(front: Front, method: str, path: str, *pieces: bytes, **more: Any) -> Heard:
    shape = {name: more.pop(name) for name in ("stops", "hangs_up") if name in more}
    headers = more.pop("headers", {"Content-Length": str(sum(map(len, pieces)))} if pieces else {})
    return asyncio.run(heard(front, scope(method, path, headers, **more), pieces, **shape))


def test_a_route_is_found_in_any_case_and_gets_path_and_body_as_sent() -> None:
    answer = _ask(
        _front(_route("/api/egw/KQNhanLichSuKCB2024")),
        "POST",
        "/API/eGW/kqnhanlichsukcb2024",
        b"ab",
        b"c",
        query="token=A b+C",
    )
    assert answer.status == 200
    assert answer.body == b"POST /API/eGW/kqnhanlichsukcb2024 token=A b+C 127.0.0.1 False abc"
    assert answer.headers["cache-control"] == "no-store"
    assert len(answer.headers["x-request-id"]) == 32
    assert answer.headers["content-length"] == str(len(answer.body))


def test_the_longest_beginning_wins_and_a_whole_address_before_it() -> None:
    async def other(request: Request, desk: Desk) -> Reply:
        return Reply(200, b"other", "text/plain")

    async def exact(request: Request, desk: Desk) -> Reply:
        return Reply(200, b"exact", "text/plain")

    front = _front(
        _route("/fhir/*"),
        _route("/fhir/Patient/*", "POST", other),
        _route("/fhir/patient/", "POST", exact),
    )
    assert _ask(front, "POST", "/fhir/Patient/1").body == b"other"
    assert _ask(front, "POST", "/fhir/Patient/").body == b"exact"
    assert _ask(front, "POST", "/fhir/Coverage").body.startswith(b"POST /fhir/Coverage")


def test_two_methods_of_one_address_have_functions_of_their_own() -> None:
    async def shown(request: Request, desk: Desk) -> Reply:
        return Reply(200, b"shown", "text/plain")

    front = _front(_route("/x"), _route("/x", "GET", shown))
    assert _ask(front, "GET", "/x").body == b"shown"
    head = _ask(front, "HEAD", "/x")
    assert (head.status, head.body, head.headers["content-length"]) == (200, b"", "5")
    options = _ask(front, "OPTIONS", "/X")
    assert (options.status, options.headers["allow"]) == (204, "GET, OPTIONS, POST")
    wrong = _ask(front, "DELETE", "/x")
    assert (wrong.status, wrong.body) == (405, b"trouble method")
    assert wrong.headers["allow"] == "GET, OPTIONS, POST"


def test_what_is_no_route_goes_to_the_pages() -> None:
    def page(environ: dict[str, Any], start: Any) -> list[bytes]:
        start("200 OK", [("X-Page", environ["PATH_INFO"])])
        return [b"page ", environ["wsgi.input"].read()]

    answer = _ask(_front(_route("/api/x"), pages=page), "POST", "/api/xy", b"form")
    assert (answer.status, answer.body, answer.headers["x-page"]) == (200, b"page form", "/api/xy")


@pytest.mark.parametrize("is_announced", [True, False])
def test_a_body_over_64_kib_is_refused_and_the_connection_closed(is_announced: bool) -> None:
    size = gateways.BODY_BYTES + 1
    headers = {"Content-Length": str(size)} if is_announced else {"Transfer-Encoding": "chunked"}
    answer = _ask(_front(_route("/x")), "POST", "/x", b"a" * size, headers=headers)
    assert (answer.status, answer.body) == (413, b"trouble too_large")
    assert answer.headers["connection"] == "close"
    whole = _ask(_front(_route("/x")), "POST", "/x", b"a" * (size - 1))
    assert whole.status == 200


def test_a_body_that_stops_or_is_cut_off_is_told_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gateways, "READ_SECONDS", 0.05)
    headers = {"Content-Length": "10"}
    for how in ("stops", "hangs_up"):
        answer = _ask(_front(_route("/x")), "POST", "/x", b"ab", headers=headers, **{how: True})
        assert (answer.status, answer.body) == (408, b"trouble too_slow")
        assert answer.headers["connection"] == "close"


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (psycopg.OperationalError("NGUYỄN VĂN AN"), "database"),
        (TimeoutError(), "database"),
        (OverloadedError(), "overload"),
        (ValueError("NGUYỄN VĂN AN"), "broken"),
        (KeyError("NGUYỄN VĂN AN"), "broken"),
    ],
)
def test_every_error_is_told_in_the_protocols_words_and_logged_without_what_was_sent(
    error: Exception, trouble: str, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(request: Request, desk: Desk) -> Reply:
        raise error

    with caplog.at_level(logging.WARNING):
        answer = _ask(_front(_route("/x", "POST", broken)), "POST", "/x")
    assert (answer.status, answer.body) == (503, f"trouble {trouble}".encode())
    assert ("retry-after" in answer.headers) is (trouble != "broken")
    assert "NGUYỄN" not in caplog.text


def test_an_answer_that_takes_too_long_is_a_trouble_and_nothing_else() -> None:
    async def asleep(request: Request, desk: Desk) -> Reply:
        await asyncio.sleep(30)
        return Reply(200, b"no card")

    answer = _ask(_front(_route("/x", "POST", asleep), answer_seconds=0.05), "POST", "/x")
    assert (answer.status, answer.body) == (503, b"trouble database")
    assert gateways.ANSWER_SECONDS < 2


def test_more_than_can_be_answered_are_turned_away_at_once() -> None:
    async def story() -> tuple[Heard, Heard]:
        go = asyncio.Event()

        async def waits(request: Request, desk: Desk) -> Reply:
            await go.wait()
            return Reply(200, b"late", "text/plain")

        front = _front(_route("/x", "POST", waits), most_inside=1)
        first = asyncio.create_task(heard(front, scope("POST", "/x")))
        await asyncio.sleep(0)
        second = await heard(front, scope("POST", "/x"))
        go.set()
        return await first, second

    first, second = asyncio.run(story())
    assert (first.status, second.status) == (200, 503)
    assert (second.body, second.headers["retry-after"]) == (b"trouble overload", "5")


# ---------------------------------------------------------------- who calls


@pytest.mark.parametrize(
    ("proxies", "client", "forwarded", "caller"),
    [
        ("", "127.0.0.1", "203.0.113.7", "127.0.0.1"),
        ("10.0.0.0/8", "127.0.0.1", "203.0.113.7", "127.0.0.1"),
        ("10.0.0.0/8", "10.1.2.3", "203.0.113.7", "203.0.113.7"),
        ("10.0.0.0/8", "10.1.2.3", "198.51.100.1, 203.0.113.7", "203.0.113.7"),
        ("10.0.0.0/8", "10.1.2.3", "198.51.100.1, 203.0.113.7, 10.9.9.9", "203.0.113.7"),
        ("10.0.0.0/8", "10.1.2.3", "", "10.1.2.3"),
        ("10.0.0.0/8", "10.1.2.3", "unknown, 10.0.0.1", "10.0.0.1"),
        ("10.0.0.0/8", "10.1.2.3", "203.0.113.7:4711", "203.0.113.7"),
        ("10.0.0.0/8", "::ffff:10.1.2.3", "[2001:db8::1]:443", "2001:db8::1"),
        ("10.0.0.0/8", "10.1.2.3", "10.0.0.1, 10.0.0.2", "10.0.0.1"),
        ("", "::ffff:192.0.2.1", "", "192.0.2.1"),
    ],
)
def test_only_our_proxies_are_believed_about_who_calls(
    proxies: str, client: str, forwarded: str, caller: str
) -> None:
    said: list[str] = []

    def page(environ: dict[str, Any], start: Any) -> list[bytes]:
        said.append(environ["REMOTE_ADDR"])
        start("200 OK", [])
        return []

    front = _front(_route("/x"), proxies=proxies, pages=page)
    headers = {"X-Forwarded-For": forwarded}
    answer = _ask(front, "POST", "/x", headers=headers, client=client)
    _ask(front, "POST", "/page", headers=headers, client=client)
    assert answer.body.split()[2].decode() == caller
    assert said == [caller]


def test_tls_is_believed_from_our_proxy_alone_once_there_is_one() -> None:
    said: list[str | None] = []

    def page(environ: dict[str, Any], start: Any) -> list[bytes]:
        said.append(environ.get("HTTP_X_FORWARDED_PROTO"))
        start("200 OK", [])
        return []

    front = _front(_route("/x"), proxies="10.0.0.1", pages=page)
    for client, is_secure in (("10.0.0.1", "True"), ("10.0.0.2", "False")):
        answer = _ask(front, "POST", "/x", headers={"X-Forwarded-Proto": "https"}, client=client)
        assert answer.body.split()[3].decode() == is_secure
        _ask(front, "GET", "/page", headers={"X-Forwarded-Proto": "https"}, client=client)
    assert said == ["https", None]
    direct = _ask(front, "POST", "/x", scheme="https")
    assert direct.body.split()[3] == b"True"
