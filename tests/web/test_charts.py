"""Charts: what the content policy would refuse is not in them, what they say is, and no name becomes markup."""

import re

import pytest
from pygal.etree import etree

from lienthong.web.staff import charts
from lienthong.web.staff.charts import Series

MONTHS = [f"T{month}" for month in range(1, 13)]
RECEIVED = Series("Đã nhận", [100_000 + 999 * month for month in range(12)])
ISSUED = Series("Đã cấp thẻ", [90_000 + 999 * month for month in range(11)] + [None])


def _drawings() -> list[str]:
    return [
        charts.lines("Theo tháng", MONTHS, [RECEIVED, ISSUED]),
        charts.bars("Tồn đọng", ["≤ 1", "> 5"], [Series("Hồ sơ", [12_345, 0])]),
        charts.bars("Tồn đọng", ["≤ 1", "> 5"], [Series("Thu", [1, 2]), Series("Thẻ", [3, 4])]),
        charts.lines("Trống", [], []),
        charts.bars("Trống", ["a"], [Series("Hồ sơ", [None])]),
    ]


@pytest.mark.parametrize("number", range(5))
def test_nothing_that_the_content_policy_refuses(number: int) -> None:
    drawing = _drawings()[number]
    root = etree.fromstring(drawing)
    tags = {re.sub(r"^\{.*\}", "", each.tag) for each in root.iter()}
    assert tags <= {"svg", "defs", "title", "g", "rect", "path", "text", "circle"}
    names = {name for each in root.iter() for name in each.attrib}
    assert not {name for name in names if name in {"style", "id", "href"} or name.startswith("on")}
    assert "<!--" not in drawing
    assert root.get("role") == "img"
    assert "bảng kèm theo" in root.get("aria-label", "")
    assert len(drawing) < 12_000


def test_each_mark_says_its_figure_to_the_mouse() -> None:
    drawing = charts.lines("Theo tháng", MONTHS, [RECEIVED, ISSUED])
    assert "<title>T1: 100.000 đã nhận</title>" in drawing
    assert "<title>T11: 99.990 đã cấp thẻ</title>" in drawing
    assert "<title>T12: 110.989 đã nhận</title>" in drawing
    assert "T12: 1" in drawing
    assert drawing.count("đã cấp thẻ</title>") == 11


def test_one_series_of_bars_has_its_figures_on_it() -> None:
    assert ">12.345</text>" in charts.bars("Tồn đọng", ["≤ 1"], [Series("Hồ sơ", [12_345])])


def test_a_name_is_text_and_never_markup() -> None:
    drawing = charts.bars('"><script>', ["<b>"], [Series("a<b", [1]), Series("b&c", [2])])
    assert "<script" not in drawing
    assert "<b>" not in drawing
    etree.fromstring(drawing)


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"),
        (1234567, "1.234.567"),
        (98.54, "98,5"),
        (98.0, "98"),
        (1234.5, "1.234,5"),
        (None, "–"),
    ],
)
def test_figures_are_written_as_vietnamese_papers_write_them(value: object, text: str) -> None:
    assert charts.number_vi(value) == text
