"""Registers that come as files: what a preview says, what is written, and that nothing is linked by a guess."""

import pytest

from lienthong.persons import imports
from tests import births
from tests.births import BA_DINH, NGOC_HA
from tests.declared import refusal
from tests.officers import SYSTEM
from tests.registers import (
    HOME,
    applied,
    as_csv,
    compared,
    looked_at,
    member,
    register,
    row,
    sent,
    standing,
    told,
)

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _country() -> None:
    births.small_country()


FAMILY = [
    member("H1", "Trần Văn Một", "00", insurance_number="0184000001", personal_id="001084000001", address="Số 5"),
    member("H2", "Lê Thị Hai", "01", sex="female", birth_date="1986-02-03", insurance_number="0186000002"),
    member("H3", "Trần Minh Ba", "08", birth_date="2015-09-01", mother_name="Lê Thị Hai"),
]  # fmt: skip


def _people(entries: bool = True) -> dict[object, object]:
    del entries
    return dict(
        standing("SELECT source_ref, person_id FROM persons_entry WHERE source = 'household'")
    )


def test_a_preview_counts_and_writes_nothing() -> None:
    before = register()
    found = looked_at(FAMILY, "household")
    assert found.state == "previewed"
    assert {key: found.counts[key] for key in ("rows", "fault", "new", "made", "missing")} == {
        "rows": 3, "fault": 0, "new": 3, "made": 3, "missing": 0,
    }  # fmt: skip
    assert register() == before


def test_a_household_is_made_with_its_members_and_their_numbers() -> None:
    found = applied(FAMILY, "household")
    assert (found.state, found.applied_line) == ("done", 4)
    assert standing("SELECT code, commune_code, address, origin FROM persons_household") == [
        (HOME, BA_DINH, "Số 5", "import")
    ]
    people = _people()
    assert standing("SELECT person_id, relation, origin FROM persons_member ORDER BY relation") == [
        (people["H1"], "00", "import"),
        (people["H2"], "01", "import"),
        (people["H3"], "08", "import"),
    ]
    assert standing("SELECT number, person_id, status, origin FROM persons_number ORDER BY 1") == [
        ("0184000001", people["H1"], "active", "import"),
        ("0186000002", people["H2"], "active", "import"),
    ]
    assert standing("SELECT personal_id FROM persons_person WHERE id = %s", people["H1"]) == [
        ("001084000001",)
    ]


def test_the_same_file_again_changes_nothing_and_says_that_it_was_here() -> None:
    first = applied(FAMILY, "household")
    before = register()
    again = looked_at(FAMILY, "household")
    assert (again.counts["unchanged"], again.counts["new"], again.counts["changed"]) == (3, 0, 0)
    earlier = imports.same_before(again, by=SYSTEM)
    assert earlier is not None
    assert earlier.id == first.id
    imports.confirm(again.id, by=SYSTEM, at=births.AT)
    compared(again.id)
    assert register() == before


def test_what_changed_is_said_column_by_column_and_written_as_this_sources_word_alone() -> None:
    applied(FAMILY, "household")
    changed = [{**FAMILY[0], "full_name": "Trần Văn Mốt", "relation": "03"}, *FAMILY[1:]]
    found = looked_at(changed, "household")
    assert found.counts["changed"] == 1
    assert found.counts["changes"] == {"full_name": 1, "relation": 1}
    assert standing("SELECT before FROM persons_importrow WHERE outcome = 'changed'") == [
        ('{"relation": "00", "full_name": "Trần Văn Một"}',)
    ]
    imports.confirm(found.id, by=SYSTEM, at=births.AT)
    compared(found.id)
    entry = standing(
        "SELECT full_name, relation, person_id FROM persons_entry WHERE source_ref = 'H1'"
    )
    assert entry[0][:2] == ("Trần Văn Mốt", "03")
    assert standing("SELECT full_name FROM persons_person WHERE id = %s", entry[0][2]) == [
        ("Trần Văn Một",)
    ]
    assert standing("SELECT relation FROM persons_member WHERE person_id = %s", entry[0][2]) == [
        ("00",)
    ]


def test_a_column_that_the_file_does_not_have_changes_nothing() -> None:
    applied(FAMILY, "household")
    columns = ("source_ref", "full_name", "commune_code", "household_code", "relation")
    found = compared(sent(as_csv(FAMILY, columns=columns), "household"))
    assert (found.counts["unchanged"], found.counts["changed"]) == (3, 0)
    renamed = [{**FAMILY[0], "full_name": "Trần Văn Mốt"}]
    found = compared(sent(as_csv(renamed, columns=columns), "household"))
    assert found.counts["changes"] == {"full_name": 1}
    imports.confirm(found.id, by=SYSTEM, at=births.AT)
    compared(found.id)
    assert standing(
        "SELECT full_name, birth_date, sex, personal_id, insurance_number, province_code FROM persons_entry"
        " WHERE source_ref = 'H1'"
    ) == [("Trần Văn Mốt", "1984-05-06", "male", "001084000001", "0184000001", "01")]


def test_rows_that_a_source_brought_before_and_does_not_now_are_counted_and_kept() -> None:
    applied(FAMILY, "household")
    found = applied(FAMILY[:2], "household")
    assert found.counts["missing"] == 1
    assert len(standing("SELECT 1 FROM persons_entry")) == 3


def test_the_two_registers_meet_in_one_person_by_id_or_number() -> None:
    applied(FAMILY, "household")
    people = _people()
    found = applied([
        row("C1", "Tran Van Mot", personal_id="001084000001"),
        row("C2", "LÊ THỊ HAI", sex="female", birth_date="03/02/1986", insurance_number="0186 000 002"),
    ])  # fmt: skip
    assert (found.counts["linked"], found.counts["made"]) == (2, 0)
    entries = dict(
        standing("SELECT source_ref, person_id FROM persons_entry WHERE source = 'collection'")
    )
    assert entries == {"C1": people["H1"], "C2": people["H2"]}


@pytest.mark.parametrize(
    ("cells", "remark"),
    [
        ({"insurance_number": "0184000001"}, "W-NUMBER-HELD:insurance_number"),
        ({"personal_id": "001084000001"}, "W-ID-HELD:personal_id"),
    ],
)
def test_a_key_of_somebody_unlike_is_never_moved(cells: dict[str, str], remark: str) -> None:
    applied(FAMILY, "household")
    stranger = row("C9", "Phạm Quốc Chín", birth_date="1970-01-01", **cells)
    found = applied([stranger])
    assert remark in told(found.id)[2]
    (person,) = standing("SELECT person_id FROM persons_entry WHERE source_ref = 'C9'")
    assert person[0] not in _people().values()
    assert standing("SELECT 1 FROM persons_number WHERE person_id = %s", person[0]) == []
    assert standing("SELECT personal_id FROM persons_person WHERE id = %s", person[0]) == [(None,)]


def test_somebody_alike_without_a_key_is_made_and_asked_about() -> None:
    applied(FAMILY, "household")
    found = applied([row("C3", "Trần Minh Ba", birth_date="2015-09-01", mother_name="Lê Thị Hai")])
    assert (found.counts["asked"], found.counts["linked"]) == (1, 0)
    (person,) = standing("SELECT person_id FROM persons_entry WHERE source_ref = 'C3'")
    child = _people()["H3"]
    assert standing("SELECT low_id, high_id, origin FROM persons_pair") == [
        (child, person[0], "register")
    ]


def test_an_id_and_a_number_of_two_records_of_one_person_are_asked_about() -> None:
    applied(
        [
            row("C1", personal_id="001084000001"),
            row("C2", insurance_number="0184000009", mother_name="A"),
        ]
    )
    two = [it[0] for it in standing("SELECT person_id FROM persons_entry ORDER BY source_ref")]
    assert len(set(two)) == 2
    applied(
        [
            member(
                "H1",
                "Trần Văn Một",
                "00",
                personal_id="001084000001",
                insurance_number="0184000009",
            )
        ],
        "household",
    )
    assert _people() == {"H1": two[0]}
    assert (two[0], two[1], "number", "two_keys") in standing(
        "SELECT low_id, high_id, origin, reason FROM persons_pair"
    ) or standing("SELECT low_id, high_id FROM persons_pair") == [(two[0], two[1])]


def test_one_person_twice_in_a_file_is_one_person() -> None:
    found = applied([row("C1", personal_id="001084000001"), row("C2", personal_id="001084000001")])
    assert told(found.id) == {3: ("W-REPEAT:",)}
    entries = standing("SELECT DISTINCT person_id FROM persons_entry")
    assert len(entries) == 1


def test_a_row_without_a_birth_date_meets_the_person_that_a_later_row_makes() -> None:
    rows = [
        row("C1", personal_id="001084000001", birth_date="1984"),
        row("C2", personal_id="001084000001"),
        row("C3", "Lê Văn Hai", insurance_number="0184000009", birth_date="1984"),
        row("C4", "Lê Văn Hai", insurance_number="0184000009"),
        row("C5", "Phạm Văn Ba", insurance_number="0184000009", birth_date="1984"),
    ]
    applied(rows)
    entries = dict(standing("SELECT source_ref, person_id FROM persons_entry"))
    assert entries["C1"] == entries["C2"]
    assert entries["C3"] == entries["C4"]
    assert entries["C5"] is None
    assert looked_at(rows).counts["changed"] == 0


def test_whoever_lives_elsewhere_is_left_there() -> None:
    applied(FAMILY, "household")
    moved = [{**FAMILY[2], "household_code": "HO-2", "source_ref": "H3"}]
    found = applied(moved, "household")
    assert told(found.id)[2] == ("W-ELSEWHERE:household_code",)
    assert standing(
        "SELECT home.code FROM persons_member AS living JOIN persons_household AS home ON home.id = living.household_id"
        " WHERE living.person_id = %s", _people()["H3"],
    ) == [(HOME,)]  # fmt: skip


def test_a_household_has_one_head_whatever_the_file_says() -> None:
    found = applied(
        [*FAMILY, member("H4", "Ngô Văn Tư", "00", birth_date="1999-01-01")], "household"
    )
    assert told(found.id)[5] == ("W-HEAD-TWICE:relation",)
    assert standing("SELECT count(*) FROM persons_member WHERE relation = '00'") == [(1,)]
    again = looked_at([member("H5", "Ngô Văn Năm", "00", birth_date="1999-02-01")], "household")
    assert told(again.id)[2] == ("W-HEAD:relation",)


def test_a_number_that_the_sequence_will_give_is_not_taken() -> None:
    first = standing(
        "SELECT seqstart FROM pg_sequence WHERE seqrelid = 'persons_number_serial'::regclass"
    )
    ahead = f"{int(str(first[0][0])) + 5:010}"
    found = applied([row("C1", insurance_number=ahead)])
    assert told(found.id) == {2: ("W-NUMBER-AHEAD:insurance_number",)}
    assert standing("SELECT 1 FROM persons_number") == []


def test_the_sequence_steps_over_numbers_that_somebody_holds() -> None:
    (last,) = standing("SELECT nextval('persons_number_serial')")[0]
    taken = int(str(last)) + 1
    applied([row("C1")])
    standing_person = standing("SELECT id FROM persons_person")[0][0]
    standing(
        "INSERT INTO persons_number (number, person_id, status, origin, taken_at)"
        " VALUES (%s, %s, 'active', 'import', now()) RETURNING number", f"{taken:010}", standing_person,
    )  # fmt: skip
    assert standing("SELECT persons_next_number()") == [(f"{taken + 1:010}",)]


def test_a_file_is_confirmed_once_and_dropped_only_before() -> None:
    found = looked_at(FAMILY, "household")
    imports.confirm(found.id, by=SYSTEM, at=births.AT)
    assert refusal(lambda: imports.confirm(found.id, by=SYSTEM, at=births.AT)) == "IMPORT-STATE"
    assert refusal(lambda: imports.drop(found.id, by=SYSTEM, at=births.AT)) == "IMPORT-STATE"
    other = looked_at([row("C1", commune_code=NGOC_HA)])
    imports.drop(other.id, by=SYSTEM, at=births.AT)
    assert refusal(lambda: imports.confirm(other.id, by=SYSTEM, at=births.AT)) == "IMPORT-STATE"
