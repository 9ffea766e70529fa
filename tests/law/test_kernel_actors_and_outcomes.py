"""The kernel's actors, outcomes and errors."""

from dataclasses import replace

import pytest

from lienthong.kernel.actor import Actor, ActorKind, system_actor
from lienthong.kernel.errors import (
    Conflict,
    LienthongError,
    NotAllowed,
    NotFound,
    Refused,
    Unavailable,
)
from lienthong.kernel.outcomes import Outcome, Refusal


def _officer(*permissions: str) -> Actor:
    return Actor("so-the-01", ActorKind.OFFICER, frozenset(permissions), person_key=7)


def test_an_actor_may_what_was_given_and_nothing_else() -> None:
    assert _officer("cards.approve").may("cards.approve")
    assert not _officer("cards.approve").may("cards.print")
    assert not _officer().may("cards.approve")


def test_an_officer_reaches_nothing_until_told() -> None:
    officer = _officer()
    assert not officer.everywhere
    assert (officer.token, officer.unit_code, officer.province_code) == ("", "", "")


@pytest.mark.parametrize(
    ("kind", "label"),
    [
        (ActorKind.OFFICER, "officer:so-the-01"),
        (ActorKind.MACHINE, "machine:so-the-01"),
        (ActorKind.CITIZEN, "citizen:so-the-01"),
        (ActorKind.SYSTEM, "system"),
    ],
)
def test_the_label_written_in_events(kind: ActorKind, label: str) -> None:
    assert Actor("so-the-01", kind, frozenset(), person_key=7).label == label


def test_the_system_acts_everywhere_as_nobody() -> None:
    system = system_actor(frozenset({"births.judge"}))
    assert (system.label, system.person_key, system.everywhere) == ("system", 0, True)
    assert system.may("births.judge")
    assert not system.may("cards.approve")


def test_an_actor_is_a_value() -> None:
    assert _officer("cards.print") == _officer("cards.print")
    assert len({_officer(), _officer()}) == 1
    with pytest.raises(AttributeError):
        _officer().name = "khac"  # type: ignore[misc]


def test_an_outcome_counts_what_was_done() -> None:
    refusal = Refusal(3, "E-STATE", "Thẻ đã được duyệt.")
    outcome = Outcome(done=[1, 2], refused=[refusal])
    assert (outcome.done_count, outcome.refused) == (2, [refusal])
    assert (Outcome().done_count, Outcome().refused) == (0, ())


@pytest.mark.parametrize("kind", [NotAllowed, NotFound, Refused, Conflict, Unavailable])
def test_an_error_carries_a_sentence_a_code_and_a_field(kind: type[LienthongError]) -> None:
    error = kind("Trẻ không còn thuộc diện.", code="N-AGE", field="birth_date")
    assert str(error) == error.message_vi == "Trẻ không còn thuộc diện."
    assert (error.code, error.field) == ("N-AGE", "birth_date")
    assert (kind("Không rõ.").code, kind("Không rõ.").field) == ("", "")


def test_there_are_five_errors() -> None:
    assert set(LienthongError.__subclasses__()) >= {
        NotAllowed,
        NotFound,
        Refused,
        Conflict,
        Unavailable,
    }


def test_only_a_session_bounds_an_actor_to_areas() -> None:
    assert not _officer().is_bounded
    assert replace(_officer(), token="t").is_bounded
    assert not replace(_officer(), token="t", everywhere=True).is_bounded
    assert not system_actor(frozenset()).is_bounded
