"""What every answer of `/fhir/` shares: its media type, its version, and the OperationOutcome of whatever went wrong."""

import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import msgspec

from lienthong.web.api.door import Reply, Request, Trouble
from lienthong.web.api.eligibility_bearer import CHALLENGE, RETRY_SECONDS

MEDIA_TYPE: Final = "application/fhir+json; charset=utf-8"
Resource = dict[str, Any]
_HOST = re.compile(r"[A-Za-z0-9.\-]+(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]+\](:[0-9]{1,5})?")


@dataclass(frozen=True, slots=True)
class Wrong(Exception):
    """A request that is answered with an OperationOutcome: HTTP status, a code of FHIR's issue types, the sentence."""

    status: int
    code: str
    message_vi: str
    headers: tuple[tuple[str, str], ...] = ()


def resource_reply(resource: Resource, *, status: int = 200) -> Reply:
    """The resource as FHIR's JSON."""
    return Reply(status, msgspec.json.encode(resource), MEDIA_TYPE)


def versioned(resource: Resource) -> Resource:
    """The resource with a version made of its content: the same content has the same version."""
    digest = hashlib.sha256(msgspec.json.encode(resource)).hexdigest()
    head = {"resourceType": resource["resourceType"], "id": resource["id"]}
    return head | {"meta": {"versionId": digest[:16]}} | resource


def etag(resource: Resource) -> str:
    """The version as HTTP knows it."""
    return f'W/"{resource["meta"]["versionId"]}"'


def outcome(wrong: Wrong) -> Reply:
    """The OperationOutcome of a request that could not be answered."""
    issue = {"severity": "error", "code": wrong.code, "diagnostics": wrong.message_vi}
    body = msgspec.json.encode({"resourceType": "OperationOutcome", "issue": [issue]})
    return Reply(wrong.status, body, MEDIA_TYPE, dict(wrong.headers))


def searchset(
    entries: list[Resource], links: Mapping[str, str], *, total: int | None = None
) -> Resource:
    """A Bundle of what a search found; nothing in it but the entries depends on who was looked for."""
    bundle: Resource = {"resourceType": "Bundle", "type": "searchset"}
    if total is not None:
        bundle["total"] = total
    bundle["link"] = [{"relation": name, "url": url} for name, url in links.items()]
    if entries:
        bundle["entry"] = entries
    return bundle


def base_of(request: Request) -> str:
    """The address under which the caller knows us, ending in `/fhir`; '' when his Host header is none."""
    host = request.headers.get("host", "")
    scheme = "https" if request.is_secure else "http"
    return f"{scheme}://{host}/fhir" if _HOST.fullmatch(host) else ""


NO_TOKEN: Final = Wrong(
    401,
    "login",
    "Thiếu mã truy cập hoặc mã truy cập đã hết hạn. Đề nghị lấy mã mới tại /api/v1/token.",
    (("WWW-Authenticate", CHALLENGE),),
)
NO_ANSWER: Final = Wrong(
    503,
    "transient",
    "Hệ thống chưa trả lời được. Điều này không có nghĩa là người được hỏi không có thẻ. Đề nghị hỏi lại sau ít phút.",
    (("Retry-After", RETRY_SECONDS),),
)
WRONG_METHOD: Final = Wrong(
    405,
    "not-supported",
    "Địa chỉ này không nhận phương thức đó. Các thao tác có sẵn được nêu tại /fhir/metadata.",
    (("Allow", "GET, POST"),),
)


def too_many(wait_seconds: int) -> Wrong:
    """The account has used up its minute or its day."""
    return Wrong(
        429,
        "throttled",
        "Tài khoản đã hỏi quá mức cho phép. Đề nghị hỏi lại sau.",
        (("Retry-After", str(max(wait_seconds, 1))),),
    )


def trouble(request: Request, why: Trouble) -> Reply:
    """The gateway's troubles in FHIR's words."""
    del request
    if why is Trouble.METHOD:
        return outcome(WRONG_METHOD)
    if why is Trouble.TOO_LARGE:
        return outcome(Wrong(413, "too-long", "Nội dung quá lớn."))
    if why is Trouble.TOO_SLOW:
        return outcome(Wrong(408, "timeout", "Quá thời gian chờ nhận nội dung. Đề nghị gửi lại."))
    return outcome(NO_ANSWER)
