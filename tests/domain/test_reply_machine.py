"""Whatever the officers do with a letter, in any order: no reply is lost, none counts unsigned, nothing sent ever changes.

A machine drafts, saves, presents, gives back, signs, corrects, extends, reminds and closes by the real actions, as officers of
two provinces and the centre. After each step everything that must hold is asked of the database.
"""

from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta
from functools import partial
from typing import ClassVar

import pytest
from django.db import transaction
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    initialize,
    invariant,
    rule,
    run_state_machine_as_test,
)

from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import LienthongError
from lienthong.oversight import following, replies, replyviews
from lienthong.oversight.replylines import Said
from tests import births
from tests.births import AT, column, rows
from tests.directives import DIRECTOR, Offices, answers, issued, offices
from tests.officers import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(600)]
_SENT = """
    SELECT reply.id, reply.version, reply.reason, reply.number, reply.signed_by, reply.sent_at, reply.due_on, reply.as_of,
           (SELECT array_agg(to_jsonb(line)::text ORDER BY line.id) FROM oversight_replyline AS line
            WHERE line.reply_id = reply.id)
    FROM oversight_reply AS reply WHERE reply.state = 'sent' ORDER BY reply.id
"""
_WRITERS = ("writer", "second", "director", "vice")
_REACHED = {
    "sent", "corrected", "returned", "late", "closed", "reminded", "extended", "director writes", "refused: FOUR_EYES",
    "refused: CLOSED", "refused: INCOMPLETE",
}  # fmt: skip


class ReplyMachine(RuleBasedStateMachine):
    """One letter; each example is a savepoint that is taken back."""

    there: ClassVar[Offices]
    reached: ClassVar[set[str]] = set()

    def __init__(self) -> None:
        super().__init__()
        self._savepoint = transaction.atomic()
        self._savepoint.__enter__()
        self.at: datetime = AT
        self.sent: dict[int, tuple[object, ...]] = {}
        self.texts: dict[int, str] = {}
        self.count = 0

    def teardown(self) -> None:
        transaction.set_rollback(True)
        self._savepoint.__exit__(None, None, None)

    @initialize()
    def a_letter_goes_out(self) -> None:
        self.directive_id = issued(self.there.centre)

    @rule(days=st.sampled_from((0, 1, 4, 12)))
    def the_clock_runs(self, days: int) -> None:
        self.at += timedelta(days=days, minutes=1)

    @rule(who=st.sampled_from(_WRITERS), why=st.sampled_from(("", "Nhầm số liệu.")))
    def somebody_begins(self, who: str, why: str) -> None:
        by = self._who(who)
        self._page(partial(replies.begin, self.directive_id, "01", why, by=by, at=self.at))

    @rule(
        who=st.sampled_from(_WRITERS),
        is_whole=st.sampled_from((True, True, False)),
        is_stale=st.sampled_from((0, 0, 0, 1)),
    )
    def somebody_presents(self, who: str, is_whole: bool, is_stale: int) -> None:
        self.somebody_begins(who, "Nhầm số liệu.")
        by = self._who(who)
        for reply_id, edit_no in rows(
            "SELECT id, edit_no FROM oversight_reply WHERE state <> 'sent' ORDER BY id"
        ):
            self.count, saved = self.count + 1, edit_no
            text = f"Đề nghị {self.count}"
            changes = {"q6": Said(text=text)} if is_whole else {"q5": Said(), "q6": Said(text=text)}
            said = answers(self.directive_id, by, at=self.at, **changes)
            seen = edit_no - is_stale
            if self._page(partial(replies.save, reply_id, said, seen=seen, by=by, at=self.at)):
                self.texts[reply_id] = text
                saved = edit_no + 1
            seen = saved - is_stale
            self._page(partial(replies.present, reply_id, said, seen=seen, by=by, at=self.at))

    @rule(
        who=st.sampled_from(("director", "vice", "writer")),
        is_signed=st.booleans(),
        is_stale=st.sampled_from((0, 0, 0, 1)),
    )
    def somebody_decides(self, who: str, is_signed: bool, is_stale: int) -> None:
        by = self._who(who)
        for reply_id, edit_no in rows(
            "SELECT id, edit_no FROM oversight_reply WHERE state <> 'sent'"
        ):
            seen = edit_no - is_stale
            if is_signed:
                deed = partial(replies.send, reply_id, DIRECTOR, seen=seen, by=by, at=self.at)
            else:
                note = "Sửa lại."
                deed = partial(replies.give_back, reply_id, note, seen=seen, by=by, at=self.at)
            assert not (self._page(deed) and is_stale), "decided on what nobody read"

    @rule(who=st.sampled_from(("director", "vice")))
    def who_wrote_it_would_sign_it(self, who: str) -> None:
        self.somebody_presents(who, True, 0)
        self.somebody_decides(who, True, 0)

    @rule(
        who=st.sampled_from(_WRITERS),
        signs=st.sampled_from(("director", "vice")),
        is_signed=st.booleans(),
        days=st.sampled_from((0, 1, 12)),
    )
    def a_reply_is_written_and_decided(
        self, who: str, signs: str, is_signed: bool, days: int
    ) -> None:
        self.somebody_presents(who, True, 0)
        self.the_clock_runs(days)
        self.somebody_decides(signs, is_signed, 0)

    @rule(days=st.sampled_from((1, 20)))
    def the_day_is_moved(self, days: int) -> None:
        by, due_on = self.there.centre, vietnam_date(self.at) + timedelta(days=days)
        self._page(
            partial(following.add, self.directive_id, "", due_on, "Hoãn.", by=by, at=self.at)
        )

    @rule()
    def the_rest_are_reminded(self) -> None:
        self._page(partial(following.remind, self.directive_id, by=self.there.centre, at=self.at))
        self._page(partial(following.follow, by=SYSTEM, at=self.at))

    @rule(really=st.sampled_from((False, False, True)))
    def the_letter_is_closed(self, really: bool) -> None:
        if really:
            by = self.there.centre
            self._page(partial(following.close, self.directive_id, "Xong.", by=by, at=self.at))

    @invariant()
    def what_was_sent_stays(self) -> None:
        found = {row[0]: row for row in rows(_SENT)}
        assert {key: found.get(key) for key in self.sent} == self.sent
        self.sent = found

    @invariant()
    def only_what_another_signed_counts(self) -> None:
        summary = replyviews.summary(SYSTEM, self.directive_id)
        newest = column("SELECT max(version) FROM oversight_reply WHERE state = 'sent'")[0]
        assert [it.version for it in summary.heads] == ([newest] if newest else [])
        for head in summary.heads:
            assert head.signed_by in {self.there.director.label, self.there.vice.label}
        assert column(
            "SELECT count(*) FROM oversight_reply WHERE signed_person = ANY (editors)"
        ) == [0]
        assert column(
            "SELECT count(*) FROM oversight_reply WHERE (signed_person IS NULL) = (state = 'sent')"
        ) == [0]
        owed = "SELECT count(*) FROM oversight_reply AS r, LATERAL oversight_unanswered(r.id) WHERE r.state <> 'draft'"
        assert column(owed) == [0]

    @invariant()
    def nothing_typed_is_lost(self) -> None:
        for reply_id, text in self.texts.items():
            kept = "SELECT count(*) FROM oversight_replyline WHERE reply_id = %s AND text = %s"
            assert column(kept, reply_id, text) == [1]
        versions = column("SELECT version FROM oversight_reply ORDER BY version")
        assert versions == list(range(1, len(versions) + 1))

    @invariant()
    def nobody_who_replied_is_reminded_afterwards(self) -> None:
        late = """
            SELECT count(*) FROM oversight_reminder AS reminder JOIN oversight_reply AS reply
              ON reply.addressee_id = reminder.addressee_id AND reply.state = 'sent'
            WHERE reminder.reminded_at > reply.sent_at"""
        assert column(late) == [0]
        self.reached.update(
            column(
                "SELECT CASE WHEN version > 1 THEN 'corrected' ELSE state END FROM oversight_reply"
                " UNION SELECT 'returned' FROM oversight_reply WHERE returned_at IS NOT NULL"
                " UNION SELECT 'late' FROM oversight_reply"
                "   WHERE (sent_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date > due_on"
                " UNION SELECT state FROM oversight_directive UNION SELECT 'reminded' FROM oversight_reminder"
                " UNION SELECT 'extended' FROM oversight_addendum"
                " UNION SELECT 'director writes' FROM oversight_reply WHERE drafted_by = 'officer:giam-doc'"
            )
        )

    def _who(self, name: str) -> Actor:
        found: Actor = getattr(self.there, name)
        return found

    def _page(self, deed: Callable[[], object]) -> bool:
        """One request: refused as a whole, or done as a whole."""
        try:
            with transaction.atomic():
                deed()
        except LienthongError as error:
            self.reached.add(f"refused: {error.code}")
            return False
        return True


def test_no_order_of_acts_loses_a_reply_or_lets_an_unsigned_one_count() -> None:
    births.small_country()
    ReplyMachine.there = offices()
    with suppress(AttributeError):
        ReplyMachine.reached.clear()
    run_state_machine_as_test(
        ReplyMachine,
        settings=settings(
            max_examples=40,
            stateful_step_count=14,
            deadline=None,
            derandomize=True,
            database=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )
    assert _REACHED - ReplyMachine.reached == set(), ReplyMachine.reached
