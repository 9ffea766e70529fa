"""The tour of docs/tour.md stays true: each function it names stands in a file that the same paragraph links to."""

import re

import pytest

from tests.architecture import code

TOUR = code.ROOT / "docs" / "tour.md"
_LINK = re.compile(r"\[`[^`]+`\]\(([^)\s]+)\)")
_FUNCTION = re.compile(r"`(\w+)\(\)`")


def _passages() -> list[str]:
    text = TOUR.read_text(encoding="utf-8")
    rows = [line for line in text.splitlines() if line.startswith("| ")]
    prose = re.sub(r"^\|.*$", "", text, flags=re.MULTILINE)
    return [passage for passage in (*re.split(r"\n\n|\n- ", prose), *rows) if "()" in passage]


@pytest.mark.parametrize("passage", _passages(), ids=lambda passage: " ".join(passage.split()[:4]))
def test_every_function_stands_where_the_tour_says(passage: str) -> None:
    links = [(TOUR.parent / link) for link in _LINK.findall(passage)]
    text = "\n".join(link.read_text(encoding="utf-8") for link in links if link.is_file())
    named = _FUNCTION.findall(passage)
    assert named
    assert [name for name in named if not re.search(rf"\bdef {name}\(", text)] == []


def test_the_tour_passes_through_every_step() -> None:
    from lienthong.births.enrolment import STEPS

    text = TOUR.read_text(encoding="utf-8")
    assert [
        step.name for step in STEPS if not re.search(rf"^\|.*\b{step.name}\b", text, re.MULTILINE)
    ] == []
