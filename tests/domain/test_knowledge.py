"""The knowledge base: found without tones, in any order, by code, misspelt; who publishes for whom; versions; guides."""

import importlib
from dataclasses import replace
from datetime import date, timedelta

import pytest
from django.db import DatabaseError
from django.db.transaction import atomic

from lienthong.accounts.permissions import Role
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound
from lienthong.oversight import answering, guides, knowledge, publishing
from lienthong.oversight.difficulties import TOPICS_VI
from lienthong.oversight.knowledge import HOSPITALS, PUBLIC, STAFF, Asked
from lienthong.oversight.masking import masked
from lienthong.oversight.publishing import Draft
from lienthong.web.page import PAGES
from tests.births import AT, ON
from tests.conftest import BecomeWeb
from tests.declared import refusal
from tests.difficulties import House, house
from tests.officers import SYSTEM, run

pytestmark = pytest.mark.django_db
LAMINATE = Draft(
    "card",
    "Máy in kéo hai phôi cùng lúc thì ghi tờ hỏng thế nào?",
    "1. Đếm theo phôi đã dùng.\n2. Đánh dấu tờ hỏng trên trang lô in.",
    date(2026, 1, 1),
    keywords="kẹt giấy, máy ép",
    codes=("E-PRINTER", "OP-04"),
    pages=("run",),
)
TWINS = Draft(
    "identity", "Trẻ sinh đôi bị báo nghi trùng", "Kết luận là hai người.", date(2026, 1, 1)
)


@pytest.fixture
def them(as_web_role: BecomeWeb) -> House:
    return house(as_web_role)


@pytest.fixture
def printed(them: House) -> int:
    with them.acting(them.centre):
        publishing.publish(TWINS, by=them.centre, at=AT)
        return publishing.publish(LAMINATE, by=them.centre, at=AT)


def found(them: House, words: str, **asked: str) -> list[int]:
    with them.acting(them.desk):
        return [it.id for it in knowledge.search(STAFF, Asked(words, **asked), on=ON)]


@pytest.mark.parametrize(
    "words",
    [
        "máy in kéo hai phôi",
        "MAY IN KEO HAI PHOI",
        "hai phôi kéo máy in",
        "phôi hỏng thì ghi thế nào",
        "kẹt giấy",
        "ket giay may ep",
        "e-printer",
        "OP-04",
        "máy inn kéeo hai phoiii",
        "ghi tờ hõng",
    ],
)
def test_a_question_is_found_as_people_type_it(them: House, printed: int, words: str) -> None:
    assert found(them, words)[:1] == [printed]


@pytest.mark.parametrize(
    "words", ["xe máy điện", "thời tiết hôm nay", "!!! ???", "' OR 1=1 --", "a & b | !c:*"]
)
def test_what_nobody_wrote_about_is_not_found(them: House, printed: int, words: str) -> None:
    assert printed not in found(them, words) or not words.strip("!? ")


def test_nothing_asked_shows_everything_the_guides_of_the_role_first(
    them: House, printed: int
) -> None:
    with them.acting(them.desk):
        lines = knowledge.search(STAFF, Asked(role="card_desk"), on=ON, limit=100)
    assert printed in [it.id for it in lines]
    assert {it.slug for it in lines[:4]} == {
        "bat-dau-ngay",
        "duyet-the",
        "in-va-tra-the",
        "sai-quy-trinh",
    }


def test_who_is_about_to_ask_sees_what_fits_his_page_code_and_words_alone(
    them: House, printed: int
) -> None:
    with them.acting(them.desk):
        by_page = knowledge.fitting(STAFF, Asked(page="run"), on=ON)
        by_code = knowledge.fitting(STAFF, Asked(code="E-PRINTER"), on=ON)
        by_words = knowledge.fitting(STAFF, Asked("máy in kéo phôi"), on=ON)
        nothing = knowledge.fitting(STAFF, Asked(page="no-such"), on=ON)
    assert {it.slug for it in by_page} == {None, "in-va-tra-the"}
    assert [it.id for it in by_code] == [it.id for it in by_words[:1]] == [printed]
    assert nothing == []


def test_an_article_counts_on_its_days_alone(them: House) -> None:
    with them.acting(them.centre):
        over = publishing.publish(
            replace(LAMINATE, valid_to=ON - timedelta(days=1)), by=them.centre, at=AT
        )
        coming = publishing.publish(
            replace(LAMINATE, valid_from=ON + timedelta(days=1)), by=them.centre, at=AT
        )
    assert not {over, coming} & set(found(them, "máy in kéo hai phôi"))
    with them.acting(them.desk):
        assert not knowledge.article(STAFF, over).stands_on(ON)


def test_a_family_s_old_link_does_not_open_what_counts_no_more(them: House) -> None:
    open_to_all = replace(LAMINATE, for_public=True, for_hospitals=True, valid_to=ON)
    with them.acting(them.centre):
        key = publishing.publish(open_to_all, by=them.centre, at=AT)
    with them.nobody():
        for readers in (PUBLIC, HOSPITALS):
            assert knowledge.article(readers, key, on=ON).title == LAMINATE.title
            with pytest.raises(NotFound):
                knowledge.article(readers, key, on=ON + timedelta(days=1))


# ---------------------------------------------------------------- who reads, who writes


def test_a_province_writes_for_itself_and_the_centre_opens_it_to_all(them: House) -> None:
    with them.acting(them.province):
        key = publishing.publish(LAMINATE, by=them.province, at=AT)
        line = knowledge.article(STAFF, key)
        assert line.province_code == "01"
        for closed in (replace(LAMINATE, for_public=True), replace(LAMINATE, for_hospitals=True)):
            assert refusal(lambda: publishing.publish(closed, by=them.province, at=AT)) == "READERS"  # noqa: B023
    assert found(them, "máy in kéo hai phôi")[0] == key
    for by in (them.stranger, them.far_province):
        with them.acting(by), pytest.raises(NotFound):
            knowledge.article(STAFF, key)
    with them.acting(them.centre):
        open_to_all = replace(publishing.draft_of(line), province_code="", for_public=True)
        publishing.revise(key, open_to_all, seen=1, by=them.centre, at=AT)
    with them.acting(them.stranger):
        assert knowledge.article(STAFF, key).version == 2
    with them.nobody():
        assert knowledge.article(PUBLIC, key).title == LAMINATE.title
        with pytest.raises(NotFound):
            knowledge.article(HOSPITALS, key)
    with them.acting(them.province), pytest.raises(NotAllowed):
        publishing.revise(key, LAMINATE, seen=2, by=them.province, at=AT)
    with them.acting(them.head), pytest.raises(NotAllowed):
        publishing.publish(LAMINATE, by=them.head, at=AT)


def test_who_has_no_session_reads_what_is_open_and_nothing_else(them: House, printed: int) -> None:
    with them.nobody():
        assert {it.slug for it in knowledge.search(PUBLIC, Asked(), on=ON)} == {
            "tre-chua-co-the",
            "bao-lau-co-the",
            "the-sai-thong-tin",
        }
        assert {it.slug for it in knowledge.search(HOSPITALS, Asked(), on=ON)} == {
            "tre-chua-co-the",
            "quay-tra-cuu",
        }
        with pytest.raises(NotFound):
            knowledge.article(PUBLIC, printed)
        assert run("SELECT count(*) FROM oversight_articleversion") == [(0,)]


def test_each_change_is_a_version_that_stays_and_who_was_faster_wins(
    them: House, printed: int
) -> None:
    with them.acting(them.centre):
        publishing.revise(
            printed, replace(LAMINATE, answer="Ghi hai tờ."), seen=1, by=them.centre, at=AT
        )
        with pytest.raises(Conflict):
            publishing.revise(printed, LAMINATE, seen=1, by=them.centre, at=AT)
        assert [(it.version, it.answer) for it in knowledge.versions(them.centre, printed)] == [
            (2, "Ghi hai tờ."),
            (1, LAMINATE.answer),
        ]


@pytest.mark.parametrize(
    ("who", "statement", "refused"),
    [
        ("province", "UPDATE oversight_article SET title = 'Khác', version = version + 1", "centre publishes"),
        ("centre", "UPDATE oversight_article SET title = 'Khác'", "version of its own"),
        ("centre", "DELETE FROM oversight_article", "permission denied"),
        ("centre", "UPDATE oversight_articleversion SET title = 'Khác'", "permission denied"),
        ("centre", "UPDATE oversight_article SET answer = 'gọi 0912 345 678', version = version + 1", "names_nobody"),
        ("centre", "UPDATE oversight_article SET province_code = '01', for_public = true, version = version + 1", "nationwide|kind"),
    ],
)  # fmt: skip
def test_sql_of_a_page_rewrites_nothing(
    them: House, printed: int, who: str, statement: str, refused: str
) -> None:
    with them.acting(getattr(them, who)), pytest.raises(DatabaseError, match=refused), atomic():
        run(statement)


def test_an_officer_s_latest_word_counts_and_is_his_alone(them: House, printed: int) -> None:
    for by, helped in (
        (them.desk, False),
        (them.head, True),
        (them.desk, True),
        (them.stranger, False),
    ):
        with them.acting(by):
            publishing.say(printed, helped=helped, by=by, at=AT)
    with them.acting(them.desk):
        assert knowledge.opinions([printed]) == {printed: knowledge.Opinions(2, 1)}
        assert knowledge.own_opinion(them.desk, printed) is True
        assert run("SELECT count(*) FROM oversight_opinion") == [(1,)]


def test_an_answer_becomes_an_article_that_the_question_names(them: House) -> None:
    key = them.ask(them.desk)
    with them.acting(them.province):
        with pytest.raises(Conflict):
            publishing.publish(LAMINATE, by=them.province, at=AT, difficulty_id=key)
    with them.acting(them.province):
        answering.answer(key, "Chọn lại máy in.", by=them.province, at=AT)
        made = publishing.publish(LAMINATE, by=them.province, at=AT, difficulty_id=key)
    assert them.line(them.desk, key).article_id == made


# ---------------------------------------------------------------- guides


def test_guides_are_published_once_and_mended_when_their_file_changes(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert guides.ensure(by=SYSTEM, at=AT) == 0
    kept = guides.drafts()
    kind, draft = kept["duyet-the"]
    changed = {**kept, "duyet-the": (kind, replace(draft, answer="Khác."))}
    monkeypatch.setattr(guides, "drafts", lambda: changed)
    assert (guides.ensure(by=SYSTEM, at=AT), guides.ensure(by=SYSTEM, at=AT)) == (1, 0)
    assert knowledge.article(STAFF, "duyet-the").answer == "Khác."


def test_a_guide_that_the_centre_has_revised_is_left_alone(
    them: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    with them.acting(them.centre):
        line = knowledge.article(STAFF, "duyet-the")
        own = replace(publishing.draft_of(line), answer="Của trung ương.")
        publishing.revise(line.id, own, seen=line.version, by=them.centre, at=AT)
    monkeypatch.setattr(
        guides, "drafts", lambda: {"duyet-the": ("guide", replace(own, answer="Khác."))}
    )
    assert guides.ensure(by=SYSTEM, at=AT) == 0
    assert knowledge.article(STAFF, "duyet-the").answer == "Của trung ương."


@pytest.mark.parametrize("slug", sorted(guides.drafts()))
def test_a_guide_names_pages_roles_and_subjects_that_there_are_and_nobody(slug: str) -> None:
    _, draft = guides.drafts()[slug]
    for text in (draft.title, draft.answer, draft.basis, draft.keywords):
        assert masked(text).found == (), text
    assert draft.topic in TOPICS_VI
    assert set(draft.roles) <= set(Role)
    for door in ("staff", "hospital", "public"):
        importlib.import_module(f"lienthong.web.{door}.urls")
    assert set(draft.pages) - {it.name for it in PAGES} == set()
