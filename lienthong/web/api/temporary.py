"""`/api/v1/temporary-codes`: a code for a child without a card, and a facility's own codes (gateway §5, rules §4.5).

Safe to repeat: the same child at the same facility gets the same code. What the database says, it also logs.
"""

from typing import Any, Final

import msgspec

from lienthong.cards import temporary
from lienthong.cards.lookup import Asker, Verdict
from lienthong.cards.temporary import CodeLine, Newborn
from lienthong.kernel.errors import Refused
from lienthong.web.api.door import Desk, Reply, Request, Route, Trouble
from lienthong.web.api.eligibility_bearer import CHALLENGE, RETRY_SECONDS, asker_of, media_type
from lienthong.web.api.eligibility_schema import Refusal, is_plain
from lienthong.web.api.temporary_schema import Ask, Code, State

_PATH: Final = "/api/v1/temporary-codes"
_ASKED = msgspec.json.Decoder(Ask)
_SENTENCES_VI = {
    "E-TOKEN": "Thiếu mã truy cập hoặc mã truy cập đã hết hạn. Đề nghị lấy mã mới tại /api/v1/token.",
    "E-TYPE": "Kiểu nội dung không được hỗ trợ. Đề nghị gửi với Content-Type: application/json.",
    "E-JSON": "Nội dung không phải JSON hợp lệ.",
    "E-FIELD": "Thiếu trường bắt buộc, thừa trường, hoặc trường không đúng định dạng.",
    "E-LIMIT": "Tài khoản đã lấy quá nhiều mã thẻ tạm mới trong ngày. Mã đã cấp vẫn dùng được.",
    "E-NOT-FOUND": "Cơ sở không cấp mã thẻ tạm này.",
    "E-METHOD": "Phương thức không được hỗ trợ tại địa chỉ này.",
    "E-SIZE": "Nội dung quá lớn.",
    "E-TIMEOUT": "Quá thời gian chờ nhận nội dung. Đề nghị gửi lại.",
    "E-UNAVAILABLE": "Chưa trả lời được. Đề nghị gửi lại sau ít giây; gửi lại không tạo thêm mã.",
}
_STATUS = {
    "E-TOKEN": 401,
    "E-TYPE": 415,
    "E-JSON": 400,
    "E-FIELD": 422,
    "E-LIMIT": 429,
    "E-NOT-FOUND": 404,
    "E-METHOD": 405,
    "E-SIZE": 413,
    "E-TIMEOUT": 408,
    "E-UNAVAILABLE": 503,
}
_CODE_OF_VERDICT = {
    Verdict.NO_ACCOUNT: "E-TOKEN",
    Verdict.OVER_LIMIT: "E-LIMIT",
    Verdict.BAD_PROVINCE: "E-FIELD",
}
_TROUBLES = {
    Trouble.METHOD: "E-METHOD",
    Trouble.TOO_LARGE: "E-SIZE",
    Trouble.TOO_SLOW: "E-TIMEOUT",
}


async def give(request: Request, desk: Desk) -> Reply:
    """A code for the child, 201 when it is new, 200 when it had it."""
    asker = asker_of(request, desk)
    if asker is None:
        return _refused(request, "E-TOKEN")
    asked = _read(request)
    return asked if isinstance(asked, Reply) else await _given(request, desk, asker, asked)


async def _given(request: Request, desk: Desk, asker: Asker, asked: Ask) -> Reply:
    at, child = desk.now(), _newborn(asked)
    try:
        given = await desk.in_thread(
            lambda cursor: temporary.give(
                asker, child, at=at, request_id=request.request_id, run=_run(cursor)
            )
        )
    except Refused as error:
        return _refused(request, error.code, error.field, error.message_vi)
    if given.code is None:
        return _shut(request, given.verdict, given.wait_seconds)
    lines = await _own(request, desk, asker, given.code)
    if isinstance(lines, Reply):
        return lines
    return Reply(201 if given.is_new else 200, _written(request, lines[0]))


async def state(request: Request, desk: Desk) -> Reply:
    """One of the facility's own codes, and the card that it leads to."""
    asker = asker_of(request, desk)
    if asker is None:
        return _refused(request, "E-TOKEN")
    code = request.path.rpartition("/")[2].upper()
    lines = await _own(request, desk, asker, code if is_plain(code) else "-")
    if isinstance(lines, Reply):
        return lines
    if not lines:
        return _refused(request, "E-NOT-FOUND", "code")
    return Reply(200, _written(request, lines[0]))


async def _own(
    request: Request, desk: Desk, asker: Asker, code: str
) -> tuple[CodeLine, ...] | Reply:
    found = await desk.in_thread(
        lambda cursor: temporary.own_code(
            asker, code or "-", request_id=request.request_id, run=_run(cursor)
        )
    )
    return _shut(request, found.verdict, 0) if found.verdict else found.lines


def _run(cursor: Any) -> temporary.Run:  # noqa: ANN401 - a cursor of psycopg, or Django's around one
    def run(statement: str, parameters: list[str]) -> list[tuple[Any, ...]]:
        cursor.execute(statement, parameters)
        return list(cursor.fetchall())

    return run


def _read(request: Request) -> Ask | Reply:
    if media_type(request) != "application/json":
        return _refused(request, "E-TYPE", "Content-Type")
    try:
        asked = _ASKED.decode(request.body)
    except msgspec.ValidationError as error:
        return _refused(request, "E-FIELD", _field_of(str(error)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _refused(request, "E-JSON")
    texts = {name: getattr(asked, name) for name in Ask.__struct_fields__}
    wrong = [name for name, text in texts.items() if isinstance(text, str) and not is_plain(text)]
    return _refused(request, "E-FIELD", wrong[0]) if wrong else asked


def _field_of(message: str) -> str:
    _, at_path, place = message.partition("`$.")
    if at_path:
        return place.rstrip("`")
    parts = message.split("`")
    is_named = message.startswith("Object") and len(parts) > 1 and parts[1] in Ask.__struct_fields__
    return parts[1] if is_named else ""


def _newborn(asked: Ask) -> Newborn:
    return Newborn(
        born_on=asked.born_on,
        sex=asked.sex.value,
        carer_relation=asked.carer_relation.value,
        carer_name=asked.carer_name,
        full_name=asked.full_name,
        mother_personal_id=asked.mother_personal_id,
        birth_notice_code=asked.birth_notice_code,
        address=asked.address,
        province_code=asked.province_code,
        birth_order=asked.birth_order,
        admitted_on=asked.admitted_on,
        discharged_on=asked.discharged_on,
    )


def _written(request: Request, line: CodeLine) -> bytes:
    said = Code(
        line.code,
        State(line.state),
        line.valid_from,
        line.valid_to,
        line.code[3:5] + "000",
        line.card_code,
        line.card_valid_from,
        line.card_valid_to,
        request.request_id,
    )
    return msgspec.json.encode(said)


def _shut(request: Request, verdict: str, wait_seconds: int) -> Reply:
    code = _CODE_OF_VERDICT.get(Verdict(verdict), "E-UNAVAILABLE")
    field = "province_code" if verdict == Verdict.BAD_PROVINCE else ""
    return _refused(request, code, field, wait=str(max(wait_seconds, 1)) if wait_seconds else "")


def trouble(request: Request, why: Trouble) -> Reply:
    """What the gateway could not do; asked again, the child still gets one code."""
    return _refused(request, _TROUBLES.get(why, "E-UNAVAILABLE"))


def _refused(
    request: Request, code: str, field: str = "", message_vi: str = "", *, wait: str = ""
) -> Reply:
    said = Refusal(code, field or None, message_vi or _SENTENCES_VI[code], request.request_id)
    headers = {}
    if code == "E-TOKEN":
        headers["WWW-Authenticate"] = CHALLENGE
    if code == "E-METHOD":
        headers["Allow"] = "POST" if request.path.rstrip("/").lower() == _PATH else "GET"
    if code in {"E-LIMIT", "E-UNAVAILABLE"}:
        headers["Retry-After"] = wait or RETRY_SECONDS
    return Reply(_STATUS[code], msgspec.json.encode(said), headers=headers)


ROUTES: Final = (
    Route(_PATH, frozenset({"POST"}), give, trouble),
    Route(f"{_PATH}/*", frozenset({"GET"}), state, trouble),
)
