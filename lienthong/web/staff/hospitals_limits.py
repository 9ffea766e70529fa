"""The centre's limits of looking cards up (Mức giới hạn tra cứu): figures within bounds, their history, and the door."""

from dataclasses import dataclass

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.cards import limits
from lienthong.cards.limits import Figure, SettingLine
from lienthong.kernel.errors import Conflict, Refused
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page

_NOTE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class Row:
    """One figure as the form shows it: what stands, and what was typed."""

    figure: Figure
    line: SettingLine
    typed: str

    @property
    def is_own(self) -> bool:
        """True when somebody changed it from what the release ships."""
        return self.line.set_by != "system"


@page("can-bo/muc-tra-cuu/", name="lookup-limits", needs=Permission.LOOKUP_LIMIT_SET, posts=True)
def lookup_limits(call: Call) -> Answer:
    """The figures in a form, and what was changed. No person."""
    context: dict[str, object] = {"note": ""}
    if call.is_post:
        try:
            context["done_count"] = _save(call)
            context["is_done"] = True
        except Refused as error:
            note = call.value("ghi-chu")[:_NOTE_LENGTH]
            context |= {"said": error.message_vi, "field": error.field, "note": note}
    lines = limits.settings(call.by)
    is_refused = "said" in context
    context |= {
        "rows": [
            Row(
                figure,
                lines[figure.name],
                call.value(figure.name)[:20] if is_refused else str(lines[figure.name].value),
            )
            for figure in limits.FIGURES
        ],
        "door": lines["is_open"],
        "changes": limits.changes(call.by),
    }
    return Show("staff/lookup_limits.html", context)


@page("can-bo/muc-tra-cuu/cong/", name="lookup-door", needs=Permission.LOOKUP_LIMIT_SET, posts=True)
def door(call: Call) -> Answer:
    """Asks once more before the door is closed or opened: it is the door of the whole country."""
    context: dict[str, object] = {"note": call.value("ghi-chu")[:_NOTE_LENGTH]}
    if call.is_post:
        deed = limits.close_door if call.value("thao-tac") == "dong" else limits.open_door
        try:
            deed(call.value("ghi-chu"), by=call.by, at=call.at)
            return Go(reverse("lookup-limits"))
        except (Refused, Conflict) as error:
            context |= {"said": error.message_vi, "field": error.field}
    context["door"] = limits.settings(call.by)["is_open"]
    return Show("staff/lookup_door.html", context)


def _save(call: Call) -> int:
    values = {}
    for figure in limits.FIGURES:
        text = call.value(figure.name)
        if not (text.isascii() and text.isdigit() and len(text) <= len(str(figure.most))):
            least, most = (f"{it:,}".replace(",", ".") for it in (figure.least, figure.most))
            raise Refused(
                f"{figure.title_vi}: hãy nhập một số nguyên từ {least} đến {most}.",
                code="E-LIMIT",
                field=figure.name,
            )
        values[figure.name] = int(text)
    return limits.change(values, call.value("ghi-chu"), by=call.by, at=call.at)
