"""Replies of provinces: filled from live figures, whole before they are presented, signed by another, kept for ever."""

from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError, transaction

from lienthong.accounts import jurisdiction
from lienthong.audit import trail
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed, NotFound, Refused
from lienthong.oversight import (
    directivelists,
    livefigures,
    reasonlists,
    replies,
    replysheets,
    replyviews,
)
from lienthong.oversight.livefigures import Days
from lienthong.oversight.replies import Signature
from lienthong.oversight.replylines import Plan, Said
from lienthong.oversight.templates import Asked
from tests import births
from tests.births import AT, ON, column, message, rows, run, send
from tests.conftest import BecomeWeb
from tests.declared import refusal
from tests.directives import (
    DIRECTOR,
    DRAFT,
    Offices,
    answers,
    counting,
    days_later,
    give_back,
    issued,
    offices,
    pairs_of,
    presented,
    seen,
    sign,
    state_of,
)
from tests.officers import SYSTEM

pytestmark = pytest.mark.django_db
LATER = AT + timedelta(hours=3)


@pytest.fixture
def there(db: None) -> Offices:
    births.small_country()
    return offices()


def test_figures_are_filled_in_as_of_the_instant_and_again_on_demand(there: Offices) -> None:
    directive_id = issued(there.centre, replace(DRAFT, period_last=ON))
    by = there.writer
    reply_id = replies.begin(directive_id, "01", "", by=by, at=AT)
    assert pairs_of(reply_id, by)[3].line.live == 0
    send(message(1, ndkksMaXa="00004", ngayDangKy="18/11/2026"), at=AT + timedelta(minutes=1))
    run(AT + timedelta(minutes=1))
    period = Days(DRAFT.period_first or ON, ON)
    assert pairs_of(reply_id, by)[3].line.live == 0
    replies.refill(reply_id, seen=0, by=by, at=LATER)
    with acting(by, at=LATER):
        counted = livefigures.live(by, days=period, as_of=LATER, province="01")
        head = replyviews.head(by, reply_id)
    assert pairs_of(reply_id, by)[3].line.live == counted["received"] == 1
    assert head.as_of == LATER
    # Another province's figure is another; the console counts what the page counts.
    other = replies.begin(directive_id, "24", "", by=there.other_writer, at=LATER)
    assert pairs_of(other, there.other_writer)[3].line.live == 0
    console = jurisdiction.actor_of("thu-so-mot")
    with acting(console, at=LATER):
        assert livefigures.live(console, days=period, as_of=LATER, province="01") == counted
    assert refusal(lambda: replies.refill(reply_id, seen=0, by=by, at=LATER)) == "CHANGED"


def test_a_question_s_own_days_are_counted_for_it(
    there: Offices, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Days] = []

    def live(by: Actor, *, days: Days, as_of: object, province: str) -> dict[str, float]:
        del by, as_of
        assert province == "01"
        asked.append(days)
        return {"received": float(days.first.month)}

    monkeypatch.setattr(livefigures, "live", live)
    own = Asked(
        "figure", "Riêng", figure="received", first=date(2026, 3, 1), last=date(2026, 3, 31)
    )
    draft = replace(DRAFT, questions=(*DRAFT.questions, own, own))
    directive_id = issued(there.centre, draft)
    reply_id = replies.begin(directive_id, "01", "", by=there.writer, at=AT)
    found = pairs_of(reply_id, there.writer)
    assert (found[3].line.live, found[7].line.live, found[8].line.live) == (10, 3, 3)
    assert len(asked) == 2


def test_a_live_figure_is_never_written_by_a_form_and_an_own_one_needs_its_reason(
    there: Offices,
) -> None:
    directive_id = issued(there.centre)
    by = there.writer
    reply_id = replies.begin(directive_id, "01", "", by=by, at=AT)
    bare = answers(directive_id, by, q3=Said(own=12.0))
    with pytest.raises(Refused) as caught:
        replies.present(reply_id, bare, seen=0, by=by, at=AT)
    assert (caught.value.code, caught.value.field) == ("INCOMPLETE", "cau-3")
    whole = answers(directive_id, by, q3=Said(own=12.0, own_reason="Còn hồ sơ giấy."))
    replies.present(reply_id, whole, seen=0, by=by, at=AT)
    line = pairs_of(reply_id, by)[3].line
    assert (line.live, line.own, line.figure) == (0, 12, 12)
    sign(reply_id, DIRECTOR, by=there.director, at=AT)
    with acting(there.centre, at=AT):
        found = replyviews.summary(there.centre, directive_id)
    assert list(found.sums.values()) == [12]


@pytest.mark.parametrize(
    ("changes", "left"),
    [
        ({"q1": Said()}, [1]),
        ({"q1": Said(is_yes=False)}, [2]),
        ({"q1": Said(is_yes=False), "q2": Said(reasons=("OTHER",))}, [2]),
        ({"q4": Said()}, [4]),
        ({"q4": Said(plans=(Plan("Việc", "Ai", ""),))}, [4]),
        ({"q4": Said(plans=(Plan("", "Ai", "2026-12-01"),))}, [4]),
        ({"q5": Said()}, [5]),
        ({"q1": Said(), "q5": Said()}, [1, 5]),
    ],
)
def test_nothing_is_presented_before_it_is_whole_and_what_was_typed_stays(
    there: Offices, changes: dict[str, Said], left: list[int]
) -> None:
    directive_id = issued(there.centre)
    by = there.writer
    reply_id = replies.begin(directive_id, "01", "", by=by, at=AT)
    said = answers(directive_id, by, **changes)
    with pytest.raises(Refused) as caught:
        replies.present(reply_id, said, seen=0, by=by, at=AT)
    assert caught.value.message_vi == f"Chưa trả lời đủ: câu {', '.join(map(str, left))}."
    replies.save(reply_id, said, seen=0, by=by, at=AT)
    assert state_of(reply_id) == "draft"
    present = "UPDATE oversight_reply SET state = 'presented', presented_by = 'x', presented_at = now() WHERE id = %s RETURNING 1"
    with pytest.raises(DatabaseError), transaction.atomic(), acting(SYSTEM, at=AT):
        rows(present, reply_id)


def test_what_depends_on_a_no_is_owed_only_then(there: Offices) -> None:
    directive_id = issued(there.centre)
    no = {"q1": Said(is_yes=False), "q2": Said(reasons=("EQUIPMENT", "OTHER"), text="Mất điện.")}
    reply_id = presented(directive_id, there.writer, **no)
    assert (
        pairs_of(reply_id, there.writer)[2].reason_labels[0]
        == "Thiếu máy móc, đường truyền ở cấp xã"
    )
    assert state_of(presented(directive_id, there.other_writer, "24")) == "presented"


@pytest.mark.parametrize(
    ("place", "bad"),
    [
        (2, Said(reasons=("WORKLOAD",))),
        (2, Said(reasons=("NONSENSE",))),
        (3, Said(own=-1.0, own_reason="x")),
        (3, Said(own=1e13, own_reason="x")),
        (6, Said(text="x" * 4_001)),
        (4, Said(plans=(Plan("x", "y", "2026-12-01"),) * 31)),
    ],
)
def test_what_no_answer_can_be_is_refused_with_its_place(
    there: Offices, place: int, bad: Said
) -> None:
    directive_id = issued(there.centre)
    by = there.writer
    reply_id = replies.begin(directive_id, "01", "", by=by, at=AT)
    said = answers(directive_id, by, **{f"q{place}": bad})
    with pytest.raises(Refused) as caught:
        replies.save(reply_id, said, seen=0, by=by, at=AT)
    assert caught.value.field == f"cau-{place}"


def test_a_reason_is_chosen_on_its_days_alone(there: Offices) -> None:
    directive_id = issued(there.centre)
    by = there.writer
    reply_id = replies.begin(directive_id, "01", "", by=by, at=AT)
    said = answers(directive_id, by, q1=Said(is_yes=False), q2=Said(reasons=("EQUIPMENT",)))
    ids = {it.code: it.id for it in reasonlists.listed()["unconnected"]}
    yesterday = AT - timedelta(days=1)
    reasonlists.end(ids["EQUIPMENT"], yesterday.date(), by=there.centre, at=yesterday)
    assert refusal(lambda: replies.save(reply_id, said, seen=0, by=by, at=AT)) == "ANSWER"


def test_who_wrote_in_it_does_not_sign_it_not_even_by_the_database(there: Offices) -> None:
    directive_id = issued(there.centre)
    reply_id = presented(directive_id, there.director)
    assert refusal(lambda: sign(reply_id, DIRECTOR, by=there.director, at=AT)) == "FOUR_EYES"
    with pytest.raises(NotAllowed):
        sign(reply_id, DIRECTOR, by=there.writer, at=AT)
    forged = (
        "UPDATE oversight_reply SET state = 'sent', sent_at = now(), signed_by = %s, signed_person = %s,"
        " signer_name = 'X', signer_title = 'Giám đốc', due_on = '2026-11-30' WHERE id = %s RETURNING 1"
    )
    for signer in (there.director, there.writer, there.unit):
        with pytest.raises(DatabaseError), transaction.atomic(), acting(SYSTEM, at=AT):
            rows(forged, signer.label, signer.person_key, reply_id)
    assert refusal(lambda: sign(reply_id, Signature("Vua"), by=there.vice, at=AT)) == "TITLE"
    sign(reply_id, Signature("KT. Giám đốc – Phó Giám đốc", "12/BC"), by=there.vice, at=AT)
    with acting(there.centre, at=AT):
        head = replyviews.head(there.centre, reply_id)
    assert (head.signer_name, head.signer_title, head.number) == (
        "Người Thử",
        "KT. Giám đốc – Phó Giám đốc",
        "12/BC",
    )


def test_a_line_is_written_by_an_editor_alone(there: Offices) -> None:
    directive_id = issued(there.centre)
    reply_id = replies.begin(directive_id, "01", "", by=there.writer, at=AT)
    change = "UPDATE oversight_replyline SET text = 'x' WHERE reply_id = %s RETURNING 1"
    with pytest.raises(DatabaseError), transaction.atomic(), acting(there.director, at=AT):
        rows(change, reply_id)
    replies.save(reply_id, {}, seen=0, by=there.second, at=AT)
    with acting(SYSTEM, at=AT):
        editors = set(column("SELECT unnest(editors) FROM oversight_reply"))
    assert editors == {there.writer.person_key, there.second.person_key}


def test_a_director_gives_back_with_a_note_and_the_writers_are_told(there: Offices) -> None:
    directive_id = issued(there.centre)
    reply_id = presented(directive_id, there.writer)
    told = "SELECT account_id FROM notices_notice WHERE kind = %s ORDER BY 1"
    assert column(told, "DIRECTIVE_PRESENTED") == sorted(
        [there.director.account_id, there.vice.account_id]
    )
    assert refusal(lambda: give_back(reply_id, " ", by=there.director, at=AT)) == "NOTE"
    give_back(reply_id, "Nêu rõ số xã chưa khai báo.", by=there.director, at=AT)
    assert state_of(reply_id) == "draft"
    assert column(told, "DIRECTIVE_RETURNED") == [there.writer.account_id]
    stale = answers(directive_id, there.writer)
    assert (
        refusal(lambda: replies.save(reply_id, stale, seen=1, by=there.writer, at=AT)) == "CHANGED"
    )
    now = seen(reply_id, there.writer)
    replies.present(reply_id, stale, seen=now, by=there.writer, at=LATER)
    sign(reply_id, DIRECTOR, by=there.director, at=LATER)
    assert column(told, "DIRECTIVE_REPLIED") == [there.centre.account_id]


def test_what_was_sent_stays_and_a_correction_is_a_further_version(there: Offices) -> None:
    directive_id = issued(there.centre)
    by = there.writer
    first = presented(directive_id, by)
    sign(first, DIRECTOR, by=there.director, at=AT)
    for statement in (
        "UPDATE oversight_reply SET number = '9' WHERE id = %s",
        "UPDATE oversight_reply SET state = 'draft' WHERE id = %s",
        "DELETE FROM oversight_reply WHERE id = %s",
        "UPDATE oversight_replyline SET text = 'x' WHERE reply_id = %s",
        "DELETE FROM oversight_replyline WHERE reply_id = %s",
        "INSERT INTO oversight_replyline (reply_id, question_id) SELECT %s, max(id) FROM oversight_question",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), acting(SYSTEM, at=AT):
            rows(statement + " RETURNING 1", first)
    assert refusal(lambda: replies.begin(directive_id, "01", " ", by=by, at=AT)) == "REASON"
    second = replies.begin(directive_id, "01", "Nhầm ngày họp.", by=by, at=LATER)
    assert second != first
    assert pairs_of(second, by)[4].line.plans == pairs_of(first, by)[4].line.plans
    assert replies.begin(directive_id, "01", "Khác.", by=there.second, at=LATER) == second
    said = answers(directive_id, by, q5=Said(day=date(2026, 12, 2)))
    replies.present(second, said, seen=0, by=by, at=LATER)
    assert counting(directive_id) == [("01", 1)]
    sign(second, DIRECTOR, by=there.director, at=LATER)
    assert counting(directive_id) == [("01", 2)]
    with acting(there.centre, at=AT):
        both = replyviews.versions(there.centre, directive_id, "01")
        assert [(it.version, it.reason) for it in both] == [(2, "Nhầm ngày họp."), (1, "")]
        days = [replyviews.pairs(there.centre, it)[4].line.day for it in both]
    assert days == [date(2026, 12, 2), date(2026, 12, 1)]
    # The province was in time: a correction changes nothing about that.
    (line, _) = sorted(
        directivelists.chase(SYSTEM, directive_id, on=ON), key=lambda it: it.province_code
    )
    assert (line.version, line.sent_late) == (2, False)


def test_a_reply_is_its_province_s_until_it_is_signed(
    there: Offices, as_web_role: BecomeWeb
) -> None:
    directive_id = issued(there.centre)
    reply_id = presented(directive_id, there.writer)
    with as_web_role():
        for by in (there.centre, there.other_director, there.unit):
            with acting(by, at=AT), pytest.raises(NotFound):
                replyviews.head(by, reply_id)
            with acting(by, at=AT):
                assert column("SELECT count(*) FROM oversight_replyline") == [0]
        with acting(there.second, at=AT):
            assert replyviews.head(there.second, reply_id).state == "presented"
        sign(reply_id, DIRECTOR, by=there.director, at=AT)
        for by in (there.centre, there.unit):
            with acting(by, at=AT):
                assert replyviews.head(by, reply_id).state == "sent"
                assert column("SELECT count(*) > 0 FROM oversight_replyline") == [True]
        with acting(there.other_director, at=AT), pytest.raises(NotFound):
            replyviews.head(there.other_director, reply_id)
        with acting(there.other_writer, at=AT), pytest.raises(NotFound):
            replies.begin(directive_id, "01", "x", by=there.other_writer, at=AT)


def test_a_unit_and_the_centre_answer_nothing(there: Offices) -> None:
    directive_id = issued(there.centre)
    for by in (there.unit, there.centre):
        with pytest.raises(NotAllowed):
            replies.begin(directive_id, "01", "", by=by, at=AT)
    assert directivelists.waiting(there.unit) == directivelists.waiting(there.centre) == []


def test_the_inbox_shows_what_the_province_owes(there: Offices, as_web_role: BecomeWeb) -> None:
    directive_id = issued(there.centre)

    def owed(by: Actor) -> list[tuple[str, str]]:
        with as_web_role(), acting(by, at=AT):
            return [(it.province_code, it.reply_state) for it in directivelists.waiting(by)]

    told = "SELECT count(*) FROM notices_notice WHERE kind = 'DIRECTIVE_ISSUED' AND account_id = %s"
    assert column(told, there.writer.account_id) == column(told, there.director.account_id) == [1]
    assert owed(there.writer) == [("01", "")]
    reply_id = presented(directive_id, there.writer)
    assert owed(there.director) == [("01", "presented")]
    sign(reply_id, DIRECTOR, by=there.director, at=AT)
    assert owed(there.writer) == []
    replies.begin(directive_id, "01", "Đính chính.", by=there.writer, at=AT)
    assert owed(there.writer) == [("01", "draft")]
    assert owed(there.other_writer) == [("24", "")]


def test_late_is_what_came_after_the_day(there: Offices) -> None:
    directive_id = issued(there.centre)
    on_the_day, the_day_after = days_later(10), days_later(11)
    sign(
        presented(directive_id, there.writer, at=on_the_day), DIRECTOR, by=there.director,
        at=on_the_day.replace(hour=23, minute=59),
    )  # fmt: skip
    sign(
        presented(directive_id, there.other_writer, "24", at=on_the_day), DIRECTOR,
        by=there.other_director, at=the_day_after.replace(hour=0, minute=1),
    )  # fmt: skip
    lines = directivelists.chase(SYSTEM, directive_id, on=ON)
    assert {it.province_code: it.sent_late for it in lines} == {"01": False, "24": True}
    assert [replysheets.state_vi(it) for it in lines] == ["Đã trả lời", "Đã trả lời, muộn"]


def test_every_act_on_a_reply_is_in_the_log(there: Offices) -> None:
    directive_id = issued(there.centre)
    reply_id = presented(directive_id, there.writer)
    give_back(reply_id, "Sửa.", by=there.director, at=AT)
    again = answers(directive_id, there.writer)
    replies.refill(reply_id, seen=seen(reply_id, there.writer), by=there.writer, at=AT)
    replies.present(reply_id, again, seen=seen(reply_id, there.writer), by=there.writer, at=AT)
    sign(reply_id, DIRECTOR, by=there.director, at=AT)
    lines = trail.history_of("reply", reply_id, by=SYSTEM)
    assert [it.action for it in reversed(lines)] == [
        "reply.begun", "reply.saved", "reply.presented", "reply.returned", "reply.refilled", "reply.saved",
        "reply.presented", "reply.sent",
    ]  # fmt: skip
