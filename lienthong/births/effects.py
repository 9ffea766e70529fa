"""What a settled register entry does to its dossier, person and card: open, restart, ask an officer, cancel.

Before a card is active a correction replaces the facts and the way starts again. Once one is active nothing is
changed silently: an officer gets a task; only a cancellation takes the card away (rules §13.2 A1-A3).
"""

from dataclasses import dataclass
from datetime import date, datetime

import msgspec
from django.db import connection

from lienthong.births import aftermath, homes, joining, particulars, reading
from lienthong.cards import actions as cards
from lienthong.cards import exchange, reducing
from lienthong.collection import actions as collection
from lienthong.database.scope import acting
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers import lifecycle
from lienthong.dossiers import queries as dossier_queries
from lienthong.gateways.justice_types import BirthFacts
from lienthong.kernel.actor import Actor
from lienthong.law.validity import card_validity
from lienthong.persons import actions as persons

_OPEN = """
    INSERT INTO dossiers_dossier (
        id, code, source, message_id, channel, state, reason, area, unit_rule, commune_code, district_code,
        registered_on, resolved_commune_code, province_code, received_at, due_on, child_name, child_fold_key,
        child_born_on, child_sex, residence_text, facility_code, area_code, urgent, changed_at, paper_reason)
    SELECT numbered.id,
           'TE-' || to_char(first.received_at AT TIME ZONE 'Asia/Ho_Chi_Minh', 'YYMMDD') || '-'
               || lpad(numbered.id::text, 7, '0'),
           first.source, first.message_id, CASE WHEN paper.id IS NULL THEN 'electronic' ELSE 'paper' END, 'RECEIVED', '', 0, '', %(commune_code)s, '',
           %(registered_on)s, '', '', first.received_at, %(due_on)s, %(child_name)s, %(child_fold_key)s,
           %(child_born_on)s, %(child_sex)s, %(residence_text)s, %(facility_code)s, %(area_code)s,
           coalesce(paper.reason = 'C3', false), %(at)s, coalesce(paper.reason, '')
    FROM (SELECT nextval(pg_get_serial_sequence('dossiers_dossier', 'id')) AS id) AS numbered,
         births_message AS first LEFT JOIN births_paper AS paper ON paper.message_id = first.id
    WHERE first.id = %(message)s
    RETURNING id
"""
_FIRST_MESSAGE = """
    SELECT message.id, message.received_at FROM births_message AS message
    JOIN births_birth AS birth ON birth.message_id = message.id
    WHERE birth.registration_id = %s ORDER BY message.received_at, message.id LIMIT 1
"""
_DOSSIER = """
    SELECT dossier.state, dossier.person_id, EXISTS (
        SELECT 1 FROM cards_card AS card WHERE card.dossier_id = dossier.id AND card.status = 'active') AS has_card
    FROM dossiers_dossier AS dossier WHERE dossier.id = %s
"""
_PERSON = "SELECT personal_id, born_on, full_name, sex FROM persons_person WHERE id = %s"
_CLASHES = """
    SELECT count(*) FROM births_message WHERE registration_id = %s AND code = 'E-VERSION-CLASH'
"""
CORRECTION_KINDS = (
    "T-CORRECTION-AFTER-CARD",
    "T-BIRTH-DATE-AFTER-CARD",
    "T-PERSONAL-ID-CHANGED",
    "T-NO-LONGER-ENTITLED",
)
"""Tasks that ask an officer what a changed registration means for a card that is out."""


@dataclass(frozen=True, slots=True)
class Change:
    """A register entry before and after: its dossier, the facts now with their rank (`version`, paper number), and the digests of both.

    `paper` are the facts of the paper whose place an electronic record takes; `is_joined` when the entry is a paper's
    that has joined another one's dossier. `is_tone_only` when the versions differ in the place of tone marks alone: a card stays as it was printed.
    """

    registration_id: int
    dossier_id: int | None
    facts: BirthFacts | None
    before: bytes
    after: bytes
    is_tone_only: bool = False
    paper: BirthFacts | None = None
    is_joined: bool = False
    version: tuple[int, int] = (0, 0)


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether the entry is live (not cancelled), and whether the law gives this child cover; `code` says why not."""

    live: bool
    entitled: bool
    code: str


def apply(change: Change, verdict: Verdict, *, by: Actor, at: datetime, on: date) -> int | None:
    """Bring the dossier to what the entry means now; its id, or None when the entry needs none.

    The caller holds the locks of the entry and of its dossier. Safe to run twice.
    """
    if change.facts is None or change.is_joined:
        return change.dossier_id
    if change.dossier_id is None:
        if not verdict.live or not verdict.entitled:
            return None
        dossier_id = _open(change.registration_id, change.facts, by=by, at=at)
    else:
        dossier_id = change.dossier_id
        # The card of a child who was reported as reduced is another place's: nothing asks for a second one here.
        # Nor for one whose other registration answers for the child.
        is_double = verdict.live and aftermath.is_double(dossier_id)
        if is_double and change.before != change.after:
            aftermath.ask_about_double(dossier_id, change.after, by=by, at=at)
        if not is_double and not reducing.is_reduced(dossier_id):
            _change(dossier_id, change, verdict, by=by, at=at, on=on)
    _ask_about_clash(dossier_id, change.registration_id, by=by, at=at)
    return dossier_id


def _child_facts(facts: BirthFacts) -> dossiers.ChildFacts:
    return dossiers.ChildFacts(
        commune_code=reading.commune_of(facts),
        registered_on=facts.registered_on,
        name=facts.full_name,
        fold_key=facts.fold_key,
        born_on=facts.born_on,
        sex=facts.sex,
        residence_text=facts.residence_text,
        facility_code=facts.facility_code,
        area_code=facts.area_code,
    )


def _open(registration_id: int, facts: BirthFacts, *, by: Actor, at: datetime) -> int:
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_FIRST_MESSAGE, [registration_id])
        message, received_at = cursor.fetchone()
        child = _child_facts(facts)
        cursor.execute(
            _OPEN,
            {
                "message": message,
                "commune_code": child.commune_code,
                "registered_on": child.registered_on,
                "due_on": reading.due_on(received_at),
                "child_name": child.name,
                "child_fold_key": child.fold_key,
                "child_born_on": child.born_on,
                "child_sex": child.sex,
                "residence_text": child.residence_text,
                "facility_code": child.facility_code,
                "area_code": child.area_code,
                "at": at,
            },
        )
        return int(cursor.fetchone()[0])


def _change(
    dossier_id: int, change: Change, verdict: Verdict, *, by: Actor, at: datetime, on: date
) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_DOSSIER, [dossier_id])
        state, person_id, has_card = cursor.fetchone()
    if not verdict.live:
        if state != lifecycle.CANCELLED:
            _cancel(dossier_id, by=by, at=at, on=on)
    elif has_card or state in lifecycle.WITH_CARD:
        if change.before != change.after and not change.is_tone_only:
            _after_card(dossier_id, person_id, change, verdict, by=by, at=at)
    elif not verdict.entitled:
        if state != lifecycle.REJECTED:
            _withdraw(dossier_id, reason=verdict.code, by=by, at=at)
            dossiers.close(
                dossier_id, to=lifecycle.REJECTED, reason=verdict.code, by=by, at=at, on=on
            )
    elif change.before != change.after or state in (lifecycle.CANCELLED, lifecycle.REJECTED):
        _restart(dossier_id, person_id, change, by=by, at=at, on=on)
        _ask_about_paper(dossier_id, change, by=by, at=at)


def _ask_about_paper(dossier_id: int, change: Change, *, by: Actor, at: datetime) -> None:
    if change.paper is not None and change.facts is not None:
        joining.ask_about_difference(dossier_id, change.paper, change.facts, by=by, at=at)


def _withdraw(dossier_id: int, *, reason: str, by: Actor, at: datetime) -> None:
    cards.withdraw([dossier_id], by=by, at=at, reason=reason)
    collection.void([dossier_id], by=by, at=at, reason=reason)


def _cancel(dossier_id: int, *, by: Actor, at: datetime, on: date) -> None:
    reason = "CANCELLED_BY_SENDER"
    collection.void([dossier_id], by=by, at=at, reason=reason)
    take_away(dossier_id, reason=reason, by=by, at=at, on=on)
    aftermath.ask_about_what_is_left(dossier_id, by=by, at=at)
    dossiers.settle_moot(dossier_id, CORRECTION_KINDS, reason, by=by, at=at)


def take_away(dossier_id: int, *, reason: str, by: Actor, at: datetime, on: date) -> list[int]:
    """Revoke the child's cards, take back what waits, close the dossiers, and have the family told; the cards revoked.

    Its place in a household goes with it.

    The caller holds the lock of the dossier. The number stays the child's.
    """
    every = [dossier_id, *dossier_queries.exchanges_of(by, [dossier_id])]
    states = dossiers.lock(every)
    cards.withdraw(every, by=by, at=at, reason=reason)
    revoked = cards.revoke(every, by=by, at=at, reason=reason)
    for each in every:
        if states[each] != lifecycle.CANCELLED:
            dossiers.close(each, to=lifecycle.CANCELLED, reason=reason, by=by, at=at, on=on)
    homes.take_out(dossier_id, by=by, at=at)
    if revoked:
        tell_family(dossier_id, revoked[-1], reason=reason, by=by, at=at)
    return revoked


def tell_family(dossier_id: int, card_id: int, *, reason: str, by: Actor, at: datetime) -> None:
    """The family must learn that this card no longer counts: the one place where that is set going.

    An officer is asked to tell them, with the text of `corrections.notice_vi`.
    """
    dossiers.open_task(
        "T-CARD-REVOKED",
        dossier_id=dossier_id,
        subject_key=f"card:{card_id}",
        detail={"card": card_id, "reason": reason},
        by=by,
        at=at,
    )


def _restart(
    dossier_id: int, person_id: int | None, change: Change, *, by: Actor, at: datetime, on: date
) -> None:
    facts = change.facts
    if facts is None:
        return
    _withdraw(dossier_id, reason="CORRECTED", by=by, at=at)
    if person_id is not None:
        entitled = card_validity(facts.born_on, on=on)
        written = persons.correct(person_id, _builtins(facts), entitled, by=by, at=at)
        if not written:
            dossiers.open_task(
                "E-PID-TAKEN",
                dossier_id=dossier_id,
                subject_key=f"dossier:{dossier_id}",
                detail={},
                by=by,
                at=at,
            )
    dossiers.restart(dossier_id, _child_facts(facts), by=by, at=at)
    # A cancelled birth took the child out of its household; another mother is another household.
    homes.place([dossier_id], by=by, at=at)


def _builtins(facts: BirthFacts) -> dict[str, object]:
    return dict(msgspec.structs.asdict(facts))


def _after_card(
    dossier_id: int, person_id: int, change: Change, verdict: Verdict, *, by: Actor, at: datetime
) -> None:
    """A card is out: attach a late id, correct what no card prints, ask an officer about everything else.

    A request that carries the facts of the version before is taken back: nobody may approve what is no longer registered.
    """
    facts = change.facts
    if facts is None:
        return
    for card_id in exchange.waiting_as_registered(person_id):
        exchange.withdraw(card_id, by=by, at=at, reason="CORRECTED")
    changed = _changed(person_id, facts, change.paper, by=by, at=at)
    # Where an electronic record takes a paper's place, both stand side by side for an officer instead.
    if change.paper is None and verdict.entitled:
        besides = particulars.look(dossier_id, person_id, facts, by=by, at=at)
        particulars.take_in(dossier_id, person_id, facts, besides, by=by, at=at)
        changed += besides.names
    kind = "T-CORRECTION-AFTER-CARD"
    if not verdict.entitled:
        kind = "T-NO-LONGER-ENTITLED"
    elif "born_on" in changed:
        kind = "T-BIRTH-DATE-AFTER-CARD"
    elif changed == ["personal_id"]:
        kind = "T-PERSONAL-ID-CHANGED"
    if not changed and verdict.entitled:
        dossiers.settle_moot(dossier_id, CORRECTION_KINDS, "CORRECTED", by=by, at=at)
        _ask_about_paper(dossier_id, change, by=by, at=at)
        return
    rank = ".".join(str(part) for part in change.version)
    dossiers.open_task(
        kind,
        dossier_id=dossier_id,
        # The same facts may come back in a later version, and are a question again.
        subject_key=f"registration:{change.registration_id}:{rank}:{change.after.hex()[:16]}",
        detail={"changed": changed},
        by=by,
        at=at,
    )


def _changed(
    person_id: int, facts: BirthFacts, paper: BirthFacts | None, *, by: Actor, at: datetime
) -> list[str]:
    """What of the child no longer is as registered, once a late personal id is filled in."""
    with connection.cursor() as cursor:
        cursor.execute(_PERSON, [person_id])
        personal_id, born_on, full_name, sex = cursor.fetchone()
    changed: list[str] = []
    if facts.personal_id and facts.personal_id != personal_id:
        late = personal_id is None
        if not late or not persons.attach_personal_id(person_id, facts.personal_id, by=by, at=at):
            changed.append("personal_id")
    told = (("born_on", born_on), ("full_name", full_name), ("sex", sex))
    changed += [name for name, held in told if getattr(facts, name) != held]
    if paper is not None and facts.tone_key == paper.tone_key:
        # Typed from paper, the name may stand in other capitals: the card says the same name.
        changed = [name for name in changed if name != "full_name"]
    return changed


def _ask_about_clash(dossier_id: int, registration_id: int, *, by: Actor, at: datetime) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_CLASHES, [registration_id])
        clashes = cursor.fetchone()[0]
    if clashes:
        dossiers.open_task(
            "E-VERSION-CLASH",
            dossier_id=dossier_id,
            subject_key=f"registration:{registration_id}:{clashes}",
            detail={"clashes": clashes},
            by=by,
            at=at,
        )
