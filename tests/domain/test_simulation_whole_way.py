"""A stream of births on the real map, through every step: each child ends as the stream's truth says."""

from collections import Counter
from datetime import timedelta

import pytest

from lienthong.births import enrolment, storing
from lienthong.kernel.dates import vietnam_date
from lienthong.simulation import places
from lienthong.simulation.births import stream
from lienthong.simulation.truth import Truth
from tests.births import AT, column, rows

pytestmark = pytest.mark.django_db

BIRTHS = 600
_ENDS = """
    SELECT message.message_id, message.state, message.code, coalesce(dossier.state, ''), coalesce(dossier.reason, ''),
           coalesce(dossier.person_id, 0),
           (SELECT count(*) FROM cards_card AS card
            WHERE card.person_id = dossier.person_id AND card.status IN ('requested', 'active'))
    FROM births_message AS message
    LEFT JOIN births_registration AS registration ON registration.id = message.registration_id
    LEFT JOIN dossiers_dossier AS dossier ON dossier.id = registration.dossier_id
"""
_WORDS = {"applied": "accepted", "superseded": "accepted"}
_PARKED = {"UNIT_NOT_DECLARED", "UNIT_AMBIGUOUS", "H-AREA-SPLIT", "H-AREA", "E-DUP-PERSON"}


def _enrol(seed: int) -> tuple[Truth, Counter[str]]:
    """The stream enrolled; its truth and the outcomes of its deliveries."""
    known = places.declare_places(at=AT)
    told = stream(BIRTHS, seed=seed, until=AT, places=known)
    by, via = enrolment.system(), storing.Via("file", peer="thử")
    bodies = list(told)
    outcomes: Counter[str] = Counter()
    for first in range(0, len(bodies), 150):
        batch = storing.accept_many(bodies[first : first + 150], via, by=by, at=AT)
        outcomes.update(one.outcome for one in batch.messages)
        enrolment.advance_all(at=AT, on=vietnam_date(AT))
    enrolment.advance_all(at=AT + timedelta(hours=1), on=vietnam_date(AT))
    return told.truth, outcomes


@pytest.mark.parametrize("seed", [5])
def test_every_child_ends_as_the_truth_says(seed: int) -> None:
    truth, outcomes = _enrol(seed)
    ends = {row[0]: row[1:] for row in rows(_ENDS)}
    cases = Counter(sent.outcomes[0] for sent in truth.messages)
    assert outcomes["duplicate"] == cases["duplicate"]
    assert outcomes["conflict"] == cases["conflict"]
    astray = Counter(
        (sent.case, state, code)
        for sent in truth.messages
        if sent.message_id and sent.outcomes[0] not in {"duplicate", "conflict", "refused"}
        for state, code, *_ in [ends[sent.message_id]]
        if _WORDS.get(state, state) not in sent.outcomes
    )
    assert not astray
    last = {sent.child: sent.message_id for sent in truth.messages if sent.message_id in ends}
    wrong = Counter()
    for child in truth.children:
        _, _, state, reason, _, cards = ends.get(last.get(child.number, ""), ("", "", "", "", 0, 0))
        is_parked = reason in _PARKED
        if child.fate == "card":
            good = cards == 1 or (is_parked and cards == 0)
        elif child.fate == "review":
            good = cards == 0 and is_parked
        else:
            good = cards == 0
        if not good:
            wrong[child.fate, state, reason, cards] += 1
    assert not wrong
    with_card = sum(child.fate == "card" for child in truth.children)
    assert (
        column("SELECT count(*) FROM cards_card WHERE status = 'requested'")[0] > 0.97 * with_card
    )
