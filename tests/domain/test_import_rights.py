"""Whose rows a file may write and who sees it: an officer's own areas, and nothing of his neighbour's."""

import io
from contextlib import AbstractContextManager

import pytest

from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed, NotFound
from lienthong.persons import exports, imports, importviews
from lienthong.persons.exports import Asked
from tests import births
from tests.births import AT, BA_DINH, NGOC_HA, UNDECLARED
from tests.conftest import BecomeWeb
from tests.declared import officer, refusal
from tests.officers import SYSTEM, become
from tests.registers import applied, as_csv, compared, looked_at, member, row, sent, standing, told

pytestmark = pytest.mark.django_db


@pytest.fixture
def collector() -> Actor:
    """The collection officer of the unit of Ba Đình."""
    births.small_country()
    return officer("thu-ba-dinh", "collection", "01", "TE01001")


def _as(by: Actor, rows: list[dict[str, str]], kind: str = "collection") -> imports.Import:
    """The file as this officer sends it from a page, compared by the system."""
    become("lienthong_web")
    with _acting(by):
        key = sent(as_csv(rows), kind, by=by)
    become("lienthong_worker")
    return compared(key)


def _acting(by: Actor) -> AbstractContextManager[None]:
    return acting(by, at=AT)


def test_rows_outside_the_officers_area_are_refused_with_a_sentence(collector: Actor) -> None:
    found = _as(
        collector,
        [row("C1"), row("C2", commune_code=NGOC_HA), row("C3", commune_code=UNDECLARED), row("C4", commune_code="")],
    )  # fmt: skip
    assert told(found.id) == {
        3: ("E-AREA:commune_code",), 4: ("E-AREA:commune_code",), 5: ("E-AREA:province_code",),
    }  # fmt: skip
    lines = importviews.lines(found, "fault", by=SYSTEM)
    assert lines[0].said[0][2] == f"Mã xã «{NGOC_HA}» ngoài địa bàn của bạn."


def test_a_row_of_another_area_is_not_taken_over_by_its_reference(collector: Actor) -> None:
    applied([row("C1", commune_code=NGOC_HA)])
    assert told(_as(collector, [row("C1")]).id) == {2: ("E-REF-AREA:source_ref",)}


def test_a_household_of_another_area_takes_nobody_in(collector: Actor) -> None:
    applied([member("H1", "Trần Văn Một", "00", commune_code=NGOC_HA)], "household")
    found = _as(collector, [member("H2", "Lê Thị Hai", "01")], "household")
    assert told(found.id) == {2: ("E-HOUSEHOLD-AREA:household_code",)}


def test_a_closed_household_takes_nobody_in() -> None:
    births.small_country()
    applied([member("H1", "Trần Văn Một", "00")], "household")
    standing(
        "UPDATE persons_household SET closed_on = '2026-11-01', closed_by = 'system' RETURNING id"
    )
    found = looked_at([member("H2", "Lê Thị Hai", "01")], "household")
    assert told(found.id) == {2: ("E-HOUSEHOLD-CLOSED:household_code",)}


def test_our_own_reference_names_nobody_to_whom_it_is_not_ones_own(collector: Actor) -> None:
    applied([row("C1", commune_code=NGOC_HA)])
    (person,) = standing("SELECT id FROM persons_person")[0]
    found = _as(collector, [row(f"P{person}")])
    assert told(found.id) == {2: ("E-REF:source_ref",)}
    unlike = looked_at([row(f"P{person}", "Lê Thị Hai", birth_date="1999-01-01")])
    assert told(unlike.id) == {2: ("E-REF:source_ref",)}


def test_an_import_is_seen_by_whoever_answers_for_all_of_its_areas(
    collector: Actor, as_web_role: BecomeWeb
) -> None:
    neighbour = officer("thu-ngoc-ha", "collection", "01", "TE01002")
    province = officer("tinh-mot", "province", "01")
    own = _as(collector, [row("C1")])
    whole = looked_at([row("C2")])
    readers: list[tuple[Actor, int, bool]] = [
        (collector, own.id, True), (neighbour, own.id, False), (province, own.id, True),
        (collector, whole.id, False), (province, whole.id, False),
    ]  # fmt: skip
    for by, key, may in readers:
        with as_web_role(), _acting(by):
            if may:
                assert imports.one(key, by=by).id == key
            else:
                with pytest.raises(NotFound):
                    imports.one(key, by=by)
            shown = standing("SELECT count(*) FROM persons_importrow WHERE source_id = %s", key)
            parts = standing("SELECT count(*) FROM persons_importpart WHERE source_id = %s", key)
            assert (shown, parts) == ([(int(may),)], [(int(may),)])


def test_without_the_permission_nothing_is_sent_seen_or_taken_out(collector: Actor) -> None:
    del collector
    desk = officer("so-the-mot", "card_desk", "01", "TE01001")
    deeds = [
        lambda: sent(as_csv([row("C1")]), by=desk),
        lambda: imports.latest(desk),
        lambda: list(exports.lines(Asked("collection", "đối chiếu dữ liệu"), by=desk)),
    ]
    for deed in deeds:
        with pytest.raises(NotAllowed):
            deed()


def test_an_export_holds_what_the_officer_sees_and_is_logged_with_its_purpose(
    collector: Actor, as_web_role: BecomeWeb
) -> None:
    applied(
        [row("C1", insurance_number="0184000001"), row("C2", "Lê Văn Hai", commune_code=NGOC_HA)]
    )
    asked = Asked("collection", "đối chiếu dữ liệu quý 4")
    with as_web_role(), _acting(collector):
        stream = io.BytesIO()
        assert exports.write(stream, asked, by=collector, at=AT) == 1
    assert "C1" in stream.getvalue().decode()
    assert "C2" not in stream.getvalue().decode()
    assert standing(
        "SELECT by, detail::jsonb ->> 'purpose', detail::jsonb ->> 'rows' FROM audit_entry"
        " WHERE action = 'register.exported'"
    ) == [(collector.label, "đối chiếu dữ liệu quý 4", "1")]
    assert standing("SELECT subject_kind, purpose FROM audit_entry WHERE action = 'viewed'") == [
        ("person", "REGISTER_EXPORT")
    ]


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        (Asked("collection", "vì"), "PURPOSE"),
        (Asked("all", "đối chiếu dữ liệu"), "KIND"),
        (Asked("collection", "đối chiếu dữ liệu", ".pdf"), "E-FILE-KIND"),
        (Asked("collection", "đối chiếu dữ liệu", commune_code="12"), "COMMUNE"),
    ],
)
def test_an_export_without_what_it_needs_is_refused(asked: Asked, code: str) -> None:
    assert refusal(lambda: list(exports.lines(asked, by=SYSTEM))) == code


def test_whom_only_a_register_speaks_of_is_seen_where_it_speaks(
    collector: Actor, as_web_role: BecomeWeb
) -> None:
    neighbour = officer("thu-ngoc-ha", "collection", "01", "TE01002")
    applied([row("C1", insurance_number="0184000001", commune_code=BA_DINH)])
    for by, count in ((collector, 1), (neighbour, 0)):
        with as_web_role(), _acting(by):
            assert standing("SELECT count(*) FROM persons_person") == [(count,)]
            assert standing("SELECT count(*) FROM persons_number") == [(count,)]
