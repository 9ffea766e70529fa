"""`/api/v1/eligibility`: is this person covered on this day? Three answers, never a name (guarantees D.3, INV-30, INV-33).

The questions go through the same function of the database as every hospital's: quotas, log and suspensions are its.
"""

import hmac
from datetime import date, datetime, timedelta
from time import monotonic
from typing import Final

import msgspec
from django.conf import settings

from lienthong.cards.lookup import Asker, BirthDate, Call, CardAnswer, Verdict, key_of
from lienthong.kernel.dates import VIETNAM, vietnam_date
from lienthong.web.api.door import Desk, Reply, Request, Route, Trouble
from lienthong.web.api.eligibility_bearer import (
    CHALLENGE,
    RETRY_SECONDS,
    asker_of,
    media_type,
    token,
    token_trouble,
)
from lienthong.web.api.eligibility_pace import keep_pace
from lienthong.web.api.eligibility_schema import Answer, Question, Refusal, Status, is_plain, padded

DAYS_BACK: Final = 366
DAYS_AHEAD: Final = 31
SHOWN: Final = ("validity",)
"""What the log says was shown of a person who was found."""

_NOT_COVERED = frozenset(
    {
        Verdict.EXPIRED,
        Verdict.NOT_YET,
        Verdict.REPLACED_EXPIRED,
        Verdict.REDUCED,
        Verdict.MOVED_OUT,
        Verdict.MOVED_WITHIN,
        Verdict.ADDED_AGAIN,
        Verdict.STOPPED,
    }
)
_CANNOT_SAY = frozenset({Verdict.CLOSED, Verdict.STAFF_UNKNOWN, Verdict.STAFF_NAME})
"""Doors that ask no staff never meet the last two; if they did, it would be a fault of ours."""

_SENTENCES_VI = {
    "E-TOKEN": "Thiếu mã truy cập hoặc mã truy cập đã hết hạn. Đề nghị lấy mã mới tại /api/v1/token.",
    "E-TYPE": "Kiểu nội dung không được hỗ trợ. Đề nghị gửi với Content-Type: application/json.",
    "E-JSON": "Nội dung không phải JSON hợp lệ.",
    "E-FIELD": "Thiếu trường bắt buộc, thừa trường, hoặc trường không đúng định dạng.",
    "E-DATE-RANGE": "Ngày khám phải từ 366 ngày trước đến 31 ngày sau hôm nay.",
    "E-METHOD": "Địa chỉ này chỉ nhận phương thức POST.",
    "E-SIZE": "Nội dung quá lớn.",
    "E-TIMEOUT": "Quá thời gian chờ nhận nội dung. Đề nghị gửi lại.",
}
_HEADERS = {"E-TOKEN": {"WWW-Authenticate": CHALLENGE}, "E-METHOD": {"Allow": "POST"}}
_QUESTIONS = msgspec.json.Decoder(Question)


def status_of(answer: CardAnswer, on: date) -> tuple[Status, date | None]:
    """What a verdict comes to for the person on that day, and the last day of cover when there is cover.

    A card that another has replaced is asked after by its old code: what counts is whether any card covers the day.
    A registration that was withdrawn is no match (guarantees D.3), and so is a child whose card is not there yet.
    """
    if answer.verdict in _CANNOT_SAY:
        return Status.UNKNOWN, None
    if answer.verdict in {Verdict.REPLACED_VALID, Verdict.REPLACED_EXPIRED}:
        follows = answer.new_valid_from is not None and answer.new_valid_to is not None
        if follows and answer.new_valid_from <= on <= answer.new_valid_to:  # type: ignore[operator]
            return Status.VALID, answer.new_valid_to
    if answer.verdict in {Verdict.VALID, Verdict.REPLACED_VALID}:
        return Status.VALID, answer.valid_to
    is_known = answer.verdict in _NOT_COVERED
    return (Status.NOT_VALID if is_known else Status.NO_MATCH), None


def visit_of(asker: Asker, reference: str) -> str:
    """A keyed hash of the hospital's own number of a visit: comes together with claims, tells nothing by itself."""
    said = f"visit:{asker.account}|{reference}"
    return hmac.digest(settings.KEYRING.secret("blind"), said.encode(), "sha256").hex()


def is_in_bounds(on: date, today: date) -> bool:
    """True for a day of service that somebody may ask about."""
    return today - timedelta(DAYS_BACK) <= on <= today + timedelta(DAYS_AHEAD)


async def eligibility(request: Request, desk: Desk) -> Reply:
    """One question, one answer."""
    since = monotonic()
    asker = asker_of(request, desk)
    if asker is None:
        return _refused(request, 401, "E-TOKEN")
    if media_type(request) != "application/json":
        return _refused(request, 415, "E-TYPE", "Content-Type")
    asked = _question(request)
    if isinstance(asked, Reply):
        return asked
    today = vietnam_date(desk.now())
    on = asked.at or today
    if not is_in_bounds(on, today):
        return _refused(request, 422, "E-DATE-RANGE", "at")
    birth = BirthDate(asked.dob.year, asked.dob.month, asked.dob.day)
    call = Call(
        asker,
        key_of(asked.code, on=on),
        asked.name,
        birth,
        on,
        endpoint="eligibility",
        request_id=request.request_id,
        visit=visit_of(asker, asked.visit_ref),
        fields=SHOWN,
    )
    (found,) = await desk.look_up([call])
    if status_of(found, on)[0] is Status.NO_MATCH:
        await keep_pace(since)
    return _reply(request, found, on, at=desk.now())


def _question(request: Request) -> Question | Reply:
    try:
        asked = _QUESTIONS.decode(request.body)
    except msgspec.ValidationError as error:
        return _refused(request, 422, "E-FIELD", _field_of(str(error)))
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _refused(request, 400, "E-JSON")
    wrong = [
        name for name in ("code", "name", "visit_ref") if not is_plain(str(getattr(asked, name)))
    ]
    return _refused(request, 422, "E-FIELD", wrong[0]) if wrong else asked


def _field_of(message: str) -> str:
    """The field that a message of the decoder names: its path, or the field it misses or does not know."""
    _, at_path, place = message.partition("`$.")
    if at_path:
        return place.rstrip("`")
    parts = message.split("`")
    return (
        parts[1] if message.startswith("Object") and len(parts) > 1 and parts[1] in _NAMES else ""
    )


_NAMES = frozenset(field.name for field in msgspec.structs.fields(Question))


def _reply(request: Request, found: CardAnswer, on: date, *, at: datetime) -> Reply:
    if found.verdict is Verdict.NO_ACCOUNT:
        return _refused(request, 401, "E-TOKEN")
    if found.verdict is Verdict.OVER_LIMIT:
        wait = str(max(found.wait_seconds, 1))
        return _answered(request, 429, Status.UNKNOWN, at=at, wait=wait)
    status, valid_to = status_of(found, on)
    if status is Status.UNKNOWN:
        return _answered(request, 503, status, at=at, wait=RETRY_SECONDS)
    is_valid = status is Status.VALID
    answer = Answer(
        status,
        valid_to,
        found.benefit_level if is_valid else None,
        None if status is Status.NO_MATCH else found.version,
        _second(at),
        request.request_id,
    )
    return Reply(200, padded(answer))


def _answered(
    request: Request, http_status: int, status: Status, *, at: datetime, wait: str
) -> Reply:
    answer = Answer(status, None, None, None, _second(at), request.request_id)
    return Reply(http_status, padded(answer), headers={"Retry-After": wait})


def _second(at: datetime) -> datetime:
    """Without fractions, which would make one answer longer than another."""
    return at.astimezone(VIETNAM).replace(microsecond=0)


def trouble(request: Request, why: Trouble) -> Reply:
    """Whatever the gateway could not do reads as UNKNOWN, or as a refusal of the request; never as "not insured"."""
    if why is Trouble.METHOD:
        return _refused(request, 405, "E-METHOD")
    if why is Trouble.TOO_LARGE:
        return _refused(request, 413, "E-SIZE")
    if why is Trouble.TOO_SLOW:
        return _refused(request, 408, "E-TIMEOUT")
    return _answered(request, 503, Status.UNKNOWN, at=settings.CLOCK(), wait=RETRY_SECONDS)


def _refused(request: Request, status: int, code: str, field: str = "") -> Reply:
    said = Refusal(code, field or None, _SENTENCES_VI[code], request.request_id)
    return Reply(status, msgspec.json.encode(said), headers=_HEADERS.get(code, {}))


ROUTES: Final = (
    Route("/api/v1/token", frozenset({"POST"}), token, token_trouble),
    Route("/api/v1/eligibility", frozenset({"POST"}), eligibility, trouble),
)
