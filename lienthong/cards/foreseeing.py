"""What a further card would come to, before anybody asks for it: its days, what ends, the unit, the line of cover.

Nothing is written here. A card is replaced alone; when the registration was corrected, every card of the line that is
still to be used is, since the child's name, sex and birth date stand on each of them (rules §13.4, 002-2 … 002-7).
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.cards import cover
from lienthong.cards.actions import need
from lienthong.cards.asked import Asked, CardHeld, NewFacts, check_parts
from lienthong.cards.cover import Stretch
from lienthong.dossiers import exchanging
from lienthong.dossiers import lifecycle as dossier_lifecycle
from lienthong.dossiers.exchanging import Answering
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange, day_first
from lienthong.kernel.errors import NotFound, Refused
from lienthong.law import continuity
from lienthong.law.continuity import Continuity, OldCard
from lienthong.law.exchange import FurtherCard, GroundRule, ground_rule

_CARDS = """
    SELECT card.id, card.status, card.dossier_id, card.person_id, card.born_on, card.full_name, card.sex,
           card.facility_code, card.address, card.guardian_name, card.area_code, lower(card.valid) AS first_day,
           upper(card.valid) AS end_day, card.five_year_on, lower(person.entitled) AS entitled_from,
           upper(person.entitled) AS entitled_end, card.province_code, dossier.state AS dossier_state, card.insurance_number AS number
    FROM cards_card AS asked
    JOIN cards_card AS card ON card.person_id = asked.person_id AND (card.status = 'active' OR card.id = asked.id)
    JOIN persons_person AS person ON person.id = card.person_id
    JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id
    WHERE asked.id = %s ORDER BY lower(card.valid), card.id
"""
NOT_FOUND_VI = "Không tìm thấy thẻ này trong địa bàn của bạn."
NOT_ACTIVE_VI = (
    "Thẻ này không còn hiệu lực nên không cấp lại, đổi được. Hãy mở thẻ hiện tại của trẻ."
)
ENDED_VI = (
    "Thẻ này đã hết hạn ngày {last} nên không cấp lại, đổi được. Hãy mở thẻ hiện tại của trẻ."
)
FOLLOWED_VI = (
    "Trẻ đã có thẻ nối tiếp từ ngày {first}: không cấp nối tiếp thẻ này lần nữa. Hãy mở thẻ đó."
)
OVER_VI = "Theo ngày sinh đúng, trẻ không còn thuộc diện trẻ em dưới 6 tuổi: không đổi thẻ mà xét thu hồi thẻ."
_SAME_LINE = frozenset({"002-2", "002-6"})


@dataclass(frozen=True, slots=True)
class Issue:
    """One further card: the one it replaces, and the rule and days of the new one."""

    card: CardHeld
    decision: Continuity


@dataclass(frozen=True, slots=True)
class Foreseen:
    """What approval would do: the cards issued and those that end with it, the line of cover before and after.

    `decision` is that of the first card issued. `place` is None where the request stays in the dossier of a card that
    has not reached the family yet, else the unit that answers now.
    """

    ground: GroundRule
    issues: tuple[Issue, ...]
    closes: tuple[int, ...]
    entitled: DateRange
    before: tuple[Stretch, ...]
    after: tuple[Stretch, ...]
    carrier_id: int | None
    place: Answering | None

    @property
    def decision(self) -> Continuity:
        """Rule and days of the first card issued."""
        return self.issues[0].decision

    @property
    def held(self) -> CardHeld:
        """The card that the first one issued replaces."""
        return self.issues[0].card


def foresee(asked: Asked, *, by: Actor, on: date) -> Foreseen:
    """What asking for this card would come to, without asking. A handful of statements.

    Raises NotFound for a card outside the actor's area; Refused with a sentence, a code and the field: not active any
    more (NOT_ACTIVE), no such ground (GROUND), a part this ground may not change (PART), nothing changed (UNCHANGED),
    facility not in the list (FACILITY), a gap or an overlap (002-7), no cover on this day or later (N-AGE), and where
    the request would go as `exchanging.answering` does.
    """
    need(by, Permission.CARD_EXCHANGE)
    card, line = line_of(asked.card_id)
    rule = ground_rule(asked.ground, on=on)
    check_parts(asked, card, rule, on)
    facts = asked.facts
    carrier_id = _carrier(card, line, is_whole=asked.is_whole)
    place = None
    if carrier_id is None:
        place = exchanging.answering(by, card.dossier_id, on=on, commune_code=asked.commune_code)
    if facts is not None:
        issues, closes, entitled = _restated(facts, line, on)
    elif asked.is_whole:
        issues, closes, entitled = _renumbered(line, on)
    else:
        issues, closes, entitled = _replaced(asked, card, rule, line, on)
    before = tuple(Stretch(it.id, it.status, it.valid) for it in line)
    after = cover.line_after(before, closes, [it.decision.valid for it in issues])
    cover.check(after, entitled)
    return Foreseen(rule, issues, closes, entitled, before, after, carrier_id, place)


def line_of(card_id: int) -> tuple[CardHeld, tuple[CardHeld, ...]]:
    """An active card and all active cards of its holder, by first day. One statement.

    Raises NotFound outside the actor's area, Refused (NOT_ACTIVE) for one that counts no more.
    """
    with connection.cursor() as cursor:
        cursor.execute(_CARDS, [card_id])
        found = [CardHeld(*row) for row in cursor.fetchall()]
    card = next((it for it in found if it.id == card_id), None)
    if card is None:
        raise NotFound(NOT_FOUND_VI, code="NOT_FOUND")
    if card.status != "active":
        raise Refused(NOT_ACTIVE_VI, code="NOT_ACTIVE", field="card")
    return card, tuple(it for it in found if it.status == "active")


def _carrier(card: CardHeld, line: Sequence[CardHeld], *, is_whole: bool) -> int | None:
    """The open dossier that carries the request, of a card that has not reached the family; None: a new one does."""
    own = line if is_whole else (card,)
    on_its_way = [it.dossier_id for it in own if it.dossier_state != dossier_lifecycle.RETURNED]
    return max(on_its_way, default=None)


_Plan = tuple[tuple[Issue, ...], tuple[int, ...], DateRange]


def _replaced(
    asked: Asked, card: CardHeld, rule: GroundRule, line: Sequence[CardHeld], on: date
) -> _Plan:
    """One card in place of one, or after it."""
    others = [it.valid for it in line if it.id != card.id]
    _check_place_in_line(card, rule, others, on)
    decision = continuity.decide(
        continuity.Request(
            birth_date=card.born_on,
            on=on,
            previous=card.valid,
            previous_five_year_on=card.five_year_on,
            entitlement=asked.entitlement,
            has_entitlement_in_gap=asked.has_entitlement_in_gap,
            others_active=others,
        )
    )
    if decision.valid.end is not None and decision.valid.end <= on:
        raise Refused(OVER_VI, code="N-AGE", field="facts")
    entitled = cover.entitled_after(decision, DateRange(card.entitled_from, card.entitled_end))
    closes: tuple[int, ...] = (card.id,)
    if decision.rule == "002-5":
        # Cover begins anew: the line before the break is history.
        closes = tuple(it.id for it in line)
    elif decision.rule not in _SAME_LINE:
        closes = ()
    return (Issue(card, decision),), closes, entitled


def _check_place_in_line(
    card: CardHeld, rule: GroundRule, others: Sequence[DateRange], on: date
) -> None:
    if rule.kind is not FurtherCard.RENEWAL:
        if card.end_day <= on:
            last = day_first(card.valid.last or card.end_day)
            raise Refused(ENDED_VI.format(last=last), code="NOT_ACTIVE", field="card")
        return
    later = [it.start for it in others if it.start >= card.end_day]
    if later:
        message = FOLLOWED_VI.format(first=day_first(min(later)))
        raise Refused(message, code="002-7", field="ground")


def _restated(facts: NewFacts, line: Sequence[CardHeld], on: date) -> _Plan:
    """Every card of the line that is still to be used, with the facts as registered now."""
    used = [it for it in line if it.end_day > on]
    wrong = [it.born_on for it in used or line if it.born_on != facts.born_on]
    if not wrong:
        return _renumbered(line, on)
    redrawn = continuity.redraw(
        [it.valid for it in line],
        born_on=wrong[0],
        corrected=facts.born_on,
        five_year_on=line[0].five_year_on,
        on=on,
    )
    issues = tuple(
        Issue(card, _anew(redrawn, days))
        for card, days in zip(line, redrawn.valid, strict=True)
        if days is not None
    )
    return issues, tuple(it.id for it in line), redrawn.covered


def _renumbered(line: Sequence[CardHeld], on: date) -> _Plan:
    """Every card of the line that is still to be used, with the days it has: no day is won or lost."""
    used = [it for it in line if it.end_day > on]
    if not used:
        last = day_first(line[-1].valid.last or line[-1].end_day)
        raise Refused(ENDED_VI.format(last=last), code="NOT_ACTIVE", field="card")
    issues = tuple(Issue(it, _as_it_was(it)) for it in used)
    closes = tuple(it.id for it in used)
    return issues, closes, DateRange(line[0].entitled_from, line[0].entitled_end)


def _as_it_was(card: CardHeld) -> Continuity:
    return Continuity("002-2", card.valid, card.five_year_on, OldCard.SUPERSEDED_ON_APPROVAL)


def _anew(redrawn: continuity.Redrawn, days: DateRange) -> Continuity:
    return Continuity(redrawn.rule, days, redrawn.five_year_on, OldCard.SUPERSEDED_ON_APPROVAL)
