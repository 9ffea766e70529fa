"""What of a reply counts: questions that are asked, sums that are sums, what was read; who is told where somebody left."""

from dataclasses import replace
from datetime import date, datetime, timedelta

import pytest
from django.db import connection

from lienthong.database.scope import acting
from lienthong.kernel.dates import VIETNAM
from lienthong.kernel.errors import Refused
from lienthong.oversight import (
    directivelists,
    following,
    livefigures,
    replies,
    replyviews,
)
from lienthong.oversight.replylines import Said
from lienthong.oversight.templates import Asked
from tests import births
from tests.births import AT, column
from tests.conftest import BecomeWeb
from tests.declared import officer, refusal
from tests.directives import (
    DIRECTOR,
    DRAFT,
    Offices,
    answers,
    counting,
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


def test_what_is_not_asked_any_more_does_not_count_and_stays_with_who_wrote_it(
    there: Offices,
) -> None:
    """A reason for not being connected, and then the answer that one is: no reply says both."""
    directive_id = issued(there.centre)
    by = there.writer
    reply_id = replies.begin(directive_id, "01", "", by=by, at=AT)
    no = {"q1": Said(is_yes=False), "q2": Said(reasons=("OTHER", "EQUIPMENT"))}
    replies.save(reply_id, answers(directive_id, by, **no), seen=0, by=by, at=AT)
    yes = {"q1": Said(is_yes=True), "q2": no["q2"]}
    replies.present(reply_id, answers(directive_id, by, **yes), seen=1, by=by, at=AT)
    sign(reply_id, DIRECTOR, by=there.director, at=AT)
    pair = pairs_of(reply_id, by)[2]
    assert (pair.is_asked, pair.reason_labels) == (False, ())
    with acting(SYSTEM, at=AT):
        head = replyviews.head(SYSTEM, reply_id)
        assert replyviews.typed(SYSTEM, head)[1].line.reasons == ["OTHER", "EQUIPMENT"]
        found = replyviews.summary(SYSTEM, directive_id)
        questions = directivelists.questions(SYSTEM, directive_id)
    assert found.counts[questions[1].id] == []
    assert found.counts[questions[0].id] == [("Có", 1), ("Chưa", 0)]


@pytest.mark.parametrize(
    ("live", "own", "is_owed"), [(0, None, False), (3, None, True), (0, 2.0, True), (3, 0.0, False)]
)
def test_what_depends_on_a_figure_is_owed_where_there_is_any(
    there: Offices, monkeypatch: pytest.MonkeyPatch, live: int, own: float | None, is_owed: bool
) -> None:
    monkeypatch.setattr(livefigures, "live", lambda *_, **__: {"late_open": float(live)})
    late = Asked("figure", "Số hồ sơ quá hạn", figure="late_open")
    why = Asked("reasons", "Nguyên nhân", only_if_no=1, reason_list="late")
    directive_id = issued(there.centre, replace(DRAFT, questions=(late, why)))
    by = there.writer
    reply_id = replies.begin(directive_id, "01", "", by=by, at=AT)
    with acting(by, at=AT):
        first, second = directivelists.questions(by, directive_id)
    assert second.condition_vi == "khi câu 1 lớn hơn 0"
    said = {first.id: Said(own=own, own_reason="Đếm lại." if own is not None else "")}
    if is_owed:
        with pytest.raises(Refused) as caught:
            replies.present(reply_id, said, seen=0, by=by, at=AT)
        assert caught.value.field == "cau-2"
        said[second.id] = Said(reasons=("WORKLOAD",))
    replies.present(reply_id, said, seen=0, by=by, at=AT)
    assert state_of(reply_id) == "presented"
    assert pairs_of(reply_id, by)[2].is_asked is is_owed


def test_shares_and_medians_are_not_added_up(there: Offices) -> None:
    names = ("received", "on_time_share", "pace_create_median")
    asked = tuple(Asked("figure", name, figure=name, is_required=False) for name in names)
    directive_id = issued(there.centre, replace(DRAFT, questions=asked))
    by = there.writer
    reply_id = replies.begin(directive_id, "01", "", by=by, at=AT)
    replies.present(reply_id, {}, seen=0, by=by, at=AT)
    sign(reply_id, DIRECTOR, by=there.director, at=AT)
    with acting(SYSTEM, at=AT):
        found = replyviews.summary(SYSTEM, directive_id)
        questions = directivelists.questions(SYSTEM, directive_id)
    assert set(found.sums) == {questions[0].id}


def test_where_the_writer_or_the_issuer_has_left_others_are_told(there: Offices) -> None:
    colleague = officer("trung-uong-khac", "centre", "")
    directive_id = issued(there.centre)
    reply_id = presented(directive_id, there.writer)
    left = [there.writer.account_id, there.centre.account_id]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE accounts_officer SET is_active = false WHERE id = ANY (%s)", [left])
    told = "SELECT account_id FROM notices_notice WHERE kind = %s ORDER BY 1"
    give_back(reply_id, "Nêu rõ.", by=there.director, at=AT)
    assert column(told, "DIRECTIVE_RETURNED") == sorted(
        [there.second.account_id, there.vice.account_id]
    )
    said = answers(directive_id, there.second)
    now = seen(reply_id, there.second)
    replies.present(reply_id, said, seen=now, by=there.second, at=LATER)
    sign(reply_id, DIRECTOR, by=there.director, at=LATER)
    assert column(told, "DIRECTIVE_REPLIED") == [colleague.account_id]


def test_a_director_signs_and_gives_back_what_he_has_read_alone(there: Offices) -> None:
    directive_id = issued(there.centre)
    reply_id = presented(directive_id, there.writer)
    read = seen(reply_id, there.director)
    give_back(reply_id, "Viết lại.", by=there.vice, at=AT)
    said = answers(directive_id, there.writer, q6=Said(text="Nội dung khác hẳn."))
    now = seen(reply_id, there.writer)
    replies.present(reply_id, said, seen=now, by=there.writer, at=LATER)
    by = there.director
    assert (
        refusal(lambda: replies.send(reply_id, DIRECTOR, seen=read, by=by, at=LATER)) == "CHANGED"
    )
    assert (
        refusal(lambda: replies.give_back(reply_id, "Sửa.", seen=read, by=by, at=LATER))
        == "CHANGED"
    )
    assert state_of(reply_id) == "presented"
    sign(reply_id, DIRECTOR, by=by, at=LATER)
    assert state_of(reply_id) == "sent"


def test_a_merged_province_s_letter_is_reminded_and_answered_by_its_heir(
    there: Offices, as_web_role: BecomeWeb
) -> None:
    """Bắc Giang became part of Bắc Ninh on 01/07/2025: what it owed is Bắc Ninh's, and stays a reply of its own."""
    june, july = (
        datetime(2025, 6, 20, 9, 0, tzinfo=VIETNAM),
        datetime(2025, 7, 14, 9, 0, tzinfo=VIETNAM),
    )
    draft = replace(
        DRAFT,
        dated_on=june.date(),
        due_on=date(2025, 7, 10),
        period_first=date(2025, 1, 1),
        period_last=date(2025, 6, 19),
        provinces=("24", "27"),
    )
    directive_id = issued(there.centre, draft, at=june)
    assert following.remind(directive_id, by=there.centre, at=july) == 2
    told = column("SELECT account_id FROM notices_notice WHERE kind = 'DIRECTIVE_REMINDER'")
    assert there.other_director.account_id in told
    by, director = there.other_writer, there.other_director
    with as_web_role():
        with acting(by, at=july):
            owed = [it.province_code for it in directivelists.waiting(by)]
        assert sorted(owed) == ["24", "27"]
        for province in owed:
            reply_id = presented(directive_id, by, province, at=july)
            sign(reply_id, DIRECTOR, by=director, at=july)
        with acting(there.director, at=july):
            assert directivelists.waiting(there.director) == []
    assert sorted(counting(directive_id)) == [("24", 1), ("27", 1)]
