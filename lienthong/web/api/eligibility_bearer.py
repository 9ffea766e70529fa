"""How newer clients sign in: OAuth 2.0 client credentials for a bearer token of ten minutes (RFC 6749 §4.4, RFC 6750).

The account and password are those of the hospital's gateway account; the token opens `/api/v1` and `/fhir`, from the
address that took it.
"""

import base64
import binascii
from typing import Final
from urllib.parse import parse_qsl, unquote_plus

import msgspec

from lienthong.accounts import hospital_signin, hospital_tokens, passwords
from lienthong.cards.lookup import Asker
from lienthong.web.api.door import Desk, Reply, Request, Trouble
from lienthong.web.api.eligibility_schema import Token, TokenRefusal, is_plain

FORM: Final = "application/x-www-form-urlencoded"
RETRY_SECONDS: Final = "5"
CHALLENGE: Final = 'Bearer realm="lienthong"'
_BASIC = "Basic "
_MOST_FIELDS = 20
_LONGEST = 256
_HEADERS = {
    401: {"WWW-Authenticate": 'Basic realm="lienthong", charset="UTF-8"'},
    405: {"Allow": "POST"},
    503: {"Retry-After": RETRY_SECONDS},
}
_SENTENCES_VI = {
    "invalid_client": "Tài khoản hoặc mật khẩu không đúng, tài khoản đang bị khóa, hoặc gọi từ địa chỉ chưa đăng ký.",
    "invalid_request": "Yêu cầu thiếu tham số, lặp tham số hoặc xác thực theo hai cách cùng lúc.",
    "unsupported_grant_type": "Chỉ nhận grant_type=client_credentials.",
    "temporarily_unavailable": "Hệ thống chưa trả lời được. Đề nghị thử lại sau ít phút.",
}


def asker_of(request: Request, desk: Desk) -> Asker | None:
    """The account of a good bearer token, and since when it is good; None without one."""
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not token.isascii():
        return None
    holder = hospital_tokens.check_bearer(token, request.peer, at=desk.now())
    return None if holder is None else Asker(holder.account, holder.token_at)


def media_type(request: Request) -> str:
    """The content type without its parameters, in lower case."""
    return request.headers.get("content-type", "").partition(";")[0].strip().lower()


def form_of(body: bytes) -> list[tuple[str, str]] | None:
    """The fields of a form in UTF-8, in order; None when it is none."""
    try:
        return parse_qsl(
            body.decode("utf-8"),
            keep_blank_values=True,
            strict_parsing=bool(body),
            errors="strict",
            max_num_fields=_MOST_FIELDS,
        )
    except ValueError:
        return None


async def token(request: Request, desk: Desk) -> Reply:
    """Give a token to whoever shows the account's password, in the form or by Basic."""
    fields = form_of(request.body) if media_type(request) == FORM else None
    if fields is None or len({name for name, _ in fields}) < len(fields):
        return _refused(400, "invalid_request")
    given = dict(fields)
    if "grant_type" not in given:
        return _refused(400, "invalid_request")
    if given["grant_type"] != "client_credentials":
        return _refused(400, "unsupported_grant_type")
    shown = _credentials(request, given)
    if shown is None:
        return _refused(400, "invalid_request")
    return await _opened(request, desk, *shown)


async def _opened(request: Request, desk: Desk, name: str, password: str) -> Reply:
    at = desk.now()
    if not is_plain(name + password) or max(len(name), len(password)) > _LONGEST:
        return _refused(401, "invalid_client")
    digest = passwords.md5_of(password)
    opened = await desk.in_thread(
        lambda cursor: hospital_signin.open_bearer(name, digest, request.peer, cursor, at=at)
    )
    if opened is None:
        return _refused(401, "invalid_client")
    seconds = int(hospital_tokens.LIFETIME.total_seconds())
    return Reply(200, msgspec.json.encode(Token(opened.access_token, seconds)))


def _credentials(request: Request, given: dict[str, str]) -> tuple[str, str] | None:
    """Name and password; None unless they stand in exactly one of the two places."""
    header = request.headers.get("authorization", "")
    in_form = "client_id" in given and "client_secret" in given
    if not header:
        return (given["client_id"], given["client_secret"]) if in_form else None
    if "client_secret" in given or not header.lower().startswith(_BASIC.lower()):
        return None
    try:
        plain = base64.b64decode(header[len(_BASIC) :].strip(), validate=True).decode("utf-8")
    except (binascii.Error, ValueError):
        return None
    name, has_both, password = plain.partition(":")
    shown = unquote_plus(name), unquote_plus(password)
    return shown if has_both and given.get("client_id", shown[0]) == shown[0] else None


def token_trouble(request: Request, trouble: Trouble) -> Reply:
    """RFC 6749's words for what the gateway could not do."""
    del request
    status, error = {
        Trouble.METHOD: (405, "invalid_request"),
        Trouble.TOO_LARGE: (413, "invalid_request"),
        Trouble.TOO_SLOW: (408, "invalid_request"),
    }.get(trouble, (503, "temporarily_unavailable"))
    return _refused(status, error)


def _refused(status: int, error: str) -> Reply:
    body = msgspec.json.encode(TokenRefusal(error, _SENTENCES_VI[error]))
    return Reply(status, body, headers=_HEADERS.get(status, {}))
