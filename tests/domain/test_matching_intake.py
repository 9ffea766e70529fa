"""A child that may be known by weaker keys waits for an officer; twins, namesakes and members of a household do not."""

import json
import random
from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection

from lienthong.births import enrolment, matching
from lienthong.database.scope import acting
from lienthong.dossiers import actions as dossiers
from lienthong.kernel.names import fold_key
from lienthong.persons.matching import Facts, Verdict, facts_of_person, score
from tests.births import (
    AT,
    BA_DINH,
    NGOC_HA,
    column,
    living_in,
    message,
    rows,
    run,
    send,
    small_country,
)

pytestmark = pytest.mark.django_db
STATES = "SELECT state FROM dossiers_dossier ORDER BY id"


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    small_country()


def _without_papers(number: int = 2, **changes: Any) -> dict[str, Any]:
    """A second entry about child 1, without an id or a birth notice."""
    first = message()["data"]
    alike = {name: first[name] for name in ("meHoTen", "meSoDDCN", "chaHoTen", "nycHoTen")}
    return message(number, **({"soDinhDanh": "", "maGCS": ""} | alike | changes))


def _asked() -> list[dict[str, Any]]:
    return [
        {"kind": kind, **json.loads(detail)}
        for kind, detail in rows("SELECT kind, detail::text FROM dossiers_task ORDER BY id")
    ]


@pytest.mark.rule("001-6")
@pytest.mark.parametrize(
    ("changes", "level", "rule"),
    [
        ({}, 4, "R4-MOTHER"),
        ({"nksHoTen": "Nguyễn Minh An"}, 4, "R4-MOTHER"),
        ({"meSoDDCN": ""}, 5, "R5-COMMUNE"),
        ({"nksHoTen": "NGUYEN MINH AN"}, 6, "R6-WEIGHT"),
        ({"nksHoTen": "NGUYỄN AN"}, 6, "R6-WEIGHT"),
        ({"nksNgaySinh": "11/12/2025"}, None, ""),
    ],
    ids=[
        "mother's id",
        "other case",
        "mother and commune",
        "tones lost",
        "part left out",
        "another year",
    ],
)
def test_the_same_child_by_weaker_keys_is_held_with_the_score(
    changes: dict[str, Any], level: int | None, rule: str
) -> None:
    send(message())
    run()
    send(_without_papers(**changes))
    run()
    if level is None:
        assert column(STATES) == ["APPROVAL_REQUESTED"] * 2
        return
    assert column(STATES) == ["APPROVAL_REQUESTED", "MANUAL_REVIEW"]
    assert column("SELECT reason FROM dossiers_dossier ORDER BY id") == ["", "E-DUP-PERSON"]
    known = column("SELECT person_id FROM dossiers_dossier ORDER BY id")
    assert known[1] is None
    (asked,) = _asked()
    assert asked.pop("probability") > 0.9
    assert asked == {"kind": "E-DUP-PERSON", "other_person": known[0], "level": level, "rule": rule}
    assert column("SELECT count(*) FROM persons_person") == [1]


def test_an_exact_duplicate_says_its_level_too() -> None:
    send(message())
    run()
    send(message(2, soDinhDanh="003226000001"))
    run()
    (asked,) = _asked()
    assert (asked["probability"], asked["level"], asked["rule"]) == (1, 1, "R1-PERSONAL-ID")


def test_two_entries_of_one_child_in_one_batch_meet() -> None:
    send(message(), _without_papers())
    run()
    assert column(STATES) == ["APPROVAL_REQUESTED", "MANUAL_REVIEW"]
    assert [it["rule"] for it in _asked()] == ["R4-MOTHER"]


def test_day_and_month_swapped_meet_in_one_batch_and_in_two() -> None:
    send(
        message(nksNgaySinh="05/10/2026"),
        _without_papers(nksNgaySinh="10/05/2026", ngayDangKy="19/11/2026"),
    )
    run()
    assert column(STATES) == ["APPROVAL_REQUESTED", "MANUAL_REVIEW"]
    send(_without_papers(3, nksNgaySinh="10/05/2026", meSoDDCN=""))
    run()
    assert column(STATES) == ["APPROVAL_REQUESTED", "MANUAL_REVIEW", "MANUAL_REVIEW"]


@pytest.mark.rule("001-6")
@pytest.mark.parametrize(
    "changes",
    [
        {"nksHoTen": "NGUYỄN MINH ANH"},
        {"nksHoTen": "NGUYỄN GIA BẢO", "nksGioiTinh": 2},
        {"soDinhDanh": "003226000002"},
        {"nksHoTen": "NGUYỄN MINH ÂN", "maGCS": "01013.GCS.00002.26"},
    ],
    ids=["one letter", "another name", "an id of its own", "tones and a notice of its own"],
)
def test_children_of_one_delivery_go_on(changes: dict[str, Any]) -> None:
    send(message(), _without_papers(**changes))
    run()
    assert column(STATES) == ["APPROVAL_REQUESTED"] * 2
    assert _asked() == []


def test_a_namesake_of_the_day_in_the_commune_goes_on() -> None:
    send(message(), message(2, soDinhDanh="", maGCS=""))
    run()
    assert column(STATES) == ["APPROVAL_REQUESTED"] * 2


def test_the_commune_before_the_merger_is_the_same_place() -> None:
    old = column(
        "SELECT old_code FROM catalogues_succession WHERE new_code = %s AND old_code <> new_code AND share <> 'land_only'"
        " AND old_code <> %s ORDER BY old_code LIMIT 1",
        BA_DINH,
        NGOC_HA,
    )[0]
    send(message())
    run()
    known = column("SELECT person_id FROM dossiers_dossier")[0]
    at_home = facts_of_person([known], by=enrolment.system())[known]
    assert old in at_home.commune_kin
    assert at_home.commune_code in at_home.commune_kin
    assert NGOC_HA not in at_home.commune_kin
    alone = Facts(
        full_name="NGUYỄN MINH AN",
        born_on=at_home.born_on,
        sex="male",
        mother_name="TRẦN THỊ BÌNH",
        commune_code=old,
    )
    assert score(at_home, alone).rule == "R5-COMMUNE"


def _closed(outcome: str = "DONE") -> None:
    with acting(enrolment.system(), at=AT), connection.cursor() as cursor:
        cursor.execute("SELECT id FROM dossiers_task WHERE closed_at IS NULL")
        dossiers.settle_task(
            [row[0] for row in cursor.fetchall()],
            outcome,
            note="hai trẻ",
            by=enrolment.system(),
            at=AT,
        )
        cursor.execute(
            "UPDATE dossiers_dossier SET state = 'CREATED', reason = '' WHERE state = 'MANUAL_REVIEW'"
        )


def test_whom_an_officer_told_apart_is_not_asked_about_again() -> None:
    send(message(), _without_papers())
    run()
    _closed()
    run()
    assert column(STATES) == ["APPROVAL_REQUESTED"] * 2
    assert column("SELECT count(*) FROM persons_person") == [2]


def test_whom_an_officer_told_from_an_exact_duplicate_goes_on_too() -> None:
    send(message(), message(2, soDinhDanh="003226000001"))
    run()
    assert column(STATES) == ["APPROVAL_REQUESTED", "MANUAL_REVIEW"]
    _closed()
    run()
    assert column(STATES) == ["APPROVAL_REQUESTED"] * 2
    assert column("SELECT personal_id FROM persons_person ORDER BY id") == ["003226000001", None]
    assert [it["kind"] for it in _asked()] == ["E-DUP-PERSON", "E-PID-TAKEN"]


def test_a_second_question_about_a_child_is_a_task_of_its_own() -> None:
    send(message(), _without_papers(2, nksGioiTinh=1))
    run()
    _closed()
    run()  # child 2 is a person of its own now
    send(_without_papers(3))
    run()
    assert [it["level"] for it in _asked()] == [4, 4]
    _closed()
    run()
    assert column(STATES) == ["APPROVAL_REQUESTED", "APPROVAL_REQUESTED", "MANUAL_REVIEW"]
    others = [it["other_person"] for it in _asked()]
    assert len(others) == 3
    assert others[1] != others[2]


_MEMBER = """
    INSERT INTO persons_person (full_name, tone_key, fold_key, born_on, sex, nationality, personal_id_status,
        birth_notice_code, mother_name, mother_born, mother_personal_id, mother_insurance_number, father_name, father_born,
        father_personal_id, guardian_name, residence_commune_code, residence_text, entitled, made_at)
    VALUES (%(name)s, name_tone_key(%(name)s), name_fold_key(%(name)s), %(born)s, 'male', 'VN', '', '', %(mother)s, '',
        %(mother_id)s, '', '', '', '', '', %(commune)s, '', 'empty', %(at)s)
    RETURNING id
"""


def _member(**changes: Any) -> int:
    row = {
        "name": "Nguyễn Minh An", "born": date(2026, 11, 12), "mother": "Trần Thị Bình", "mother_id": "003196000456",
        "commune": BA_DINH, "at": AT,
    } | changes  # fmt: skip
    with acting(enrolment.system(), at=AT), connection.cursor() as cursor:
        cursor.execute(_MEMBER, row)
        return int(cursor.fetchone()[0])


def test_a_member_of_a_household_without_a_dossier_becomes_the_child() -> None:
    known = _member()
    send(message())
    run()
    assert column("SELECT person_id FROM dossiers_dossier") == [known]
    assert column(STATES) == ["APPROVAL_REQUESTED"]
    assert rows("SELECT personal_id, full_name, isempty(entitled) FROM persons_person") == [
        ("003226000001", "NGUYỄN MINH AN", False)
    ]
    assert column("SELECT count(*) FROM persons_number WHERE status = 'active'") == [1]
    assert _asked() == []


def test_a_member_who_is_less_sure_is_asked_about() -> None:
    known = _member(mother_id="")
    send(message())
    run()
    assert column(STATES) == ["MANUAL_REVIEW"]
    assert [(it["other_person"], it["rule"]) for it in _asked()] == [(known, "R5-COMMUNE")]


def test_two_members_alike_and_two_children_take_one_each_at_most() -> None:
    _member()
    send(message(), _without_papers())
    run()
    assert column(STATES) == ["APPROVAL_REQUESTED", "MANUAL_REVIEW"]
    assert column("SELECT count(*) FROM persons_person") == [1]


_GIVEN = ["AN", "ÂN", "ANH", "MỸ", "MĨ", "BẢO"]


def _drawn(rng: random.Random, number: int) -> dict[str, Any]:
    day = date(2026, 5, 4) + timedelta(days=rng.choice([0, 0, 0, 1, 40]))
    swapped = rng.random() < 0.15 and day.day <= 12
    born = f"{day.month:02}/{day.day:02}/2026" if swapped else f"{day.day:02}/{day.month:02}/2026"
    changes: dict[str, Any] = {
        "nksHoTen": rng.choice(["NGUYỄN MINH", "NGUYỄN", "LÊ THỊ"]) + " " + rng.choice(_GIVEN),
        "nksNgaySinh": born,
        "nksGioiTinh": rng.choice([1, 1, 2]),
        "soDinhDanh": rng.choice(["", "", f"003226{number:06}"]),
        "maGCS": rng.choice(["", f"01013.GCS.{rng.randrange(1, 4):05}.26"]),
        "meHoTen": rng.choice(["TRẦN THỊ BÌNH", "TRẦN THỊ CÚC", ""]),
        "meSoDDCN": rng.choice(["003196000456", "003196001669", ""]),
        "chaHoTen": rng.choice(["NGUYỄN VĂN CƯỜNG", "LÊ VĂN GIÁP"]),
    }
    if rng.random() < 0.4:
        changes["nksNoiCuTru"] = living_in(NGOC_HA)
    return message(number, **changes)


def _share_a_block(child: Facts, other: Facts) -> bool:
    """The blocks of alike.sql, in words of Python."""
    if child.born_on is None or other.born_on is None:
        return False
    days = {child.born_on}
    if child.born_on.day <= 12:
        days.add(date(child.born_on.year, child.born_on.day, child.born_on.month))
    fold, other_fold = (fold_key(it.full_name) for it in (child, other))
    is_of_mother = (
        bool(child.mother_personal_id) and child.mother_personal_id == other.mother_personal_id
    )
    near = (
        abs((child.born_on - other.born_on).days) <= 366
        or other.born_on in days
        or fold == other_fold
    )
    here = child.born_on == other.born_on and other.commune_code in child.commune_kin
    called = fold.split(" ")[-1] == other_fold.split(" ")[-1]
    mothered = child.mother_name != "" and child.mother_name.upper() == other.mother_name.upper()
    return (
        (is_of_mother and near)
        or (other.born_on in days and fold == other_fold)
        or (here and (called or mothered))
    )


@pytest.mark.parametrize("seed", range(4))
def test_the_search_in_sql_decides_as_the_reference_in_python(seed: int) -> None:
    rng = random.Random(seed)
    by = enrolment.system()
    for number in range(1, 26):
        before = facts_of_person(column("SELECT id FROM persons_person"), by=by)
        send(_drawn(rng, number))
        run()
        told = rows("SELECT id, state, person_id FROM dossiers_dossier ORDER BY id DESC LIMIT 1")
        if not told:
            continue
        dossier_id, state, _ = told[0]
        child = matching.facts_of_dossier([dossier_id], by=by)[dossier_id]
        scored = {it: score(child, other) for it, other in before.items()}
        blocked = {it for it, other in before.items() if _share_a_block(child, other)}
        same = [it for it, how in scored.items() if how.verdict is Verdict.SAME]
        asked = {
            it: how for it, how in scored.items() if how.verdict is Verdict.ASK and it in blocked
        }
        if same or asked:
            assert state == "MANUAL_REVIEW", (child, scored)
        else:
            assert state == "APPROVAL_REQUESTED", (child, scored)
        if asked and not same:
            best = min(asked, key=lambda it: (-asked[it].weight, it))
            (detail,) = column("SELECT detail FROM dossiers_task WHERE dossier_id = %s", dossier_id)
            detail = json.loads(detail) if isinstance(detail, str) else detail
            assert (detail["other_person"], detail["rule"]) == (best, asked[best].rule)
