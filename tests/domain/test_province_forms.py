"""The form a card is printed on: by the province and the day of print, by a choice of the centre; an old run keeps its own."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, connection, transaction

from lienthong.cards import actions, forms, printing
from lienthong.cards.forms import Entry
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import NotAllowed, NotFound, Refused
from lienthong.law.card_forms import CardForm
from tests.printed_cards import page_texts
from tests.web import world as worlds
from tests.web.world import SYSTEM, World, actor_of

OLD, NEW = CardForm.CARD_1313, CardForm.CARD_1666


@pytest.fixture
def world(db: None) -> World:
    made = worlds.build(settings.CLOCK())
    with acting(SYSTEM, at=made.at), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalogues_unit (code, name, agency_code, province_code)"
            " VALUES ('TE79001', 'BHXH cơ sở Sài Gòn – cấp thẻ trẻ em', '', '79') RETURNING id"
        )
        made.units["TE79001"] = cursor.fetchone()[0]
    return made


def _entry(world: World, **changed: object) -> Entry:
    today = vietnam_date(world.at)
    entry = Entry("01", "CARD_1313", today, None, "Công văn 1/BHXH-CST")
    return replace(entry, **changed)  # type: ignore[arg-type]


def _active(world: World, name: str, unit: str = "TE01001") -> int:
    child = world.child(name, unit=unit)
    assert child.card_id
    actions.approve([child.card_id], by=_approver(world), at=world.at)
    return child.card_id


def _approver(world: World) -> Actor:
    return actor_of(world, "so-the-01")


def _printed(card_id: int, at: datetime) -> str:
    run = printing.print_cards([card_id], by=SYSTEM, at=at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT form FROM cards_copy WHERE run_id = %s", [run.id])
        ((form,),) = cursor.fetchall()
    text = page_texts(run.pdf)[1]
    # What stands on the paper is what the copy says of itself.
    assert ("Mã số: TE 1" in text) is (form == OLD)
    assert ("Nơi cấp, đổi thẻ BHYT" in text) is (form == NEW)
    return str(form)


@pytest.mark.parametrize(
    ("unit", "at", "form"),
    [
        ("TE01001", datetime(2021, 3, 31, 16, 59, tzinfo=UTC), OLD),
        ("TE01001", datetime(2021, 3, 31, 17, 0, tzinfo=UTC), NEW),
        ("TE79001", datetime(2021, 4, 1, 3, 0, tzinfo=UTC), OLD),
        ("TE79001", datetime(2022, 2, 10, 16, 59, tzinfo=UTC), OLD),
        ("TE79001", datetime(2022, 2, 10, 17, 0, tzinfo=UTC), NEW),
    ],
)
def test_form_is_that_of_the_vietnamese_day_of_print_in_the_province(
    unit: str, at: datetime, form: CardForm, world: World
) -> None:
    assert _printed(_active(world, "NGUYỄN MINH AN", unit), at) == form


def test_one_run_prints_each_card_by_its_own_province(world: World) -> None:
    ids = [_active(world, "NGUYỄN MINH AN"), _active(world, "LÊ MAI CHI", "TE79001")]
    at = datetime(2021, 4, 1, 3, 0, tzinfo=UTC)
    run = printing.print_cards(ids, by=SYSTEM, at=at)
    with connection.cursor() as cursor:
        cursor.execute("SELECT form FROM cards_copy WHERE run_id = %s ORDER BY card_id", [run.id])
        assert [row[0] for row in cursor.fetchall()] == [NEW, OLD]


def test_choice_of_the_centre_counts_in_its_province_on_its_days_and_in_no_other(
    world: World,
) -> None:
    centre, today = actor_of(world, "trung-uong"), vietnam_date(world.at)
    forms.choose(_entry(world, last_day=today + timedelta(days=2)), by=centre, at=world.at)
    for day, used in ((-1, NEW), (0, OLD), (2, OLD), (3, NEW)):
        found = forms.forms_in_use({"01", "24"}, on=today + timedelta(days=day), by=centre)
        assert found == {"01": used, "24": NEW}, day


def test_old_run_drawn_again_keeps_the_form_of_its_day_to_the_byte(world: World) -> None:
    card_id = _active(world, "NGUYỄN MINH AN")
    run = printing.print_cards([card_id], by=SYSTEM, at=world.at)
    forms.choose(_entry(world), by=actor_of(world, "trung-uong"), at=world.at)
    assert printing.run_pdf(run.id, by=SYSTEM, at=world.at).pdf == run.pdf
    again = printing.print_cards([card_id], by=SYSTEM, at=world.at, reason="Mất thẻ")
    assert "Mã số: TE 1" in page_texts(again.pdf)[1]
    assert printing.run_pdf(run.id, by=SYSTEM, at=world.at).pdf == run.pdf


@pytest.mark.parametrize(
    ("changed", "code", "field"),
    [
        ({"province_code": "99"}, "E-FORM-PROVINCE", "province_code"),
        ({"province_code": ""}, "E-FORM-PROVINCE", "province_code"),
        ({"form": "CARD_2030"}, "E-FORM", "form"),
        ({"first_day": date(2026, 1, 1)}, "E-FORM-PAST", "first_day"),
        ({"last_day": date(2026, 1, 1)}, "E-FORM-DAYS", "last_day"),
        ({"source": "  "}, "E-FORM-SOURCE", "source"),
    ],
)
def test_choice_that_is_not_whole_is_refused_with_its_field(
    changed: dict[str, object], code: str, field: str, world: World
) -> None:
    with pytest.raises(Refused) as refusal:
        forms.choose(_entry(world, **changed), by=actor_of(world, "trung-uong"), at=world.at)
    assert (refusal.value.code, refusal.value.field) == (code, field)


def test_two_choices_never_hold_the_same_day_of_a_province(world: World) -> None:
    centre, today = actor_of(world, "trung-uong"), vietnam_date(world.at)
    forms.choose(_entry(world), by=centre, at=world.at)
    with pytest.raises(Refused) as refusal:
        forms.choose(
            _entry(world, form="CARD_1666", first_day=today + timedelta(days=9)),
            by=centre,
            at=world.at,
        )
    assert refusal.value.code == "E-FORM-OVERLAP"
    forms.choose(_entry(world, province_code="24"), by=centre, at=world.at)
    assert len(forms.choices(centre)) == 2


def test_ended_choice_counts_no_longer_and_one_not_begun_never_did(world: World) -> None:
    centre, today = actor_of(world, "trung-uong"), vietnam_date(world.at)
    running = forms.choose(_entry(world), by=centre, at=world.at)
    coming = forms.choose(
        _entry(world, province_code="24", first_day=today + timedelta(days=9)),
        by=centre,
        at=world.at,
    )
    tomorrow = world.at + timedelta(days=1)
    for choice_id in (running, coming):
        forms.end_choice(choice_id, by=centre, at=tomorrow)
        with pytest.raises(Refused, match="đã kết thúc"):
            forms.end_choice(choice_id, by=centre, at=tomorrow)
    assert forms.forms_in_use({"01"}, on=today, by=centre) == {"01": OLD}
    late = today + timedelta(days=30)
    assert forms.forms_in_use({"01", "24"}, on=late, by=centre) == {"01": NEW, "24": NEW}
    forms.choose(_entry(world, first_day=today + timedelta(days=1)), by=centre, at=tomorrow)
    with pytest.raises(NotFound):
        forms.end_choice(999_999, by=centre, at=tomorrow)


def test_only_the_centre_chooses_and_each_choice_is_in_the_log(world: World) -> None:
    for username in ("tinh-01", "so-the-01", "cntt"):
        with pytest.raises(NotAllowed):
            forms.choose(_entry(world), by=actor_of(world, username), at=world.at)
    choice_id = forms.choose(_entry(world), by=actor_of(world, "trung-uong"), at=world.at)
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT by, subject_id, detail->>'form' FROM audit_entry WHERE action = 'form.choose'"
        )
        assert cursor.fetchall() == [("officer:trung-uong", choice_id, "CARD_1313")]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE cards_formchoice SET form = 'CARD_1666'",
        "UPDATE cards_formchoice SET valid = daterange('2026-01-01', NULL)",
        "DELETE FROM cards_formchoice",
        "UPDATE cards_copy SET form = 'CARD_9'",
    ],
)
def test_database_keeps_a_choice_and_knows_its_forms(statement: str, world: World) -> None:
    forms.choose(_entry(world), by=actor_of(world, "trung-uong"), at=world.at)
    _printed(_active(world, "NGUYỄN MINH AN"), world.at + timedelta(days=1))
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(statement)
