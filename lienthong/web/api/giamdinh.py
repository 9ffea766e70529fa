"""The giám định gateway: the token and the look-up of cards, as hospitals' programs have called them since 2016.

Order of checks: parameters (205), token (401), then all that the database decides (`cards.lookup`). What the business
comes to is HTTP 200. So is trouble of ours: some programs read no body above 499, and the sentence that the card is
not to blame must reach the counter.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from typing import Final

import msgspec
from django.conf import settings

from lienthong.accounts import hospital_signin, hospital_tokens
from lienthong.accounts.hospital_tokens import Shown, Token
from lienthong.cards.lookup import Asker, Call, Verdict, key_of
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Refused
from lienthong.web.api import giamdinh_answers as answers
from lienthong.web.api import giamdinh_words as words
from lienthong.web.api.door import Desk, Reply, Request, Route, Trouble
from lienthong.web.api.giamdinh_answers import Document, Said, Writer
from lienthong.web.api.giamdinh_fields import Fields, birth_date, required

_METHODS = frozenset({"POST", "OPTIONS"})
_STATUS_OF_TROUBLE: Final[Mapping[Trouble, int]] = {
    Trouble.METHOD: 405,
    Trouble.TOO_SLOW: 408,
    Trouble.TOO_LARGE: 413,
}


@dataclass(frozen=True, slots=True)
class _Call:
    """One generation of the look-up: its name, how it writes its answer, and whether it must name the staff."""

    name: str
    write: Writer
    must_name_staff: bool = False
    wants_consulted: bool = False


_CALLS: Final = (
    _Call("KQNhanLichSuKCB2024", answers.document_2018, must_name_staff=True, wants_consulted=True),
    _Call("Lskcb2025", answers.document_2025, must_name_staff=True),
    _Call("KQNhanLichSuKCB2019", answers.document_2018, wants_consulted=True),
    _Call("KQNhanLichSuKCB2018", answers.document_2018, wants_consulted=True),
    _Call("KQNhanLichSuKCB595", answers.document_595),
    _Call("nhanLichSuKCB", answers.document_2016),
    _Call("ktMathe", answers.document_card),
)


async def _take(request: Request, desk: Desk) -> Reply:
    """`POST /api/token/take`."""
    if request.method == "OPTIONS":
        return _preflight(request)
    try:
        fields = Fields(request)
        name, password = fields.text("username"), fields.text("password")
    except Refused:
        # A name or password that cannot be read is a wrong one.
        return _reply(request, _token_document(None))
    opened = partial(hospital_signin.open_token, name, password, request.peer, at=desk.now())
    token = await desk.in_thread(opened)
    return _reply(request, _token_document(token))


def _token_document(token: Token | None) -> Document:
    if token is None:
        return {"maKetQua": "401", "APIKey": None}
    return {
        "maKetQua": "200",
        "APIKey": {
            "access_token": token.access_token,
            "id_token": token.id_token,
            "token_type": "Bearer",
            "username": token.username,
            "expires_in": token.expires_in,
        },
    }


def _token_trouble(request: Request, trouble: Trouble) -> Reply:
    status = _STATUS_OF_TROUBLE.get(trouble, 200)
    return _reply(request, {"maKetQua": "500", "APIKey": None}, status)


async def _look_up(call: _Call, request: Request, desk: Desk) -> Reply:
    if request.method == "OPTIONS":
        return _preflight(request)
    at = desk.now()
    try:
        fields = Fields(request)
        asked = _asked(call, fields, request, at)
        token_at = hospital_tokens.check(_shown(fields), request.peer, at=at)
    except Refused as refused:
        said = Said(answers.WRONG_PARAMETER, refused.message_vi)
        return _reply(request, call.write(said))
    if token_at is None:
        said = Said(answers.BAD_TOKEN, words.BAD_TOKEN)
        return _reply(request, call.write(said), settings.HOSPITAL_TOKEN_STATUS)
    asker = replace(asked.asker, token_at=token_at)
    (answer,) = await desk.look_up([replace(asked, asker=asker)])
    document = call.write(answers.said_of(answer, on=asked.on))
    if answer.verdict is Verdict.NO_ACCOUNT:
        return _reply(request, document, settings.HOSPITAL_TOKEN_STATUS)
    if answer.verdict is Verdict.OVER_LIMIT:
        return _reply(request, document, 429, {"Retry-After": str(answer.wait_seconds)})
    return _reply(request, document)


def _asked(call: _Call, fields: Fields, request: Request, at: datetime) -> Call:
    """The question, its form checked field by field. Raises Refused (205)."""
    on = vietnam_date(at)
    code, name = required(fields, "maThe"), required(fields, "hoTen")
    birth = birth_date(required(fields, "ngaySinh"))
    asker = Asker(hospital_tokens.account_name(fields.credential("username")))
    if call.must_name_staff or fields.text("cccdCb"):
        staff_name, staff_id = required(fields, "hoTenCb"), required(fields, "cccdCb")
        asker = replace(asker, staff_personal_id=staff_id, staff_name=staff_name)
    return Call(
        asker,
        key_of(code, on=on),
        name,
        birth,
        on,
        endpoint=call.name,
        request_id=request.request_id,
        wants_consulted=call.wants_consulted,
    )


def _shown(fields: Fields) -> Shown:
    named = (fields.credential(name) for name in ("token", "id_token", "username", "password"))
    return Shown(*named)


def _trouble(call: _Call, request: Request, trouble: Trouble) -> Reply:
    """What we could not do; none of it reads as a verdict on a card."""
    code, note = answers.SERVER_TROUBLE, "Hệ thống đang gặp sự cố, vui lòng thử lại sau ít phút."
    if trouble in _STATUS_OF_TROUBLE:
        code, note = answers.WRONG_PARAMETER, "Lỗi sai định dạng tham số: yêu cầu không đúng cách."
    elif trouble is Trouble.DATABASE:
        code, note = answers.BOOK_TROUBLE, "Chưa đọc được dữ liệu sổ thẻ, vui lòng thử lại sau."
    elif trouble is Trouble.OVERLOAD:
        note = "Hệ thống đang quá tải, vui lòng thử lại sau vài giây."
    said = Said(code, f"{note} {words.NOT_ABOUT_THE_CARD}")
    status = _STATUS_OF_TROUBLE.get(trouble, 200)
    return _reply(request, call.write(said), status)


def _reply(
    request: Request,
    document: Document,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
) -> Reply:
    """Compact JSON in the order of the keys, letters as they are; open to a browser's origin where the setting says so."""
    allowed = dict(headers or {})
    if settings.HOSPITAL_ORIGINS:
        allowed["Vary"] = "Origin"
        origin = request.headers.get("origin", "")
        if origin in settings.HOSPITAL_ORIGINS:
            allowed["Access-Control-Allow-Origin"] = origin
    return Reply(status, msgspec.json.encode(document), headers=allowed)


def _preflight(request: Request) -> Reply:
    """What a browser asks before it posts; without a word about its origin where that is not let in."""
    headers = {"Allow": "OPTIONS, POST", "Vary": "Origin"}
    origin = request.headers.get("origin", "")
    if origin in settings.HOSPITAL_ORIGINS:
        headers["Access-Control-Allow-Origin"] = origin
        headers["Access-Control-Allow-Methods"] = "POST"
        headers["Access-Control-Allow-Headers"] = "Accept, Content-Type"
        headers["Access-Control-Max-Age"] = "600"
    return Reply(204, b"", headers=headers)


def _routes() -> Iterator[Route]:
    yield Route("/api/token/take", _METHODS, _take, _token_trouble)
    for call in _CALLS:
        answer, trouble = partial(_look_up, call), partial(_trouble, call)
        # Programs write the names with and without the prefix.
        bare = call.name.removeprefix("KQ")
        for name in (bare, f"KQ{bare}"):
            yield Route(f"/api/egw/{name}", _METHODS, answer, trouble)


ROUTES: Final = tuple(_routes())
