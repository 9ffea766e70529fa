"""The demo's difficulties, one in every state, and the articles that came of some. Fictional people only.

They are asked and answered by the demo's officers through the same actions as anybody's, over the weeks before.
"""

from dataclasses import dataclass
from datetime import date, datetime, timedelta

from lienthong.accounts import jurisdiction
from lienthong.births import enrolment
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.oversight import answering, climbing, difficulties, knowledge, publishing, reporting
from lienthong.oversight.difficulties import DifficultyFilter
from lienthong.oversight.knowledge import STAFF, Asked
from lienthong.oversight.publishing import Draft
from lienthong.oversight.reporting import Met, Question

_ASKER, _OTHER, _HEAD, _PROVINCE, _CENTRE = (
    "so-the-01", "thu-01", "truong-so-the-01", "tinh-01", "trung-uong",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Told:
    """One difficulty of the past: who asked what, how many days ago."""

    asker: str
    days_ago: float
    asked: Question
    met: Met


_PRINTER = _Told(
    _ASKER, 20,
    Question("card", "Máy in kéo hai phôi cùng lúc thì ghi tờ hỏng thế nào?",
             "In lô 20 thẻ, máy kéo hai phôi ở tờ thứ 7. Phôi thứ hai trắng. Ghi hỏng một hay hai tờ?"),
    Met("run"),
)  # fmt: skip
_OVERLAP = _Told(
    _ASKER, 12,
    Question("card", "Không duyệt được vì thẻ chồng ngày với thẻ cũ",
             "Trẻ chuyển đến từ tỉnh khác, thẻ cũ còn giá trị. Bấm duyệt thì báo chồng ngày. Cần làm gì trước?"),
    Met("approve", "E-OVERLAP"),
)  # fmt: skip
_OVERLAP_TOO = _Told(
    _OTHER, 11,
    Question("card", "Yêu cầu đổi thẻ bị trả vì chồng ngày với thẻ cũ",
             "Gia đình đổi nơi ở, thẻ cũ còn giá trị, yêu cầu bị trả vì chồng ngày với thẻ cũ. Xử lý thế nào?"),
    Met("exchanges", "E-OVERLAP"),
)  # fmt: skip
_SPLIT = _Told(
    _OTHER, 6,
    Question("division", "Xã cũ chia về hai xã mới, hộ không rõ thôn thì chọn đơn vị nào?",
             "Địa chỉ trong dữ liệu khai sinh chỉ ghi xã cũ, không ghi thôn. Hai đơn vị mới đều thấy hồ sơ."),
    Met("splits"),
)  # fmt: skip
_TWINS = _Told(
    _OTHER, 4,
    Question("identity", "Hai trẻ sinh đôi bị báo nghi trùng, bấm hai người rồi vẫn hiện lại",
             "Đã kết luận là hai người, sáng nay cặp này lại hiện trong danh sách."),
    Met("doubles"),
)  # fmt: skip
_SLOW = _Told(
    _ASKER, 3,
    Question("system", "Trang In thẻ mở chậm vào đầu giờ sáng",
             "Từ 7 giờ 30 đến 8 giờ, trang In thẻ mất khoảng 20 giây mới mở. Các trang khác bình thường."),
    Met("print"),
)  # fmt: skip
_ELECTRONIC = _Told(
    _ASKER, 2,
    Question("card", "Gia đình không có điện thoại thông minh thì giao thẻ điện tử thế nào?",
             "Gia đình muốn nhận thẻ nhưng không dùng điện thoại thông minh. Có được in giấy ngay không?"),
    Met("electronic-cards"),
)  # fmt: skip
_FAMILY = _Told(
    _OTHER, 1,
    Question("household", "Trẻ ở với ông bà, mẹ đi làm xa thì vào hộ nào?",
             "Mẹ có hộ ở tỉnh khác, trẻ sống cùng ông bà ở xã. Đưa trẻ vào hộ của mẹ hay của ông bà?"),
    Met("unplaced"),
)  # fmt: skip
_LAW = _Told(
    _HEAD, 2,
    Question("law", "Thẻ của trẻ sinh tháng 10 ghi giá trị đến ngày nào?",
             "Trẻ đủ 6 tuổi sau tháng 9. Cần căn cứ để trả lời gia đình về ngày cuối trên thẻ."),
    Met("approve"),
)  # fmt: skip
_ARTICLES = (
    Draft("identity", "Trẻ chưa có số định danh có được cấp thẻ không?",
          "Có. Thẻ vẫn được cấp đúng hạn.\n\n- Số định danh được hỏi sau, không giữ hồ sơ lại để chờ.\n"
          "- Khi có số, hệ thống ghi vào hồ sơ; thẻ đang dùng không phải đổi.", date(2026, 1, 5),
          keywords="thiếu số định danh, cấp thẻ chậm", pages=("identities", "identity")),
    Draft("receiving", "Hồ sơ báo trùng với hồ sơ đã có thì tra ở đâu?",
          "1. Mở trang Tra cứu, gõ mã thông điệp hoặc mã hồ sơ.\n2. Xem dòng Trùng với: bấm vào để mở hồ sơ đầu tiên.\n"
          "3. Hai bản khác nhau thì xem phần so sánh trước khi kết luận.", date(2026, 2, 2),
          keywords="duplicate, gửi hai lần", pages=("trace", "trace-search", "doubles"), codes=("DUPLICATE",)),
    Draft("division", "Sau sáp nhập, hồ sơ đang làm dở có phải nhập lại không?",
          "Không. Hồ sơ được chuyển nguyên trạng sang đơn vị mới; việc đã phát sinh thu vẫn giữ.\n\n"
          "Hạn trả vẫn tính từ ngày nhận ban đầu.", date(2025, 7, 1),
          keywords="sáp nhập tỉnh, chuyển hồ sơ, điều chuyển", pages=("mergers", "merger", "splits")),
)  # fmt: skip


def report_some(*, at: datetime) -> int:
    """Ask, answer, merge, let climb and publish, once; how many difficulties there are."""
    by = enrolment.system()
    on = vietnam_date(at)
    known = difficulties.listed(by, filters=DifficultyFilter(), on=on)
    if known:
        return len(known)
    _publish(at)
    _answered_long_ago(at)
    _merged(at)
    _at_the_centre(at)
    asked_back = _ask(_TWINS, at)
    answering.ask_back(
        asked_back,
        "Ghi rõ ngày kết luận và tên nút đã bấm.",
        by=_actor(_HEAD),
        at=at - timedelta(days=3.6),
    )
    answering.take(_ask(_SLOW, at), by=_actor(_HEAD), at=at - timedelta(days=2.9))
    done = _ask(_ELECTRONIC, at)
    answering.answer(
        done,
        "Được. Ghi đề nghị cấp thẻ giấy của gia đình ở trang Giao thẻ điện tử, rồi in như thường lệ.",
        by=_actor(_HEAD),
        at=at - timedelta(days=1.5),
    )
    closed = _ask(_LAW, at)
    answering.close(
        closed,
        "Đã có trong bảng giá trị thẻ ở trang Duyệt thẻ.",
        by=_actor(_PROVINCE),
        at=at - timedelta(days=1.8),
    )
    _ask(_FAMILY, at)
    climbing.follow(by=by, at=at)
    return len(difficulties.listed(by, filters=DifficultyFilter(), on=on))


def _answered_long_ago(at: datetime) -> None:
    key, asked_at = _ask(_PRINTER, at), at - timedelta(days=_PRINTER.days_ago)
    answering.answer(
        key,
        "1. Đếm theo phôi đã dùng: hai tờ.\n2. Trên trang lô in, đánh dấu tờ 7 hỏng, ghi lý do Máy in kéo hai phôi.\n"
        "3. Ghi thêm một tờ hỏng không có thẻ ở cuối lô.",
        by=_actor(_HEAD),
        at=asked_at + timedelta(hours=5),
    )
    answering.confirm(key, by=_actor(_ASKER), at=asked_at + timedelta(hours=7))
    line = difficulties.one(_actor(_CENTRE), key, on=vietnam_date(at))
    draft = Draft(
        line.topic,
        line.title,
        line.answer,
        vietnam_date(asked_at),
        keywords="phôi, tờ hỏng, kẹt giấy, máy in",
        pages=("run", "runs", "print"),
    )
    publishing.publish(
        draft, by=_actor(_CENTRE), at=asked_at + timedelta(days=1), difficulty_id=key
    )


def _merged(at: datetime) -> None:
    first, second = _ask(_OVERLAP, at), _ask(_OVERLAP_TOO, at)
    province = _actor(_PROVINCE)
    answering.merge(second, first, by=province, at=at - timedelta(days=10.5))
    answering.take(first, by=province, at=at - timedelta(days=10.4))


def _at_the_centre(at: datetime) -> None:
    key = _ask(_SPLIT, at)
    answering.pass_up(
        key,
        "Hai tỉnh cùng gặp, cần hướng dẫn chung.",
        by=_actor(_PROVINCE),
        at=at - timedelta(days=5),
    )


def _publish(at: datetime) -> None:
    centre = _actor(_CENTRE)
    known = {it.title for it in knowledge.search(STAFF, Asked(), on=vietnam_date(at), limit=500)}
    for draft in _ARTICLES:
        if draft.title not in known:
            publishing.publish(draft, by=centre, at=at - timedelta(days=30))


def _ask(told: _Told, at: datetime) -> int:
    asked_at = at - timedelta(days=told.days_ago)
    return reporting.report(told.asked, told.met, by=_actor(told.asker), at=asked_at)


def _actor(username: str) -> Actor:
    return jurisdiction.actor_of(username)
