"""The papers shown with a request for a further card: ticked, signed off with it, and told wherever the request is."""

import json
from datetime import timedelta

import pytest

from lienthong.births import record
from lienthong.cards import conformance, exchange, findings, further, officetime, offprocesslist
from lienthong.cards.exchange import Asked
from lienthong.cards.findings import FindingFilter
from lienthong.kernel.actor import Actor
from tests import births, cards
from tests.births import column
from tests.cards import LATER, approve, assert_whole, handed_over, statuses
from tests.declared import refusal
from tests.officers import become

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()


@pytest.fixture
def thu() -> Actor:
    return cards.collector()


@pytest.fixture
def so_the() -> Actor:
    return cards.approver()


def _asked_for(asked: Asked, *, by: Actor) -> exchange.Further:
    """As the form sends it: with the papers that were ticked, and no others."""
    become("lienthong_web")
    try:
        return exchange.ask(asked, by=by, at=LATER)
    finally:
        become("lienthong_worker")


def test_the_papers_shown_stand_in_what_the_approver_signs_and_a_missing_one_needs_a_word(
    thu: Actor, so_the: Actor
) -> None:
    old = handed_over()
    form, card = "Tờ khai TK1-TS", "Thẻ cũ"
    for evidence in ((), (form,), (form, card, "Giấy khác")):
        asked = Asked(old, "damaged", evidence=evidence)
        assert refusal(lambda: _asked_for(asked, by=thu)) == "EVIDENCE"  # noqa: B023
    assert statuses() == [(old, "active")]
    asked = Asked(old, "damaged", evidence=(form,), note="Thẻ cũ đã rách hết")
    further_id = _asked_for(asked, by=thu).card_id
    signed = (
        "SELECT convert_from(body, 'UTF8')::jsonb ->> 'evidence' FROM cards_request WHERE id ="
        " (SELECT request_id FROM cards_card WHERE id = %s)"
    )
    assert column(signed, further_id) == ['["Tờ khai TK1-TS"]']
    become("lienthong_web")
    with births.acting(so_the, at=LATER):
        (line,) = further.waiting(so_the, on=LATER.date())
        assert (line.evidence, line.missing(on=LATER.date())) == ((form,), (card,))
    become("lienthong_worker")
    approve(further_id, by=so_the)
    assert_whole()


def test_the_papers_shown_are_told_in_the_record_and_in_the_off_process_list(
    thu: Actor, so_the: Actor
) -> None:
    old = handed_over()
    asked = Asked(old, "lost", evidence=("Tờ khai TK1-TS",), note="Gia đình báo mất")
    _asked_for(asked, by=thu)
    (code,) = column("SELECT code FROM dossiers_dossier WHERE kind = 'first'")
    become("lienthong_web")
    with births.acting(so_the, at=LATER):
        first, again = record.record(so_the, code, on=LATER.date()).cards
    become("lienthong_worker")
    assert (first.request_evidence, first.request_note) == ((), "")
    assert (again.request_evidence, again.request_note) == (("Tờ khai TK1-TS",), "Gia đình báo mất")
    much_later = LATER + timedelta(days=9)
    officetime.ensure(much_later.date())
    conformance.look_at_everything(by=births.system(), at=much_later)
    everything = findings.every_finding(births.system(), filters=FindingFilter(), at=much_later)
    told = [it for it in everything if it.dossier_code.startswith("DT-")]
    assert told
    assert {it.evidence_vi for it in told} == {"Tờ khai TK1-TS"}
    assert json.loads(offprocesslist.as_json(told))[0]["evidence"] == "Tờ khai TK1-TS"
