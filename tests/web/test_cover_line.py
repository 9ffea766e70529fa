"""The line of cover: places on the drawing from ranges alone, and the same in words."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.kernel.dates import DateRange
from lienthong.web.staff.coverline import cover_line

WHOLE = DateRange(date(2026, 11, 12), date(2032, 12, 1))
LAST = date(2032, 11, 30)
ON = date(2027, 3, 1)
_DAYS = st.dates(date(2026, 11, 12), date(2032, 11, 30))


def _place(percent: str) -> float:
    assert percent.endswith("%")
    return float(percent.removesuffix("%"))


def test_one_card_over_the_whole_entitlement_has_no_gap() -> None:
    cover = cover_line([("TE", WHOLE.start, LAST, "active")], WHOLE, ON)
    assert cover is not None
    assert cover.is_whole
    assert "không gián đoạn" in cover.summary_vi
    assert cover.bars[0].words_vi == "từ 12/11/2026 đến hết 30/11/2032, đang có giá trị"
    assert cover.entitled is not None
    assert (cover.bars[0].x, cover.bars[0].width) == (cover.entitled.x, cover.entitled.width)
    assert [tick.label for tick in cover.years] == [str(y) for y in range(2027, 2033)]
    assert cover.day is not None
    assert cover.day.label == "01/03/2027"


def test_a_gap_and_an_overlap_are_named_to_the_day() -> None:
    spans = [
        ("một", date(2026, 11, 12), date(2028, 1, 31), "active"),
        ("hai", date(2028, 2, 2), date(2030, 6, 30), "active"),
        ("ba", date(2030, 6, 30), LAST, "active"),
    ]
    cover = cover_line(spans, WHOLE, ON)
    assert cover is not None
    assert not cover.is_whole
    assert "Trùng nhau: 30/06/2030 – 30/06/2030." in cover.summary_vi
    assert "Chưa được thẻ nào bảo đảm: 01/02/2028 – 01/02/2028." in cover.summary_vi


@pytest.mark.parametrize("status", ["requested", "superseded", "expired", "revoked", "cancelled"])
def test_only_an_active_card_covers(status: str) -> None:
    cover = cover_line([("TE", WHOLE.start, LAST, status)], WHOLE, ON)
    assert cover is not None
    assert cover.summary_vi == "Chưa có thẻ nào đang có giá trị."
    assert cover.gaps == (WHOLE,)


def test_nothing_to_draw_and_a_day_outside() -> None:
    assert cover_line([], None, ON) is None
    cover = cover_line([], WHOLE, date(2040, 1, 1))
    assert cover is not None
    assert (cover.bars, cover.day) == ((), None)


@given(st.lists(st.tuples(_DAYS, _DAYS), max_size=6))
def test_every_day_is_in_a_gap_or_under_a_card_and_every_bar_is_on_the_paper(
    pairs: list[tuple[date, date]],
) -> None:
    spans = [("thẻ", min(pair), max(pair), "active") for pair in pairs]
    cover = cover_line(spans, WHOLE, ON)
    assert cover is not None
    for bar in cover.bars:
        assert _place(bar.x) > 0
        assert _place(bar.x) + _place(bar.width) <= 100
    for offset in range(0, 2210, 13):
        day = WHOLE.start + timedelta(days=offset)
        is_covered = any(first <= day <= last for _, first, last, _ in spans)
        assert is_covered != any(day in gap for gap in cover.gaps)
