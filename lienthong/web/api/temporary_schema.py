"""What `/api/v1/temporary-codes` takes and gives, as types: read and written by the handlers, told in the OpenAPI document."""

from datetime import date
from enum import StrEnum
from typing import Annotated, Final

import msgspec
from msgspec import Meta

from lienthong.web.api.eligibility_schema import Refusal
from lienthong.web.api.openapi_operation import Chapter, Content, Operation, Parameter, Said

_PLAIN = r"^[^\x00-\x1f\x7f]*$"


class Sex(StrEnum):
    """As the birth notice says."""

    MALE = "male"
    FEMALE = "female"
    UNDETERMINED = "undetermined"


class Relation(StrEnum):
    """Who came with the child; `facility` for a foundling."""

    MOTHER = "mother"
    FATHER = "father"
    GUARDIAN = "guardian"
    FACILITY = "facility"


class State(StrEnum):
    """How far the child is: known to nobody yet, registered, or with a card."""

    WAITING = "waiting"
    REGISTERED = "registered"
    CARD = "card"


class Ask(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A child without a card, as the facility knows it."""

    born_on: Annotated[date, Meta(description="Ngày sinh.", examples=["2026-11-12"])]
    sex: Annotated[Sex, Meta(description="Giới tính.")]
    carer_relation: Annotated[
        Relation, Meta(description="Người đứng tên: mẹ, cha, giám hộ; facility: trẻ bị bỏ rơi.")
    ]
    carer_name: Annotated[
        str,
        Meta(max_length=100, pattern=_PLAIN, description="Họ tên người đứng tên, như giấy tờ."),
    ] = ""
    full_name: Annotated[
        str, Meta(max_length=100, pattern=_PLAIN, description="Họ tên trẻ, nếu đã đặt.")
    ] = ""
    mother_personal_id: Annotated[
        str, Meta(pattern=r"^([0-9]{12})?$", description="Số định danh của mẹ, nếu có.")
    ] = ""
    birth_notice_code: Annotated[
        str, Meta(max_length=30, pattern=_PLAIN, description="Mã giấy chứng sinh, nếu có.")
    ] = ""
    address: Annotated[
        str, Meta(max_length=300, pattern=_PLAIN, description="Nơi cư trú của mẹ.")
    ] = ""
    province_code: Annotated[
        str,
        Meta(
            pattern=r"^([0-9]{2})?$",
            description="Mã tỉnh nơi mẹ cư trú; bỏ trống với trẻ bị bỏ rơi.",
            examples=["01"],
        ),
    ] = ""
    birth_order: Annotated[
        int, Meta(ge=1, le=9, description="Con thứ mấy trong lần sinh này (sinh đôi, sinh ba).")
    ] = 1
    admitted_on: Annotated[date | None, Meta(description="Ngày vào viện. Không có: hôm nay.")] = (
        None
    )
    discharged_on: Annotated[
        date | None, Meta(description="Ngày ra viện, khi đã ra; gửi lại để kết thúc mã.")
    ] = None


class Code(msgspec.Struct, frozen=True):
    """A temporary code and what it leads to."""

    code: Annotated[str, Meta(pattern=r"^TE1[0-9]{2}99[0-9]{8}$", examples=["TE1019900000001"])]
    state: State
    valid_from: date
    valid_to: Annotated[date, Meta(description="Ngày cuối còn giá trị.")]
    facility_code: Annotated[
        str, Meta(pattern=r"^[0-9]{2}000$", description="MA_DKBD của mã tạm: mã tỉnh và 000.")
    ]
    card_code: Annotated[str | None, Meta(description="Mã thẻ BHYT của trẻ, khi đã có.")]
    card_valid_from: date | None
    card_valid_to: date | None
    request_id: str


def _no(text_vi: str, **headers: str) -> Said:
    named = {name.replace("_", "-"): text for name, text in headers.items()}
    return Said(text_vi, (Content(Refusal),), named)


_SHARED = {
    401: _no("Thiếu mã truy cập, mã hết hạn, hoặc tài khoản bị khóa.", WWW_Authenticate="Cách."),
    405: _no("Phương thức không được hỗ trợ."),
    408: _no("Quá thời gian chờ nhận nội dung."),
    413: _no("Nội dung quá lớn."),
    503: _no("Chưa trả lời được; gửi lại không tạo thêm mã.", Retry_After="Số giây nên chờ."),
}
CHAPTER: Final = Chapter(
    "Mã thẻ tạm",
    "Mã cho trẻ dưới 6 tuổi chưa có thẻ BHYT, dùng từ ngày vào viện đến ngày ra viện (Quyết định 4750/QĐ-BYT). Khi trẻ "
    "được khai sinh và cấp thẻ, mã tự dẫn đến thẻ; tra cứu bằng mã tạm trả về thẻ mới.",
    (
        Operation(
            "post",
            "/api/v1/temporary-codes",
            "Cấp mã thẻ tạm cho trẻ chưa có thẻ",
            "Gửi lại cho cùng một trẻ thì nhận lại đúng mã cũ: theo mã giấy chứng sinh; không có thì theo số định danh của "
            "mẹ, ngày sinh, giới tính và thứ tự trong lần sinh. Trẻ sinh đôi có hai mã.",
            {
                200: Said("Trẻ đã có mã này tại cơ sở.", (Content(Code),)),
                201: Said("Mã mới.", (Content(Code),)),
                400: _no("Nội dung không phải JSON."),
                415: _no("Chỉ nhận application/json."),
                422: _no("Có trường thiếu hoặc không hợp lệ; field nêu tên trường."),
                429: _no("Quá số mã mới trong ngày.", Retry_After="Số giây nên chờ."),
                **_SHARED,
            },
            body=(Content(Ask),),
            security="bearer",
        ),
        Operation(
            "get",
            "/api/v1/temporary-codes/{temporary_code}",
            "Tình trạng một mã thẻ tạm của cơ sở",
            "Chỉ mã do chính tài khoản đã lấy. waiting: chưa khai sinh; registered: đã khai sinh, chờ thẻ; card: đã có thẻ.",
            {
                200: Said("Tình trạng.", (Content(Code),)),
                404: _no("Cơ sở không cấp mã này."),
                **_SHARED,
            },
            parameters=(Parameter("temporary_code", "Mã thẻ tạm.", "path", required=True),),
            security="bearer",
        ),
    ),
)
