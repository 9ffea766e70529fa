"""How a child's family is reached (Liên hệ của gia đình), what it agreed to, and what it was told."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.births import queries as births
from lienthong.births.queries import TraceRow
from lienthong.dossiers import queries as dossiers
from lienthong.kernel.errors import NotFound, Refused
from lienthong.notices import contacts, letters, queries
from lienthong.notices.contacts import ContactLine, Reach
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page

_FIELDS = ("child_name", "contact")
FAMILY_CHANNELS = ("sms", "email")
OFFICER_CHANNELS = ("email",)
_SOURCES_VI = {
    "message": "Dữ liệu khai sinh",
    "officer": "Cán bộ ghi",
    "self": "Tự ghi",
    "link": "Người nhận dừng qua đường dẫn",
}


@dataclass(frozen=True, slots=True)
class ReachForm:
    """One channel of the form as it stands in the page: what is kept, or what was typed and refused."""

    channel: str
    address: str
    wants_optional: bool
    kept: ContactLine | None = None
    source_vi: str = ""


@page(
    "can-bo/lien-he/<path:message_id>/",
    name="contacts",
    needs=Permission.CONTACT_EDIT,
    reveals="person",
    posts=True,
)
def family(call: Call, message_id: str) -> Answer:
    """The form of both channels, and the notices so far."""
    row = births.trace(call.by, message_id, on=call.on).row
    if row.dossier_id is None:
        raise NotFound("Thông điệp chưa thành hồ sơ.")
    subject = ("person", row.person_id) if row.person_id else ("dossier", row.dossier_id)
    said, is_done, has_sent = "", False, call.is_post
    if has_sent:
        try:
            # Both are looked at before either is kept.
            for reach in typed(call):
                contacts.checked(reach)
            for reach in typed(call):
                is_done |= contacts.change(subject, reach, by=call.by, at=call.at)
            has_sent = False
        except Refused as error:
            said = error.message_vi
    context = {
        "row": row,
        "name": _name(call, row, has_sent=has_sent),
        "forms": forms(call, subject, has_sent=has_sent),
        "told": queries.about(subject, by=call.by),
        "states": letters.STATES_VI,
        "said": said,
        "is_done": is_done,
        "is_same": call.is_post and not said and not is_done,
    }
    return Show("staff/contacts.html", context, subjects=_subjects(row), fields=_FIELDS)


@page(
    "can-bo/lien-he-cua/<str:kind>/<int:key>/",
    name="contacts-of",
    needs=Permission.CONTACT_EDIT,
)
def family_of(call: Call, kind: str, key: int) -> Answer:
    """From a notice's subject to the page of that child."""
    message_id = dossiers.message_of(kind, key, by=call.by)
    return Go(reverse("contacts", kwargs={"message_id": message_id}))


def typed(call: Call, channels: Sequence[str] = FAMILY_CHANNELS) -> list[Reach]:
    """What the form says of each channel, with its tick."""
    name = call.value("ten")
    return [
        Reach(channel, call.value(channel)[:300], name, call.value(f"{channel}-them") == "1")
        for channel in channels
    ]


def forms(
    call: Call,
    subject: tuple[str, int],
    *,
    has_sent: bool,
    channels: Sequence[str] = FAMILY_CHANNELS,
) -> list[ReachForm]:
    """The form to show: what was typed when it was refused, else what is kept."""
    kept = {line.channel: line for line in contacts.current(subject, by=call.by)}
    sent = {reach.channel: reach for reach in typed(call, channels)} if has_sent else {}
    made = []
    for channel in channels:
        line, reach = kept.get(channel), sent.get(channel)
        made.append(
            ReachForm(
                channel,
                reach.address if reach else _shown(line),
                reach.wants_optional if reach else bool(line and line.wants_optional),
                line,
                _SOURCES_VI.get(line.source, "") if line else "",
            )
        )
    return made


def _shown(line: ContactLine | None) -> str:
    """The address as people write it: a number begins with 0 here."""
    if line is None:
        return ""
    return line.address.replace("+84", "0", 1) if line.channel == "sms" else line.address


def _name(call: Call, row: TraceRow, *, has_sent: bool) -> str:
    if has_sent:
        return call.value("ten")
    subject = ("person", row.person_id) if row.person_id else ("dossier", row.dossier_id or 0)
    names = [line.name for line in contacts.current(subject, by=call.by) if line.name]
    return names[0] if names else ""


def _subjects(row: TraceRow) -> list[tuple[str, int]]:
    asked = (("dossier", row.dossier_id), ("person", row.person_id))
    return [(kind, key) for kind, key in asked if key is not None]
