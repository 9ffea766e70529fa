"""Plain text of articles as HTML: paragraphs, `- ` and `1. ` lists, nothing else. Everything is escaped."""

import re
from collections.abc import Iterator
from itertools import groupby

from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

_BULLET = re.compile(r"[-–•]\s+(.+)")
_NUMBER = re.compile(r"\d{1,2}[.)]\s+(.+)")


def as_html(text: str) -> SafeString:
    """Blank lines part paragraphs; a run of lines that begin alike is a list."""
    return SafeString("".join(_blocks(text)))


def _blocks(text: str) -> Iterator[SafeString]:
    for kind, lines in groupby(text.splitlines(), key=_kind_of):
        told = [line.strip() for line in lines]
        if kind == "ul":
            yield format_html("<ul>{}</ul>", _items(_BULLET, told))
        elif kind == "ol":
            yield format_html("<ol>{}</ol>", _items(_NUMBER, told))
        elif kind == "p":
            yield format_html(
                "<p>{}</p>", format_html_join(SafeString("<br>"), "{}", ((it,) for it in told))
            )


def _kind_of(line: str) -> str:
    said = line.strip()
    if not said:
        return ""
    if _BULLET.fullmatch(said):
        return "ul"
    return "ol" if _NUMBER.fullmatch(said) else "p"


def _items(form: re.Pattern[str], lines: list[str]) -> SafeString:
    told = (found[1] for line in lines if (found := form.fullmatch(line)))
    return format_html_join("", "<li>{}</li>", ((it,) for it in told))
