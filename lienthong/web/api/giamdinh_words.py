"""The sentences of the giám định gateway (`ghiChu`), with its own spacing: programs cut them at fixed words.

Two phrases may stand nowhere else than where they do, because programs decide by them: "Chủ thẻ đã được cấp mã thẻ
mới" (003, 004) and "Thẻ được gia hạn thêm" (a further card of the same code).
"""

from collections.abc import Mapping
from datetime import date
from typing import Final

from lienthong.cards.lookup import CardAnswer, Verdict
from lienthong.kernel.dates import day_first

BAD_TOKEN: Final = "Token không đúng"  # noqa: S105 - what is said of one
REMIND_DAYS: Final = 30
"""From how many days before its last one a card is said to end soon."""
NOT_ABOUT_THE_CARD: Final = "Đây không phải là kết luận về thẻ BHYT: đề nghị kiểm tra thẻ và giấy tờ, hoặc quét mã QR trên thẻ."
_SEXES: Final = {"male": "Nam", "female": "Nữ"}
_HELP = (
    "Trong trường hợp người tham gia có thắc mắc đề nghị CSYT liên hệ với giám định viên chuyên quản hoặc liên hệ với"
    " Trung tâm hỗ trợ khách hàng của BHXH Việt Nam theo số điện thoại: 1900969668 để được hỗ trợ, Xin cảm ơn!"
)
_GOOD = "Thẻ còn giá trị sử dụng!"
_OVER = "Thẻ hết giá trị sử dụng!"
_HEADS: Final[Mapping[Verdict, str]] = {
    Verdict.VALID: _GOOD,
    Verdict.REPLACED_VALID: _GOOD,
    Verdict.REPLACED_EXPIRED: _OVER,
    Verdict.EXPIRED: _OVER,
    Verdict.NOT_YET: "Thẻ chưa đến hạn sử dụng!",
    Verdict.NO_CARD: "Trẻ em không xuất trình thẻ BHYT, thẻ đang được cấp!",
}
_SENTENCES: Final[Mapping[Verdict, str]] = {
    Verdict.ARMY: "Thẻ BHYT do BHXH Bộ Quốc phòng quản lý, đề nghị kiểm tra thẻ BHYT và thông tin giấy tờ tùy thân",
    Verdict.POLICE: "Thẻ BHYT do BHXH Bộ Công an quản lý, đề nghị kiểm tra thẻ BHYT và thông tin giấy tờ tùy thân",
    Verdict.UNKNOWN: "Thẻ không tồn tại!",
    Verdict.BAD_CODE: "Mã thẻ BHYT không đúng!",
    Verdict.BAD_PROVINCE: "Mã tỉnh cấp thẻ BHYT (ký tự thứ 4,5) của thẻ BHYT không đúng!",
    Verdict.BAD_LEVEL: "Mã quyền lợi BHYT (ký tự thứ 3) của thẻ BHYT không đúng!",
    Verdict.STAFF_UNKNOWN: (
        "Số CCCD của cán bộ thực hiện tra cứu không tồn tại trong danh sách người sử dụng do CSKCB đăng ký"
    ),
    Verdict.STAFF_NAME: "Họ và tên của cán bộ thực hiện tra cứu không khớp với số CCCD",
    Verdict.WRONG_NAME: "Thẻ sai họ tên",
    Verdict.WRONG_INITIALS: "Thẻ sai họ tên(đúng kí tự đầu)",
    Verdict.WRONG_BIRTH: f"Ngày sinh không đúng. {_HELP}",
    Verdict.NO_ACCOUNT: BAD_TOKEN,
    Verdict.OVER_TARGET: (
        f"Hôm nay đã có quá nhiều lượt tra cứu không khớp với họ tên và ngày sinh này. {NOT_ABOUT_THE_CARD}"
    ),
    Verdict.CLOSED: f"Cổng tra cứu đang tạm dừng. {NOT_ABOUT_THE_CARD}",
}


def sentence(answer: CardAnswer, *, on: date) -> str:
    """What `ghiChu` says of the answer on that day; never empty."""
    verdict = answer.verdict
    if verdict in {Verdict.WRONG_NAME, Verdict.WRONG_INITIALS}:
        right = f",họ tên đúng : {answer.full_name}" if answer.full_name else "!"
        return f"{_SENTENCES[verdict]}{right}"
    if verdict is Verdict.OVER_LIMIT:
        return (
            "Tài khoản đã dùng hết số lượt tra cứu cho phép, vui lòng thử lại sau"
            f" {answer.wait_seconds} giây. {NOT_ABOUT_THE_CARD}"
        )
    if verdict in _SENTENCES:
        return _SENTENCES[verdict]
    if verdict not in _HEADS:
        return _ended(answer)
    return f"{_HEADS[verdict]} {_described(answer)}.{_further(answer, on)}"


def headline(verdict: Verdict) -> str:
    """The first words of the sentence, which say nothing of a person."""
    if verdict in _HEADS:
        return _HEADS[verdict]
    return _SENTENCES.get(verdict, "Thẻ BHYT đã thu hồi hoặc báo giảm!")


def sex(code: str | None) -> str:
    """`Nam`, `Nữ`, or that it is not known yet."""
    return _SEXES.get(code or "", "Chưa xác định")


def day(on: date | None) -> str:
    """`dd/MM/yyyy`; "" for none."""
    return "" if on is None else day_first(on)


def is_renewed(answer: CardAnswer) -> bool:
    """True when a further card of the same code goes on after this one."""
    ends = answer.valid_to, answer.new_valid_to
    is_same = answer.verdict is Verdict.VALID and answer.new_code == answer.code
    return is_same and None not in ends and ends[1] > ends[0]  # type: ignore[operator]


def _described(answer: CardAnswer) -> str:
    facts = [
        ("ĐC", answer.address or ""),
        ("Nơi KCBBĐ", answer.facility_code or ""),
        ("Hạn thẻ", f"{day(answer.valid_from)} - {day(answer.valid_to)}"),
        ("Thời điểm đủ 5 năm liên tục", day(answer.five_year_on)),
    ]
    # A child without a card, and a temporary code, have not all of them.
    said = "; ".join(f"{name}: {text}" for name, text in facts if text.strip(" -"))
    return (
        f"Họ tên : {answer.full_name}, Ngày sinh: {day(answer.born_on)},"
        f" Giới tính : {sex(answer.sex)}! ({said})"
    )


def _further(answer: CardAnswer, on: date) -> str:
    days = f"Hạn thẻ từ {day(answer.new_valid_from)} đến {day(answer.new_valid_to)}"
    if answer.verdict in {Verdict.REPLACED_VALID, Verdict.REPLACED_EXPIRED}:
        return f"Chủ thẻ đã được cấp mã thẻ mới : {answer.new_code}.{days}"
    if is_renewed(answer):
        return f"Thẻ được gia hạn thêm.{days}"
    if answer.verdict is Verdict.VALID and answer.valid_to is not None:
        left = (answer.valid_to - on).days
        if left <= REMIND_DAYS:
            return f" Thẻ bảo hiểm sẽ hết hạn trong {left} ngày tới."
    return ""


def _ended(answer: CardAnswer) -> str:
    """Reported as reduced, or withdrawn: by whom, to whom, since when."""
    since = f"hết giá trị sử dụng từ ngày: {day(answer.ended_on)}"
    if answer.verdict is Verdict.REVOKED:
        return f"Thẻ đã được cơ quan {answer.unit_name} thu hồi và {since}. {_HELP}"
    unit = f"{answer.unit_name} ({answer.ended_by_unit})"
    return f"Thẻ đã được đơn vị: {unit} báo giảm cho cơ quan {answer.unit_name} và {since}. {_HELP}"
