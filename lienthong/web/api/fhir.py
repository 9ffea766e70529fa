"""`/fhir/`: the look-up in FHIR R4 (JSON), and the directory of facilities and issuing units.

    POST Patient/_search · POST Coverage/_search · POST CoverageEligibilityRequest/$submit     with a bearer token
    GET metadata · GET or POST Location, Organization                                           open to all

What is about a person goes through the same function of the database as every hospital's question (INV-28).
"""

from collections.abc import Awaitable, Callable
from datetime import date
from time import monotonic
from typing import Final
from urllib.parse import unquote

from lienthong.cards.lookup import Asker, BirthDate, Call, CardAnswer, Verdict, key_of
from lienthong.kernel.dates import vietnam_date
from lienthong.web.api import fhir_directory, fhir_persons
from lienthong.web.api.door import Desk, Reply, Request, Route
from lienthong.web.api.eligibility import is_in_bounds, status_of, visit_of
from lienthong.web.api.eligibility_bearer import FORM, asker_of, form_of, media_type
from lienthong.web.api.eligibility_pace import keep_pace
from lienthong.web.api.eligibility_schema import Status
from lienthong.web.api.fhir_answers import (
    MEDIA_TYPE,
    NO_ANSWER,
    NO_TOKEN,
    WRONG_METHOD,
    Resource,
    Wrong,
    base_of,
    etag,
    outcome,
    resource_reply,
    searchset,
    too_many,
    trouble,
)
from lienthong.web.api.fhir_asking import Sought, sought_by_form, submitted
from lienthong.web.api.fhir_capability import capability_statement

_ROOT = "/fhir/"
_JSON = frozenset({"application/fhir+json", "application/json"})
_FORMATS = frozenset({"json", "application/json", "application/fhir+json", "text/json"})
_ACCEPTED = ("json", "*/*", "application/*")
_PERSONAL = frozenset({"Patient", "Coverage", "CoverageEligibilityRequest"})
_NOT_FOUND_HERE = Wrong(404, "not-found", "Không có địa chỉ này; xem /fhir/metadata.")

Handler = Callable[[Request, Desk], Awaitable[Reply]]


async def answer(request: Request, desk: Desk) -> Reply:
    """Any request below `/fhir/`."""
    try:
        _check_format(request)
        return await _handler_of(request)(request, desk)
    except Wrong as wrong:
        return outcome(wrong)


def _check_format(request: Request) -> None:
    """JSON alone; another format is refused in JSON."""
    asked = dict(form_of(request.query) or ()).get("_format", "json").partition(";")[0].strip()
    accepted = request.headers.get("accept", "*/*").lower() or "*/*"
    if asked not in _FORMATS or not any(part in accepted for part in _ACCEPTED):
        raise Wrong(406, "not-supported", "Chỉ trả lời bằng application/fhir+json.")


def _handler_of(request: Request) -> Handler:
    parts = tuple(unquote(request.path[len(_ROOT) :]).rstrip("/").split("/"))
    if parts == ("metadata",):
        return _only(request, "GET", _metadata)
    if parts in _PERSON_HANDLERS:
        return _only(request, "POST", _PERSON_HANDLERS[parts])
    if parts[0] in fhir_directory.KINDS:
        return _directory_handler(request, parts)
    if parts[0] in _PERSONAL:
        raise Wrong(
            405,
            "not-supported",
            "Dữ liệu cá nhân không được nằm trong địa chỉ. Đề nghị dùng POST /fhir/Patient/_search, /fhir/Coverage/_search "
            "hoặc /fhir/CoverageEligibilityRequest/$submit, với nội dung nằm trong thân yêu cầu.",
            (("Allow", "POST"),),
        )
    raise _NOT_FOUND_HERE


def _only(request: Request, method: str, handler: Handler) -> Handler:
    if request.method != method and not (method == "GET" and request.method == "HEAD"):
        raise Wrong(
            WRONG_METHOD.status, WRONG_METHOD.code, WRONG_METHOD.message_vi, (("Allow", method),)
        )
    if method == "POST" and request.query:
        raise Wrong(
            400,
            "invalid",
            "Tham số phải nằm trong thân yêu cầu, không nằm trong địa chỉ.",
        )
    return handler


async def _metadata(request: Request, desk: Desk) -> Reply:
    del request, desk
    return resource_reply(capability_statement())


# ---------------------------------------------------------------- persons


async def _search_patient(request: Request, desk: Desk) -> Reply:
    def shown(found: CardAnswer, sought: Sought) -> Resource | None:
        return fhir_persons.patient(found, sought)

    return await _search(request, desk, shown, fhir_persons.PATIENT_SHOWS)


async def _search_coverage(request: Request, desk: Desk) -> Reply:
    def shown(found: CardAnswer, sought: Sought) -> Resource | None:
        del sought
        return fhir_persons.coverage(found)

    return await _search(request, desk, shown, fhir_persons.COVERAGE_SHOWS)


async def _search(
    request: Request,
    desk: Desk,
    shown: Callable[[CardAnswer, Sought], Resource | None],
    fields: tuple[str, ...],
) -> Reply:
    since = monotonic()
    asker = _signed_in(request, desk, FORM)
    kind = request.path[len(_ROOT) :].partition("/")[0]
    sought = sought_by_form(request.body, is_coverage=kind == "Coverage")
    on = vietnam_date(desk.now())
    call = _call(asker, sought, on, request, (f"fhir.{kind}", fields))
    found = await _found(desk, call)
    is_shown = found.is_match and found.verdict is not Verdict.REVOKED
    resource = shown(found, sought) if is_shown else None
    if resource is None:
        await keep_pace(since)
        return resource_reply(searchset([], {"self": f"{kind}/_search"}, total=0))
    entry = {
        "fullUrl": f"urn:uuid:{resource['id']}",
        "resource": resource,
        "search": {"mode": "match"},
    }
    return resource_reply(searchset([entry], {"self": f"{kind}/_search"}, total=1))


async def _submit(request: Request, desk: Desk) -> Reply:
    since = monotonic()
    asker = _signed_in(request, desk, *_JSON)
    asked = submitted(request.body)
    today = vietnam_date(desk.now())
    on = asked.on or today
    if not is_in_bounds(on, today):
        raise Wrong(422, "value", "servicedDate phải từ 366 ngày trước đến 31 ngày sau hôm nay.")
    visit = visit_of(asker, asked.reference) if asked.reference else ""
    said = "fhir.submit", fhir_persons.RESPONSE_SHOWS
    call = _call(asker, asked.sought, on, request, said, visit)
    found = await _found(desk, call)
    told = status_of(found, on)
    if told[0] is Status.NO_MATCH:
        await keep_pace(since)
    return resource_reply(fhir_persons.response(asked, told, found, request.request_id, desk.now()))


_PERSON_HANDLERS: Final[dict[tuple[str, ...], Handler]] = {
    ("Patient", "_search"): _search_patient,
    ("Coverage", "_search"): _search_coverage,
    ("CoverageEligibilityRequest", "$submit"): _submit,
}


def _signed_in(request: Request, desk: Desk, *types: str) -> Asker:
    asker = asker_of(request, desk)
    if asker is None:
        raise NO_TOKEN
    if media_type(request) not in types:
        raise Wrong(415, "not-supported", f"Đề nghị gửi với Content-Type: {types[0]}.")
    return asker


async def _found(desk: Desk, call: Call) -> CardAnswer:
    """The answer. Raises Wrong when there is none, for whatever reason."""
    (found,) = await desk.look_up([call])
    if found.verdict is Verdict.NO_ACCOUNT:
        raise NO_TOKEN
    if found.verdict is Verdict.OVER_LIMIT:
        raise too_many(found.wait_seconds)
    if status_of(found, call.on)[0] is Status.UNKNOWN:
        raise NO_ANSWER
    return found


def _call(
    asker: Asker,
    sought: Sought,
    on: date,
    request: Request,
    said: tuple[str, tuple[str, ...]],
    visit: str = "",
) -> Call:
    endpoint, fields = said
    born = sought.born_on
    return Call(
        asker,
        key_of(sought.code, on=on),
        sought.name,
        BirthDate(born.year, born.month, born.day),
        on,
        endpoint=endpoint,
        request_id=request.request_id,
        visit=visit,
        fields=fields,
    )


# ---------------------------------------------------------------- the directory


def _directory_handler(request: Request, parts: tuple[str, ...]) -> Handler:
    kind = parts[0]
    if parts == (kind, "_search"):
        if request.method == "POST" and media_type(request) != FORM:
            raise Wrong(415, "not-supported", f"Đề nghị gửi với Content-Type: {FORM}.")
        return _only(request, "POST", _listing(kind, request.body))
    if parts == (kind,):
        return _only(request, "GET", _listing(kind, request.query))
    if len(parts) == 2:  # noqa: PLR2004  type and id
        return _only(request, "GET", _reading(kind, parts[1]))
    raise _NOT_FOUND_HERE


def _listing(kind: str, query: bytes) -> Handler:
    async def listing(request: Request, desk: Desk) -> Reply:
        wanted = fhir_directory.wanted_of(kind, query)
        base, on = base_of(request), vietnam_date(desk.now())
        bundle = await desk.in_thread(
            lambda cursor: fhir_directory.page(cursor, kind, wanted, base=base, on=on)
        )
        return resource_reply(bundle)

    return listing


def _reading(kind: str, text: str) -> Handler:
    async def reading(request: Request, desk: Desk) -> Reply:
        key = fhir_directory.key_of_id(text)
        if key is None:
            raise fhir_directory.NOT_FOUND
        on = vietnam_date(desk.now())
        resource = await desk.in_thread(lambda cursor: fhir_directory.one(cursor, kind, key, on))
        headers = {"ETag": etag(resource)}
        if headers["ETag"] in request.headers.get("if-none-match", ""):
            return Reply(304, b"", MEDIA_TYPE, headers)
        reply = resource_reply(resource)
        return Reply(reply.status, reply.body, reply.content_type, headers)

    return reading


ROUTES: Final = (Route("/fhir/*", frozenset({"GET", "POST"}), answer, trouble),)
