"""Charts as SVG inside a page: drawn by pygal, dressed by our stylesheet, spoken of by the table beside them.

pygal writes a style and a script of its own into each drawing, which the content policy refuses, and marks that only
its script reads. All of that is taken out here; what is left are shapes, texts and a word at each mark for the mouse.
A chart is one picture to a screen reader: its figures stand in a table on the same page.
"""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pygal
from django.utils.safestring import SafeString
from pygal.etree import etree
from pygal.style import Style

# pygal hooks itself into every later import, for maps that are packages of their own; we have none.
sys.meta_path[:] = [it for it in sys.meta_path if not isinstance(it, pygal.PluginImportFixer)]
_WIDTH, _HEIGHT = 400, 210
_SIZE = 12
_MOST_TICKS = 5
_STYLE = Style(
    font_family="",
    label_font_size=_SIZE,
    major_label_font_size=_SIZE,
    legend_font_size=_SIZE,
    value_font_size=_SIZE,
    value_label_font_size=_SIZE,
)
_LONG_NUMBER = re.compile(r"-?\d+\.\d\d+")
_DROPPED = ("style", "script", "desc", "title")
_KEPT = frozenset(
    [
        "axis",
        "background",
        "dot",
        "guide",
        "legend",
        "line",
        "major",
        "no_data",
        "rect",
        "series",
        "title",
        "value",
        "x",
        "y",
    ]
)
"""The class names that our stylesheet knows; another of them may mean something else on our pages."""
Number = int | float | None


@dataclass(frozen=True, slots=True)
class Series:
    """One line or one colour of bars; None leaves a gap."""

    name_vi: str
    values: Sequence[Number]


def number_vi(value: Number) -> str:
    """`1.234.567`, or `98,5` for what is not whole."""
    if value is None:
        return "–"
    whole = round(value)
    text = f"{whole:,}" if abs(value - whole) < 0.05 else f"{value:,.1f}"  # noqa: PLR2004 - shown to one place
    return text.translate(str.maketrans(",.", ".,"))


def lines(title_vi: str, labels: Sequence[str], series: Sequence[Series]) -> SafeString:
    """Lines over time. The second and further ones are told apart by their dashes, not by their colour."""
    chart = pygal.Line(**_settings(), include_x_axis=True, dots_size=3)
    return _drawn(chart, title_vi, labels, series)


def bars(title_vi: str, labels: Sequence[str], series: Sequence[Series]) -> SafeString:
    """One bar a label, stacked where there are several series; with a single one its number stands on it."""
    settings = _settings() | {"show_legend": len(series) > 1}
    if len(series) > 1:
        return _drawn(pygal.StackedBar(**settings), title_vi, labels, series)
    chart = pygal.Bar(**settings, print_values=True, print_values_position="top")
    return _drawn(chart, title_vi, labels, series)


def _settings() -> dict[str, Any]:
    return {
        "css": [],
        "js": [],
        "style": _STYLE,
        "width": _WIDTH,
        "height": _HEIGHT,
        "margin": 4,
        "spacing": 6,
        "truncate_label": -1,
        "truncate_legend": -1,
        "legend_at_bottom": True,
        "legend_box_size": 10,
        "value_formatter": number_vi,
        "disable_xml_declaration": True,
        "no_data_text": "Chưa có số liệu",
    }


def _drawn(
    chart: Any,  # noqa: ANN401 - pygal has no types
    title_vi: str,
    labels: Sequence[str],
    series: Sequence[Series],
) -> SafeString:
    chart.x_labels = list(labels)
    if labels and series:
        chart.y_labels = _ticks(series, is_stacked=isinstance(chart, pygal.StackedBar))
    for each in series:
        chart.add(each.name_vi, list(each.values))
    root = chart.render_tree()
    _undress(root, [each.name_vi for each in series])
    root.set("role", "img")
    root.set("class", "chart")
    root.set("aria-label", f"{title_vi}. Số liệu ở bảng kèm theo.")
    text = etree.tostring(root, encoding="unicode")
    # pygal builds the tree and the tree writes itself: every name in it is escaped.
    return SafeString(text)


def _ticks(series: Sequence[Series], *, is_stacked: bool) -> list[int]:
    """From 0 to above the highest, by steps that people count in: never a part of a record."""
    heights = [
        [value or 0 for value in values]
        for values in zip(*(each.values for each in series), strict=True)
    ]
    highest = max((sum(it) if is_stacked else max(it) for it in heights), default=0)
    step = next(
        factor * 10**power
        for power in range(18)
        for factor in (1, 2, 5)
        if factor * 10**power * _MOST_TICKS >= highest
    )
    return [step * number for number in range(int(-(-highest // step)) + 1)] or [0]


def _undress(element: Any, names: Sequence[str], series: str = "") -> None:  # noqa: ANN401 - pygal has no types
    """Without styles, scripts and comments; the marks' hidden values become a word for the mouse."""
    series = _series_of(element, names) or series
    element.attrib.pop("id", None)  # two charts of a page would share it
    classes = [
        it for it in element.get("class", "").split() if it.startswith("color-") or it in _KEPT
    ]
    element.set("class", " ".join(classes))
    for name, value in element.attrib.items():
        if name != "class":
            element.set(name, _LONG_NUMBER.sub(lambda it: f"{float(it[0]):.1f}", value))
    told: dict[str, str] = {}
    for child in list(element):
        if child.tag == "desc":
            told[child.get("class", "").strip()] = child.text or ""
        if _is_dropped(child):
            element.remove(child)
        else:
            _undress(child, names, series)
    if told.get("value"):
        words = etree.SubElement(element, "title")
        words.text = f"{told.get('x_label', '')}: {told['value']} {series.lower()}".strip()


def _is_dropped(child: Any) -> bool:  # noqa: ANN401
    """True for what only pygal's own script or style needs; a comment has no name for a tag."""
    if not isinstance(child.tag, str) or child.tag in _DROPPED:
        return True
    return "tooltip-overlay" in child.get("class", "").split()


def _series_of(element: Any, names: Sequence[str]) -> str:  # noqa: ANN401
    for name in element.get("class", "").split():
        kind, _, number = name.partition("serie-")
        if not kind and number.isdigit() and int(number) < len(names):
            return names[int(number)]
    return ""
