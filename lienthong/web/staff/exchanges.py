"""Asking for a card in place of another (Cấp lại, đổi thẻ): ground, what changes, the line of cover, the request."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.births import comparison
from lienthong.cards import exchange, further
from lienthong.cards.asked import AREA_CODES
from lienthong.cards.cover import RULES_VI
from lienthong.cards.exchange import Asked, Foreseen
from lienthong.cards.further import HeldCard
from lienthong.cards.lifecycle import LABELS_VI
from lienthong.catalogues import browsing, facilities
from lienthong.catalogues.browsing import Browse
from lienthong.dossiers import exchanging
from lienthong.kernel.dates import DateRange, parse_iso_date
from lienthong.kernel.errors import Conflict, NotFound, Refused
from lienthong.law.exchange import (
    OF_THE_HOUSE,
    CardPart,
    Ground,
    GroundRule,
    ground_rule,
    grounds,
)
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.cardparts import Sides, drawn, parts_of, sides_of
from lienthong.web.staff.people import people

_PAGE_SIZE = 50
_MOST_FACILITIES = 300
_MOST_TEXT = 500
_FIELDS = ("full_name", "birth_date", "insurance_number", "card_code", "address")
_INPUT_OF = {
    "facility_code": "co-so",
    "address": "dia-chi",
    "guardian_name": "nguoi-giam-ho",
    "area_code": "khu-vuc",
    "valid_from": "tu-ngay",
    "valid_to": "den-ngay",
    "ground": "ly-do",
    "evidence": "giay-to",
    "commune_code": "xa",
}
"""Which input a refusal stands beside; every other one stands above the form."""


@dataclass(frozen=True, slots=True)
class Form:
    """What the officer typed, kept whatever comes of it; `said` by the name of the input, '' for the whole form."""

    ground: str
    address: str
    guardian_name: str
    area_code: str
    facility_code: str = ""
    first_day: str = ""
    last_day: str = ""
    is_covered: bool = True
    note: str = ""
    shown: tuple[int, ...] = ()
    commune_code: str = ""
    said: dict[str, str] = field(default_factory=dict)

    @classmethod
    def of(cls, call: Call, card: HeldCard) -> "Form":
        """The form as sent; of a page only opened, what the card says and the facility that its address names."""
        face = card.face
        ground = call.value("ly-do")[:20]
        if not call.is_post:
            return cls(
                ground,
                face.address,
                face.guardian_name,
                face.area_code,
                facility_code=call.value("co-so")[:10].upper(),
            )
        return cls(
            ground,
            call.value("dia-chi")[:_MOST_TEXT],
            call.value("nguoi-giam-ho")[:_MOST_TEXT],
            call.value("khu-vuc")[:2],
            facility_code=call.value("co-so")[:10].upper(),
            first_day=call.value("tu-ngay")[:10],
            last_day=call.value("den-ngay")[:10],
            is_covered=call.value("lien-tuc") == "1",
            note=call.value("ghi-chu")[:_MOST_TEXT],
            shown=tuple(call.keys("giay-to")),
            commune_code=call.value("xa")[:10],
        )

    def asked(self, card: HeldCard, rule: GroundRule) -> Asked:
        """What is asked for: only what the ground may change. Raises Refused for days that cannot be read."""
        may = frozenset(rule.may_change)
        return Asked(
            card_id=card.id,
            ground=self.ground,
            facility_code=self.facility_code if CardPart.FACILITY in may else None,
            address=self.address if CardPart.ADDRESS in may else None,
            guardian_name=self.guardian_name if CardPart.GUARDIAN in may else None,
            area_code=self.area_code if CardPart.AREA in may else None,
            entitlement=self._entitlement() if rule.ground is Ground.CONTINUED else None,
            has_entitlement_in_gap=self.is_covered,
            note=self.note,
            evidence=tuple(
                paper for number, paper in enumerate(rule.evidence_vi) if number in self.shown
            ),
            commune_code=self.commune_code,
        )

    def _entitlement(self) -> DateRange | None:
        if not self.first_day and not self.last_day:
            return None
        first = _day(self.first_day, "valid_from")
        last = _day(self.last_day, "valid_to")
        if last < first:
            message = "Ngày cuối phải từ ngày đầu trở đi."
            raise Refused(message, code="DAYS", field="valid_to")
        return DateRange(first, last + timedelta(days=1))

    def saying(self, about: str, message_vi: str) -> "Form":
        """The same form with a sentence beside the input concerned."""
        return replace(self, said={_INPUT_OF.get(about, "chung"): message_vi})


@page(
    "can-bo/doi-the/",
    name="exchanges",
    needs=Permission.CARD_EXCHANGE,
    reveals="person",
    posts=True,
)
def exchanges(call: Call) -> Answer:
    """A search for the card to replace, and the further cards that wait, each with its way back."""
    context: dict[str, object] = {"text": "", "on": call.on}
    subjects: set[tuple[str, int]] = set()
    if call.value("thao-tac") == "rut" and call.is_post:
        context |= _withdrawn(call)
    elif call.is_post:
        text = call.value("ma")[:100]
        found = further.find(call.by, text)
        if len(found) == 1:
            return Go(reverse("exchange", kwargs={"card_id": found[0].id}))
        context |= {"text": text, "found": found, "is_empty": not found}
        context["statuses"] = LABELS_VI
        subjects |= {("card", it.id) for it in found}
    lines = further.waiting(
        call.by, on=call.on, limit=_PAGE_SIZE + 1, after=0 if call.is_post else call.number("sau")
    )
    shown = lines[:_PAGE_SIZE]
    covers = further.lines_of(call.by, [it.person_id for it in shown])
    names = facilities.names_of({code for it in shown for code in _codes(it.old, it.new)})
    context["rows"] = [
        (it, sides_of(it, covers.get(it.person_id, ()), names, on=call.on)) for it in shown
    ]
    context["people"] = people(call, [it.requested_by for it in shown])
    context["next_after"] = shown[-1].id if len(lines) > _PAGE_SIZE else 0
    context["fresh"] = call.number("vua-lap") if not call.is_post else 0
    context["is_fresh_shown"] = context["fresh"] in {it.id for it in shown}
    subjects |= {("card", it.id) for it in shown}
    return Show("staff/exchanges.html", context, subjects=sorted(subjects), fields=_FIELDS)


def _codes(*faces: further.CardFace) -> set[str]:
    return {face.facility_code for face in faces}


def _withdrawn(call: Call) -> dict[str, object]:
    """Take one request back; what was typed stays when it cannot be."""
    card_id, reason = call.number("the"), call.value("ly-do-rut")[:_MOST_TEXT]
    try:
        exchange.withdraw(card_id, by=call.by, at=call.at, reason=reason)
    except (Refused, Conflict, NotFound) as error:
        return {"said": error.message_vi, "said_of": card_id, "reason": reason}
    return {"withdrawn": True}


@page(
    "can-bo/the/<int:card_id>/doi/",
    name="exchange",
    needs=Permission.CARD_EXCHANGE,
    reveals="person",
    posts=True,
)
def exchange_card(call: Call, card_id: int) -> Answer:
    """The ground first, then only its fields; what would come of it; and the request."""
    card = further.held_card(call.by, card_id, on=call.on)
    form = Form.of(call, card)
    rule = _rule(form.ground, call.on)
    foreseen: Foreseen | None = None
    if call.is_post:
        try:
            asked = form.asked(card, ground_rule(form.ground, on=call.on))
            if call.value("thao-tac") == "lap":
                made = exchange.ask(asked, by=call.by, at=call.at)
                return Go(reverse("exchanges") + f"?vua-lap={made.card_id}")
            foreseen = exchange.foresee(asked, by=call.by, on=call.on)
        except (Refused, Conflict) as error:
            form = form.saying(error.field, error.message_vi)
    context = _context(call, card, form, rule)
    if foreseen is not None:
        context["sides"] = _sides(card, form, foreseen, on=call.on)
        context["place"] = foreseen.place
    subjects = [("card", card.id), ("dossier", card.dossier_id)]
    return Show(
        "staff/exchange.html",
        context,
        subjects=subjects,
        fields=_FIELDS,
        fragment="staff/_exchange_form.html",
    )


def _context(call: Call, card: HeldCard, form: Form, rule: GroundRule | None) -> dict[str, object]:
    parts = frozenset(rule.may_change) if rule else frozenset()
    names = facilities.names_of({card.face.facility_code, form.facility_code})
    line = further.lines_of(call.by, [card.person_id]).get(card.person_id, ())
    return {
        "is_over": card.is_over(call.on),
        "others": [
            it
            for it in line
            if it.card_id != card.id and (it.valid.last is None or it.valid.last >= call.on)
        ],
        "has_begun": card.face.valid_from <= call.on,
        "papers": [
            (number, paper, number in form.shown) for number, paper in enumerate(rule.evidence_vi)
        ]
        if rule
        else [],
        "communes": exchanging.heirs(call.by, card.dossier_id, on=call.on)
        if rule and card.is_with_family
        else (),
        "card": card,
        "form": form,
        "rule": rule,
        "grounds": [
            ground_rule(it, on=call.on) for it in grounds(on=call.on) if it not in OF_THE_HOUSE
        ],
        "status_vi": LABELS_VI[card.status],
        "asks_facility": CardPart.FACILITY in parts,
        "asks_information": CardPart.ADDRESS in parts,
        "asks_days": CardPart.VALIDITY in parts,
        "facilities": _facilities(call, card) if CardPart.FACILITY in parts else [],
        "facility_name": names.get(form.facility_code, ""),
        "held_facility_name": names.get(card.face.facility_code, ""),
        "areas": [code for code in AREA_CODES if code],
        "correction_id": comparison.open_task_of(call.by, card.person_id),
        "cover": drawn(line, {card.id}, card.entitled, call.on),
        "on": call.on,
    }


def _rule(ground: str, on: date) -> GroundRule | None:
    try:
        rule = ground_rule(ground, on=on)
    except Refused:
        return None
    return None if rule.ground in OF_THE_HOUSE else rule


def _facilities(call: Call, card: HeldCard) -> list[browsing.FacilityLine]:
    wanted = Browse(province_code=card.province_code)
    found = browsing.facilities(call.by, wanted=wanted, on=call.on, limit=_MOST_FACILITIES)
    return [it for it in found if it.registers_children]


def _sides(card: HeldCard, form: Form, foreseen: Foreseen, *, on: date) -> Sides:
    asked = form.asked(card, foreseen.ground)
    may = frozenset(foreseen.ground.may_change)
    old, days = card.face, foreseen.decision.valid
    new = replace(
        old,
        valid_from=days.start,
        valid_to=days.last or old.valid_to,
        five_year_on=foreseen.decision.five_year_on,
        facility_code=form.facility_code if CardPart.FACILITY in may else old.facility_code,
        address=form.address if CardPart.ADDRESS in may else old.address,
        guardian_name=form.guardian_name if CardPart.GUARDIAN in may else old.guardian_name,
        area_code=form.area_code if CardPart.AREA in may else old.area_code,
        version=old.version + 1,
    )
    names = facilities.names_of({old.facility_code, new.facility_code})
    rule = foreseen.decision.rule
    return Sides(
        parts_of(old, new, names),
        drawn(foreseen.before, {card.id}, card.entitled, on),
        drawn(foreseen.after, {card.id}, foreseen.entitled, on),
        rule,
        RULES_VI.get(rule, ""),
        foreseen.ground.title_vi,
        form.note,
        asked.evidence,
        foreseen.ground.missing(asked.evidence),
    )


def _day(text: str, field: str) -> date:
    try:
        return parse_iso_date(text)
    except ValueError as error:
        raise Refused("Vui lòng nhập ngày.", code="DAYS", field=field) from error
