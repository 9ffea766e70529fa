"""What `/api/v1` takes and gives, as types: the handlers read and write them, and the OpenAPI document is made of them.

Source: guarantees D.3. An answer never holds a name, an address or a number of the person.
"""

import unicodedata
from datetime import date, datetime
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

PADDED_BYTES: Final = 256
"""Every answer to a question is this long: blanks at its end make up for what a status or a date is shorter."""

Text = Annotated[str, Meta(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]


class Status(StrEnum):
    """The four answers of a look-up (guarantees INV-33)."""

    VALID = "VALID"
    """The person is covered on that day."""
    NOT_VALID = "NOT_VALID"
    """Code, birth date and name belong together, and no card covers that day."""
    NO_MATCH = "NO_MATCH"
    """Not found as asked. Says nothing about cover: look at the papers."""
    UNKNOWN = "UNKNOWN"
    """We could not answer. Says nothing about cover: ask again later."""


class Question(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Whether this person is covered on the day of service."""

    code: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=40,
            pattern=r"^[^\x00-\x1f\x7f]+$",
            description="Mã số BHXH (10 số), số định danh (12 số), mã thẻ BHYT (15 hoặc 17 ký tự) hoặc mã thẻ tạm.",
            examples=["0123456789"],
        ),
    ]
    dob: Annotated[
        date, Meta(description="Ngày sinh, YYYY-MM-DD, đủ ngày tháng năm.", examples=["2026-11-12"])
    ]
    name: Annotated[
        Text,
        Meta(
            description="Họ và tên; không phân biệt dấu, chữ hoa, khoảng trắng.",
            examples=["NGUYEN MINH AN"],
        ),
    ]
    visit_ref: Annotated[
        str,
        Meta(
            min_length=1,
            max_length=64,
            pattern=r"^[^\x00-\x1f\x7f]+$",
            description="Số của lượt khám do cơ sở tự đặt. Chỉ lưu dưới dạng băm có khóa.",
            examples=["KB-2026-000123"],
        ),
    ]
    at: Annotated[
        date | None,
        Meta(
            description="Ngày khám, từ 366 ngày trước đến 31 ngày sau hôm nay. Không có: hôm nay.",
            examples=["2026-11-20"],
        ),
    ] = None


class Answer(msgspec.Struct, frozen=True):
    """The answer, of one shape and one length whatever it says."""

    status: Status
    valid_to: Annotated[date | None, Meta(description="Ngày cuối còn giá trị; chỉ khi VALID.")]
    benefit_level: Annotated[
        Annotated[int, Meta(ge=1, le=5)] | None, Meta(description="Mã mức hưởng; chỉ khi VALID.")
    ]
    card_version: Annotated[
        Annotated[int, Meta(ge=1)] | None,
        Meta(description="Lần cấp của thẻ được hỏi; chỉ khi VALID hoặc NOT_VALID."),
    ]
    checked_at: Annotated[datetime, Meta(tz=True, description="Thời điểm kiểm tra.")]
    request_id: Annotated[str, Meta(description="Số của lần tra cứu, để hai bên đối chiếu.")]


class Refusal(msgspec.Struct, frozen=True):
    """Why a request was not taken. It says nothing about anybody's cover."""

    code: Annotated[str, Meta(pattern=r"^E-[A-Z-]+$", examples=["E-FIELD"])]
    field: str | None
    message_vi: str
    request_id: str


class Token(msgspec.Struct, frozen=True):
    """RFC 6749 §5.1."""

    access_token: str
    expires_in: Annotated[int, Meta(ge=1, description="Số giây.")]
    token_type: Annotated[str, Meta(examples=["Bearer"])] = "Bearer"  # noqa: S105  the kind, no secret


class TokenRefusal(msgspec.Struct, frozen=True):
    """RFC 6749 §5.2; `error_description` is Vietnamese."""

    error: Annotated[str, Meta(pattern="^[a-z_]+$", examples=["invalid_client"])]
    error_description: str


def padded(answer: Answer) -> bytes:
    """The answer as JSON, all keys, in the fixed length."""
    text = msgspec.json.encode(answer)
    return text.ljust(-(-len(text) // PADDED_BYTES) * PADDED_BYTES)


def is_plain(text: str) -> bool:
    """True when nothing in the text is a control character or half a character."""
    return not any(unicodedata.category(letter) in {"Cc", "Cs"} for letter in text)
