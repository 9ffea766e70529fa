"""P10: the officers' pages over N children: time at the server, statements and bytes a page, beside a bare SELECT.

Fills a database of its own, never an installation's: foreign keys and triggers are put aside while it is filled. The
pages are asked for through the WSGI handler with the database rights of the pages, signed in as three officers.
"""

import copy
import io
import statistics
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlencode
from wsgiref.util import setup_testing_defaults

from django.core.wsgi import get_wsgi_application
from django.db import connection, connections

from lienthong.accounts import actions as accounts
from lienthong.accounts import sessions
from lienthong.accounts.jurisdiction import Scope, scope_of
from lienthong.births import enrolment
from lienthong.database import address
from lienthong.reports import folding
from lienthong.simulation.benches import filling

_TABLES: Final = (
    "persons_person", "persons_number", "persons_identityrequest", "dossiers_dossier", "dossiers_event", "dossiers_task",
    "births_registration", "births_message", "cards_request", "cards_approval", "cards_card", "cards_paperrequest",
    "cards_paperwaiting", "collection_entry",
)  # fmt: skip
_UNNUMBERED: Final = frozenset(
    {"persons_number", "cards_approval", "cards_paperrequest", "cards_paperwaiting"}
)
_SERIAL = "SELECT setval(pg_get_serial_sequence(%s, 'id'), %s)"
_UNIT = """
    SELECT unit.code FROM catalogues_unit AS unit JOIN cards_card AS card ON card.unit_id = unit.id
    WHERE unit.province_code = '01' AND card.status = 'requested' GROUP BY unit.code ORDER BY count(*) DESC LIMIT 1
"""
_SOME_MESSAGES = """
    SELECT message_id FROM dossiers_dossier AS dossier JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id
    WHERE unit.code = %s ORDER BY hashint8(dossier.id) LIMIT 40
"""
_BARE = """
    SELECT * FROM cards_card WHERE area = (SELECT id FROM catalogues_unit WHERE code = %s) AND status = 'requested'
    ORDER BY id LIMIT 51
"""
_ROUNDS = 30
_FORM_TOKEN = "a" * 32
_OK = 200
Progress = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Visit:
    """One page to time: `form` is sent where there is one; a list of addresses is gone through in turn."""

    name: str
    addresses: Sequence[str]
    form: Mapping[str, str] | None = None


@dataclass(frozen=True, slots=True)
class Reply:
    """One answer of the handler."""

    status: int
    byte_count: int
    seconds: float
    statement_count: int


def fill(count: int, *, at: datetime, progress: Progress, analyzes: bool = True) -> float:
    """Write `count` children at every stage; seconds. As the owner, past triggers and keys.

    The triggers are put back, the foreign keys are not. Without `analyzes` the planner's figures stay those it had.
    """
    started = time.perf_counter()
    filling.draw_names()
    with connections["owner"].cursor() as cursor, filling.unguarded(_TABLES):
        for name, statement in filling.parts("pages.sql"):
            progress(f"{name} ({time.perf_counter() - started:.0f} s)")
            cursor.execute(statement, {"count": count, "at": at})
        for table in _TABLES:
            if table not in _UNNUMBERED:
                cursor.execute(_SERIAL, [table, count * 10])
        if analyzes:
            cursor.execute("VACUUM (ANALYZE)")
    return time.perf_counter() - started


def run(count: int, *, at: datetime, progress: Progress) -> dict[str, object]:
    """The figures: each page for an officer of a unit, of a province, and of the centre, in milliseconds and bytes."""
    filled = fill(count, at=at, progress=progress)
    progress("fold")
    folding.fold_all(by=enrolment.system(), at=at)
    with connections["owner"].cursor() as cursor:
        cursor.execute("VACUUM (ANALYZE) reports_line")
    unit, messages = unit_with_messages()
    officers = officers_of(unit, at=at)
    bare = _bare(unit)
    pages: dict[str, dict[str, object]] = {}
    with rights_of_pages():
        for officer, (officer_id, scope) in officers.items():
            progress(officer)
            token = sessions.open_session(officer_id, scope, browser="bench")
            pages[officer] = {
                visit.name: _timed(visit, token)
                for visit in [*visits(messages, count=count), *figures()]
            }
    return {
        "bench": "pages",
        "children": count,
        "fill_seconds": round(filled),
        "rounds": _ROUNDS,
        "bare_select_ms": round(bare * 1000, 2),
        "pages": pages,
    }


def unit_with_messages() -> tuple[str, list[str]]:
    """The code of the unit of province 01 where most cards wait for approval, and 40 message ids of its dossiers."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(_UNIT)
        unit = cursor.fetchone()[0]
        cursor.execute(_SOME_MESSAGES, [unit])
        return str(unit), [row[0] for row in cursor.fetchall()]


def visits(messages: Sequence[str], *, count: int) -> list[Visit]:
    """The pages to time; `messages` are of dossiers that every officer sees, `count` is how many children there are."""
    code = f"HS-2026-{count // 3:09}"
    return [
        Visit("home", ["/can-bo/"]),
        Visit("queue", ["/can-bo/ho-so/"]),
        Visit("queue, one stage", ["/can-bo/ho-so/?giai-doan=APPROVAL_REQUESTED"]),
        Visit("queue, late", ["/can-bo/ho-so/?qua-han=1"]),
        Visit("queue, in the middle", [f"/can-bo/ho-so/?sau={count // 2}"]),
        Visit("queue, by code", ["/can-bo/ho-so/"], {"tim": code}),
        Visit("queue, by name", ["/can-bo/ho-so/"], {"tim": "Nguyễn Thị Minh Anh"}),
        Visit("queue, by a name nobody has", ["/can-bo/ho-so/"], {"tim": "Zwingli Xerxes"}),
        Visit("trace", [f"/can-bo/tra-cuu/{message}/" for message in messages]),
        Visit("record", [f"/can-bo/tre/{it.replace('LTKS', 'HS')}/" for it in messages]),
        Visit("work", ["/can-bo/viec-cua-toi/"]),
        Visit("tasks", ["/can-bo/viec/"]),
        Visit("personal ids", ["/can-bo/so-dinh-danh/"]),
        Visit("approve", ["/can-bo/duyet-the/"]),
        Visit("print", ["/can-bo/in-the/"]),
        Visit("hand over", ["/can-bo/tra-the/"]),
    ]


def figures() -> list[Visit]:
    """The pages that count the whole area, from lines and not from events: by index is no measure for them."""
    return [
        Visit("board", ["/can-bo/so-lieu/"]),
        Visit("form", ["/can-bo/bao-cao/"]),
        Visit("list behind a number", ["/can-bo/bao-cao/danh-sach/?cot=late_open"]),
    ]


def officers_of(unit: str, *, at: datetime) -> dict[str, tuple[int, Scope]]:
    """Who looks, by what they are: the account and what it may reach."""
    by = enrolment.system()
    kinds = (
        ("a unit's card desk", "head", "01", unit),
        ("a province's head of desk", "head", "01", ""),
        ("the centre", "centre", "", ""),
    )
    found = {}
    for number, (kind, role, province, unit_code) in enumerate(kinds):
        new = accounts.NewOfficer(
            f"do-trang-{number}", "Cán Bộ Đo", f"00308000{number:04}", role, province, unit_code
        )
        officer_id = accounts.create_officer(new, "mot cau dai de do trang 2026", by=by, at=at)
        scope = scope_of(role, province_code=province, unit_code=unit_code)
        found[kind] = (officer_id, scope)
    return found


@contextmanager
def rights_of_pages() -> Iterator[None]:
    """The connection has the rights and time limits of the pages while the block runs."""
    settings = connection.settings_dict
    before = copy.deepcopy(settings)
    connection.close()
    as_owner = settings["USER"] == connections["owner"].settings_dict["USER"]
    if not as_owner:
        settings["USER"] = address.login_role(str(settings["NAME"]), "web")
    settings["OPTIONS"]["options"] = address.server_options("web", signs_in_as_owner=as_owner)
    settings["CONN_MAX_AGE"] = None
    yield
    connection.close()
    settings.update(before)


def _bare(unit: str) -> float:
    """Seconds of one page's rows as a plain SELECT by the owner, fetched and not drawn: the floor of this run."""
    seconds = []
    with connections["owner"].cursor() as cursor:
        for _ in range(_ROUNDS):
            started = time.perf_counter()
            cursor.execute(_BARE, [unit])
            cursor.fetchall()
            seconds.append(time.perf_counter() - started)
    return statistics.median(seconds)


def _timed(visit: Visit, token: str) -> dict[str, object]:
    """p50, p95, the largest page, and the most statements; or the status, where the officer may not open it."""
    ask(visit.addresses[0], visit.form, token)
    replies = [
        ask(visit.addresses[number % len(visit.addresses)], visit.form, token)
        for number in range(_ROUNDS)
    ]
    refused = {reply.status for reply in replies} - {_OK}
    if refused:
        return {"status": sorted(refused)}
    cuts = statistics.quantiles([reply.seconds * 1000 for reply in replies], n=20)
    return {
        "p50_ms": round(cuts[9], 1),
        "p95_ms": round(cuts[18], 1),
        "kilobytes": round(max(reply.byte_count for reply in replies) / 1000, 1),
        "statements": max(reply.statement_count for reply in replies),
    }


def ask(where: str, form: Mapping[str, str] | None, token: str) -> Reply:
    """One request through the WSGI handler, drained to the last byte."""
    path, _, query = where.partition("?")
    body = urlencode({**form, "csrfmiddlewaretoken": _FORM_TOKEN}).encode() if form else b""
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "POST" if form else "GET",
        "PATH_INFO": path,
        "QUERY_STRING": query,
        "HTTP_COOKIE": f"lienthong={token}; lienthong-form={_FORM_TOKEN}",
        "CONTENT_TYPE": "application/x-www-form-urlencoded",
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.input": io.BytesIO(body),
        "HTTP_HOST": "localhost",
    }
    setup_testing_defaults(environ)
    status = [""]
    statements = [0]

    def start_response(line: str, _headers: object, _trouble: object = None) -> None:
        status[0] = line

    def counted(execute: Callable[..., Any], *call: Any) -> Any:  # noqa: ANN401 - Django's signature
        statements[0] += 1
        return execute(*call)

    started = time.perf_counter()
    with connection.execute_wrapper(counted):
        response = _handler()(environ, start_response)
        byte_count = sum(len(part) for part in response)
        response.close()
    seconds = time.perf_counter() - started
    return Reply(int(status[0][:3]), byte_count, seconds, statements[0])


_HANDLERS: list[Any] = []


def _handler() -> Any:  # noqa: ANN401 - Django's WSGIHandler
    if not _HANDLERS:
        _HANDLERS.append(get_wsgi_application())
    return _HANDLERS[0]
