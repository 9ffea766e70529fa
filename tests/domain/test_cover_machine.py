"""Whatever happens to a child's card, in any order: INV-14, INV-15, one number, no instant without a card, verify silent.

A machine issues, prints, hands over, exchanges by each ground, withdraws, corrects, cancels, decides and revokes by the
real actions, and lets the clock run. After each step everything that must hold is asked of the database.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import date, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any, ClassVar

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from lienthong import births as births_app
from lienthong.births import comparison, corrections
from lienthong.births.corrections import Deed
from lienthong.cards import actions, exchange, printing
from lienthong.cards.exchange import Asked
from lienthong.database import invariants
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import DateRange
from lienthong.kernel.errors import LienthongError
from tests import births, cards
from tests.births import AT, column, message, rows, run, send
from tests.cards import as_if_committed
from tests.corrections import head
from tests.declared import officer
from tests.mergers import step
from tests.officers import become

pytestmark = pytest.mark.timeout(900)
_FOLDER = Path(births_app.__file__).parent / "invariants"
_BIRTHS = ("12/11/2026", "30/09/2026", "01/10/2026", "31/12/2025", "12/11/2019")
_TURN, _LAST = date(2027, 1, 15), date(2032, 12, 1)
"""Where the second of two cards begins, and the day after the law's last one."""
_NAMES = ("NGUYỄN MINH AN", "NGUYỄN MINH ANH")
_IDS = ("003226000001", "003226777777")
_DECISIONS = (
    corrections.exchange_as_registered,
    corrections.keep,
    corrections.attach_personal_id,
    corrections.ask_revocation,
    corrections.confirm_revocation,
    corrections.drop_revocation,
    corrections.told_family,
)
_OVERLAPS = """
    SELECT one.id, other.id FROM cards_card AS one JOIN cards_card AS other
        ON other.person_id = one.person_id AND other.id > one.id AND other.valid && one.valid
    WHERE one.status = 'active' AND other.status = 'active'
"""
_NOT_TILED = """
    SELECT person.id FROM persons_person AS person
    JOIN (SELECT person_id, range_agg(valid) AS days FROM cards_card WHERE status = 'active' GROUP BY person_id) AS cover
        ON cover.person_id = person.id
    WHERE cover.days <> datemultirange(person.entitled)
"""
_WITHOUT_A_CARD = """
    SELECT old.id FROM cards_card AS old
    WHERE old.status IN ('superseded', 'expired')
      AND NOT EXISTS (SELECT 1 FROM cards_card AS new JOIN cards_request AS request ON request.id = new.request_id
                      WHERE new.person_id = old.person_id AND new.approved_at = old.ended_at)
"""


class CoverMachine(RuleBasedStateMachine):
    """One child; each example is a savepoint that is taken back."""

    officers: ClassVar[dict[str, Actor]]
    reached: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        self._savepoint = transaction.atomic()
        self._savepoint.__enter__()
        self.at: datetime = AT
        self.version = 1
        self.sent = 1

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._savepoint.__exit__(None, None, None)

    @initialize(
        stage=st.sampled_from(
            ("with the family", "with the family", "approved", "requested", "a line", "a line")
        )
    )
    def the_first_card(self, stage: str) -> None:
        if stage == "a line":
            self._a_line_of_two()
            return
        if stage != "requested":
            self.the_first_of_the_requests_is_approved()
        if stage == "with the family":
            self.what_is_approved_is_printed()
            self.what_is_printed_is_handed_over()

    # -- the ministry and the steps

    @rule(born=st.sampled_from(_BIRTHS), newer=st.sampled_from((1, 1, 1, 0)))
    def the_birth_date_is_corrected(self, born: str, newer: int) -> None:
        self._tell("correct", newer, nksNgaySinh=born, soDinhDanh="")

    @rule(name=st.sampled_from(_NAMES), personal_id=st.sampled_from(_IDS))
    def name_or_id_are_corrected(self, name: str, personal_id: str) -> None:
        self._tell("correct", 1, nksHoTen=name, soDinhDanh=personal_id)

    @rule(newer=st.sampled_from((1, 0)), then=st.booleans())
    def the_registration_is_cancelled(self, newer: int, then: bool) -> None:
        self._tell("cancel", newer)
        if then:
            self._tell("create", 1)

    @rule(hours=st.sampled_from((1, 24, 24 * 30)))
    def the_clock_runs(self, hours: int) -> None:
        self.at += timedelta(hours=hours)

    # -- the officers

    @rule()
    def the_first_of_the_requests_is_approved(self) -> None:
        waiting = column("SELECT id FROM cards_card WHERE status = 'requested' ORDER BY id LIMIT 1")
        self._page(partial(actions.approve, waiting, by=self.officers["desk"], at=self.at))

    @rule()
    def what_is_approved_is_printed(self) -> None:
        self._page(
            partial(
                printing.print_cards, self._in("APPROVED"), by=self.officers["desk"], at=self.at
            )
        )

    @rule()
    def what_is_printed_is_handed_over(self) -> None:
        printed = self._in("PRINTED")
        to = {"recipient": "Mẹ", "relation": "Mẹ"}
        self._page(partial(printing.hand_over, printed, by=self.officers["desk"], at=self.at, **to))

    @rule(
        ground=st.sampled_from(("lost", "damaged", "continued", "wish")),
        which=st.sampled_from((0, 1)),
    )
    def a_card_is_asked_for(self, ground: str, which: int) -> None:
        self._ask(ground, which=which)

    @rule(is_moved=st.booleans())
    def something_on_the_card_has_changed(self, is_moved: bool) -> None:
        for held in column(
            "SELECT facility_code FROM cards_card WHERE status = 'active' ORDER BY id DESC LIMIT 1"
        ):
            if is_moved:
                self._ask("information", address=f"Số {self.sent + self.version}")
            else:
                self._ask("facility", facility_code="01A08" if held == "01013" else "01013")

    @rule()
    def a_request_is_withdrawn(self) -> None:
        for card_id in column("SELECT max(id) FROM cards_card WHERE status = 'requested'"):
            deed = partial(exchange.withdraw, card_id or 0, by=self.officers["thu"], at=self.at)
            self._page(partial(deed, reason="Nhầm"))

    @rule(decision=st.sampled_from(_DECISIONS), who=st.sampled_from(("thu", "head")))
    def an_officer_decides(self, decision: Callable[..., object], who: str) -> None:
        self._decide(decision, who)

    @rule(born=st.sampled_from(_BIRTHS), is_approved=st.booleans())
    def a_card_as_registered_is_asked_for(self, born: str, is_approved: bool) -> None:
        self.the_birth_date_is_corrected(born, 1)
        self._decide(corrections.exchange_as_registered, "thu")
        if is_approved:
            self.the_first_of_the_requests_is_approved()

    @rule(first=st.sampled_from(("thu", "head")), second=st.sampled_from(("thu", "head")))
    def a_card_is_taken_away(self, first: str, second: str) -> None:
        self.the_birth_date_is_corrected(_BIRTHS[-1], 1)
        self._decide(corrections.ask_revocation, first)
        self._decide(corrections.confirm_revocation, second)

    # -- what must hold

    @invariant()
    def everything_holds(self) -> None:
        as_if_committed()
        assert rows(_OVERLAPS) == [], "INV-14"
        assert rows(_NOT_TILED) == [], "INV-15"
        assert rows(_WITHOUT_A_CARD) == [], (
            "the old card ended at another instant than the new one began"
        )
        assert len(set(column("SELECT insurance_number FROM cards_card"))) <= 1
        assert column("SELECT count(*) FROM persons_person")[0] <= 1
        assert invariants.run_all(connection, [_FOLDER]) == []
        self.reached.update(
            column(
                "SELECT status FROM cards_card UNION SELECT 'decided: ' || kind FROM births_decision"
                " UNION SELECT 'confirmed' FROM births_decision WHERE confirmed_at IS NOT NULL"
                " UNION SELECT 'rule ' || (convert_from(body, 'UTF8')::jsonb ->> 'rule') FROM cards_request"
                " WHERE replaces_id IS NOT NULL UNION SELECT 'ground ' || ground FROM cards_request WHERE ground <> ''"
                " UNION SELECT card.status || ' together ' || jsonb_array_length(convert_from(body, 'UTF8')::jsonb -> 'line')"
                " FROM cards_request AS request JOIN cards_card AS card ON card.request_id = request.id"
                " WHERE convert_from(body, 'UTF8')::jsonb ? 'line'"
                " UNION SELECT 'replaced again' FROM cards_card WHERE replaces_id IS NOT NULL AND status <> 'cancelled'"
                " GROUP BY replaces_id HAVING count(*) > 1"
            )
        )

    def _tell(self, kind: str, newer: int, **changes: str) -> None:
        self.version += newer
        self.sent += 1
        told = {"kind": kind, "version": self.version, "message_id": f"DC-{self.sent}"}
        send(message(1, **told, maGCS=None, **changes), at=self.at)
        run(self.at)

    def _a_line_of_two(self) -> None:
        """The child was entitled for some weeks, then until the law's last day: two cards, both with the family."""
        self.sent += 1
        self.version += 1
        told = {"kind": "correct", "version": self.version, "message_id": f"DC-{self.sent}"}
        send(message(1, **told, maGCS=None, chaNgaySinh="04/05/1994"), at=self.at)
        for name in ("check", "route", "receive", "export", "match", "number", "collect"):
            step(name, self.at)
        with births.acting(births.system(), at=self.at):
            rows(
                "UPDATE persons_person SET entitled = daterange('2026-11-12', %s) RETURNING 1",
                _TURN,
            )
        step("request", self.at)
        with_family = (
            self.the_first_of_the_requests_is_approved,
            self.what_is_approved_is_printed,
            self.what_is_printed_is_handed_over,
        )
        for deed in with_family:
            deed()
        self._ask("continued", entitlement=DateRange(_TURN, _LAST))
        for deed in with_family:
            deed()
        assert column("SELECT count(*) FROM cards_card WHERE status = 'active'") == [2]

    def _ask(self, ground: str, *, which: int = 0, **parts: Any) -> None:
        for card_id in column(
            "SELECT id FROM cards_card WHERE status = 'active' ORDER BY id DESC OFFSET %s LIMIT 1",
            which,
        ):
            asked = Asked(card_id, ground, **parts)
            self._page(
                partial(exchange.ask, cards.shown(asked), by=self.officers["thu"], at=self.at)
            )

    def _decide(self, decision: Callable[..., object], who: str) -> None:
        told = rows(
            "SELECT (SELECT max(id) FROM dossiers_task WHERE closed_at IS NULL AND kind = ANY (%s)),"
            " (SELECT id FROM births_birth ORDER BY version DESC LIMIT 1)",
            list(comparison.KINDS),
        )
        deed = Deed(told[0][0] or 0, told[0][1] or 0, "Theo trích lục")
        self._page(partial(decision, deed, by=self.officers[who], at=self.at))

    def _page(self, deed: Callable[[], Any]) -> None:
        """With the rights of a page; a refusal is an answer."""
        become("lienthong_web")
        with suppress(LienthongError):
            deed()
        become("lienthong_worker")

    def _in(self, state: str) -> list[int]:
        return column(
            "SELECT card.id FROM cards_card AS card JOIN dossiers_dossier AS dossier ON dossier.id = card.dossier_id"
            " WHERE dossier.state = %s AND card.status = 'active'",
            state,
        )


@pytest.mark.rule("002-7", "002-2", "002-3", "002-6")
@pytest.mark.django_db
def test_002_7_no_order_of_events_leaves_a_gap_an_overlap_or_a_second_number(db: None) -> None:
    births.small_country()
    send(message(1))
    run()
    CoverMachine.officers = {
        "thu": cards.collector(),
        "desk": officer("duyet-may", "card_desk", "01"),
        "head": head(),
    }
    run_state_machine_as_test(
        CoverMachine,
        settings=settings(
            max_examples=25,
            stateful_step_count=25,
            deadline=None,
            derandomize=True,
            database=None,
            suppress_health_check=list(HealthCheck),
            print_blob=False,
            # To shrink takes minutes here: add Phase.shrink by hand when it fails.
            phases=(Phase.generate,),
        ),
    )
    # It went deep: every status, a corrected birth date approved or asked for, a card taken away by two officers, a line
    # of two cards drawn anew at once, one exchanged whose renewal had been approved.
    deep = {"requested", "active", "superseded", "revoked", "cancelled", "rule 002-2", "rule 002-6"}
    lines = {"active together 2", "cancelled together 2", "active together 1", "replaced again"}
    decided = {"confirmed", "decided: exchange", "decided: revoke"}
    assert deep | decided | lines <= CoverMachine.reached
