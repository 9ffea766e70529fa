"""From a stored message to a card that waits for approval: the way, its waits, and what arrives out of order."""

import itertools
from datetime import date, timedelta
from typing import Any

import pytest

from lienthong.births import queries
from lienthong.cards import actions as cards
from lienthong.database.scope import acting
from lienthong.dossiers import actions as dossiers
from tests import births
from tests.births import AT, BA_DINH, NGOC_HA, ON, UNDECLARED, column, message, rows, run, send

pytestmark = pytest.mark.django_db

STATES = "SELECT state FROM dossiers_dossier ORDER BY id"
WAY = [
    ("", "RECEIVED"),
    ("RECEIVED", "CREATED"),
    ("CREATED", "SENT_TNHS"),
    ("SENT_TNHS", "EXPORTED_TNHS"),
    ("EXPORTED_TNHS", "ARISEN"),
    ("ARISEN", "APPROVAL_REQUESTED"),
]


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()


def _trace(number: int = 1) -> dict[str, Any]:
    with acting(births.system(), at=AT):
        found = queries.trace(births.system(), f"LTKS-2026-{number:07}", on=ON)
        return found.as_json()


@pytest.mark.rule("001-1", "002-1")
def test_a_birth_becomes_a_requested_card_with_every_fact_the_law_gives() -> None:
    send(message())
    run()
    told = _trace()
    assert told["outcome"] == "accepted"
    assert told["registration"] == {
        "office": BA_DINH,
        "book": "01/2026",
        "number": "1",
        "year": 2026,
    }
    assert told["dossier"]["state"] == "APPROVAL_REQUESTED"
    assert told["dossier"]["due_on"] == "2026-11-25"
    assert told["unit"] == {
        "code": "TE01001",
        "name": "Đơn vị cấp thẻ TE01001",
        "commune_code": BA_DINH,
        "rule": "000-0",
    }
    number = told["person"]["insurance_number"]
    assert told["card"] == {
        "code": f"TE101{number}",
        "status": "requested",
        "valid_from": "2026-11-12",
        "valid_to": "2032-11-30",
        "five_year_on": "2031-11-12",
        "facility_code": "01013",
        "area_code": "",
    }
    assert [(e["from"] or "", e["to"]) for e in told["events"]] == WAY
    assert {e["by"] for e in told["events"]} == {"system"}


@pytest.mark.rule("001-2")
def test_a_missing_personal_id_never_holds_the_card() -> None:
    send(message(soDinhDanh=""), message(2, soDinhDanh="12345"))
    run()
    assert column(STATES) == ["APPROVAL_REQUESTED"] * 2
    assert column("SELECT personal_id FROM persons_person") == [None, None]
    assert column("SELECT count(*) FROM persons_identityrequest") == [2]


def test_an_undeclared_commune_parks_the_dossier_and_a_declaration_releases_it() -> None:
    send(message(nksNoiCuTru=births.living_in(UNDECLARED)))
    run()
    assert rows("SELECT state, reason, unit_id FROM dossiers_dossier") == [
        ("CREATE_FAILED", "UNIT_NOT_DECLARED", None)
    ]
    waiting = _trace()["dossier"]["waiting_for"]
    assert "680/BHXH-CNTT" in waiting
    assert "25/11/2026" in waiting
    births.declare("TE01003", UNDECLARED)
    run(AT + timedelta(hours=5))
    told = _trace()
    assert told["dossier"]["state"] == "APPROVAL_REQUESTED"
    assert told["dossier"]["received_at"] == AT.isoformat()
    assert told["dossier"]["due_on"] == "2026-11-25"


def test_two_units_for_one_commune_park_the_dossier_as_ambiguous() -> None:
    births.declare("TE01009", BA_DINH)
    send(message())
    run()
    assert rows("SELECT state, reason FROM dossiers_dossier") == [
        ("CREATE_FAILED", "UNIT_AMBIGUOUS")
    ]


def test_an_unknown_commune_is_held_and_resumes_by_itself() -> None:
    send(message(ndkksMaXa="99901", nksNoiCuTru=births.living_in("99901")))
    run()
    assert rows("SELECT state, code FROM births_message") == [("held", "H-AREA")]
    with acting(births.system(), at=AT):
        rows(
            "INSERT INTO catalogues_division (code, level, name, kind, parent_code, province_code, valid, instrument)"
            " VALUES ('99901', 'commune', 'Xã Mới', 'xã', '01', '01', daterange('2025-07-01', NULL), '') RETURNING 1"
        )
    births.declare("TE01099", "99901")
    run(AT + timedelta(days=2))
    assert column(STATES) == ["APPROVAL_REQUESTED"]
    assert column("SELECT received_at FROM dossiers_dossier") == [AT]


def test_repeats_change_nothing() -> None:
    send(message())
    run()
    before = births_state()
    for _ in range(2):
        send(message(), message())
        run()
    assert births_state() == before
    assert column("SELECT count(*) FROM births_message") == [1]


def births_state() -> list[Any]:
    """The live business rows without surrogate keys and times."""
    return [
        rows(
            "SELECT registration.commune_code, book, number, year, applied_version, cancelled_version, dossier.state,"
            " dossier.reason, dossier.child_name, dossier.resolved_commune_code"
            " FROM births_registration AS registration"
            " LEFT JOIN dossiers_dossier AS dossier ON dossier.id = registration.dossier_id ORDER BY 1, 2, 3, 4"
        ),
        rows(
            "SELECT full_name, born_on, sex, personal_id, entitled FROM persons_person"
            " WHERE id IN (SELECT person_id FROM dossiers_dossier WHERE state <> 'CANCELLED') ORDER BY 1, 2"
        ),
        rows(
            "SELECT full_name, valid, status, facility_code, commune_code FROM cards_card"
            " WHERE status NOT IN ('cancelled', 'revoked') ORDER BY 1, 2"
        ),
    ]


HISTORY = (
    message(1),
    message(1, message_id="M-2", kind="correct", version=2, nksHoTen="NGUYỄN MINH ANH"),
    message(
        1,
        message_id="M-3",
        kind="correct",
        version=3,
        nksNgaySinh="11/11/2026",
        nksHoTen="NGUYỄN MINH ANH",
        nksNoiCuTru=births.living_in(NGOC_HA),
    ),
)
CANCELLED = (*HISTORY[:2], message(1, message_id="M-4", kind="cancel", version=3))


@pytest.mark.parametrize("history", [HISTORY, CANCELLED], ids=["corrected", "cancelled"])
@pytest.mark.parametrize("is_stepwise", [True, False], ids=["stepwise", "at once"])
def test_the_end_is_the_same_in_every_order(history: Any, *, is_stepwise: bool) -> None:
    ends = []
    for offset, order in enumerate(itertools.permutations(history)):
        renumbered = [_as_child(content, 100 + offset) for content in (*order, order[0])]
        if is_stepwise:
            for content in renumbered:
                send(content)
                run()
        else:
            send(*renumbered)
            run()
        ends.append(_end_of(100 + offset))
    assert all(end == ends[0] for end in ends), ends


def _as_child(content: dict[str, Any], number: int) -> dict[str, Any]:
    data = content["data"] | {
        "soDangKy": str(number),
        "soDinhDanh": f"003226{number:06}",
        "maGCS": f"01013.GCS.{number:05}.26",
    }
    return content | {"message_id": f"{content['message_id']}-{number}", "data": data}


def _end_of(number: int) -> tuple[Any, ...]:
    state, card = (
        rows(
            "SELECT dossier.state, (SELECT (card.full_name, card.born_on, card.valid, card.commune_code)::text"
            "  FROM cards_card AS card WHERE card.dossier_id = dossier.id AND card.status = 'requested')"
            " FROM births_registration AS registration"
            " JOIN dossiers_dossier AS dossier ON dossier.id = registration.dossier_id"
            " WHERE registration.number = %s",
            str(number),
        )[0]
        if rows(
            "SELECT 1 FROM births_registration WHERE number = %s AND dossier_id IS NOT NULL",
            str(number),
        )
        else ("CANCELLED", None)
    )
    states = rows(
        "SELECT left(message_id, 3), state FROM births_message WHERE message_id LIKE %s ORDER BY 1, 2",
        f"%-{number}",
    )
    return state, card, states


@pytest.mark.rule("A1")
def test_a_correction_before_approval_asks_again_with_the_new_facts() -> None:
    send(message())
    run()
    send(HISTORY[2])
    run()
    assert column(STATES) == ["APPROVAL_REQUESTED"]
    assert rows("SELECT status, full_name, born_on FROM cards_card ORDER BY id") == [
        ("cancelled", "NGUYỄN MINH AN", date(2026, 11, 12)),
        ("requested", "NGUYỄN MINH ANH", date(2026, 11, 11)),
    ]
    assert column("SELECT count(*) FROM persons_number") == [1]
    assert column("SELECT count(*) FROM collection_entry WHERE voided_at IS NULL") == [1]


def _approve() -> None:
    officer = cards_officer()
    waiting = column("SELECT id FROM cards_card WHERE status = 'requested'")
    assert not cards.approve(waiting, by=officer, at=AT).refused


def cards_officer() -> Any:
    from lienthong.accounts.permissions import Role, permissions_of
    from lienthong.kernel.actor import Actor, ActorKind

    return Actor(
        "can-bo", ActorKind.OFFICER, permissions_of(Role.CARD_DESK), person_key=77, everywhere=True
    )


@pytest.mark.rule("A1")
def test_a_correction_after_approval_asks_an_officer_and_leaves_the_card() -> None:
    send(message())
    run()
    _approve()
    send(HISTORY[1])
    run()
    assert rows("SELECT status, full_name FROM cards_card") == [("active", "NGUYỄN MINH AN")]
    assert column("SELECT kind FROM dossiers_task") == ["T-CORRECTION-AFTER-CARD"]
    send(HISTORY[1] | {"message_id": "M-2b"})
    run()
    assert column("SELECT count(*) FROM dossiers_task") == [1]


@pytest.mark.rule("A3")
def test_a_cancellation_takes_the_card_away_and_keeps_the_number() -> None:
    send(message())
    run()
    _approve()
    send(message(1, message_id="M-4", kind="cancel", version=2))
    run()
    assert column(STATES) == ["CANCELLED"]
    assert column("SELECT status FROM cards_card") == ["revoked"]
    assert column("SELECT status FROM persons_number") == ["active"]


def test_a_higher_version_after_a_cancellation_may_have_a_card() -> None:
    send(message(), message(1, message_id="M-4", kind="cancel", version=2))
    run()
    assert column(STATES) in (["CANCELLED"], [])
    send(message(1, message_id="M-5", version=3))
    run()
    assert column("SELECT status FROM cards_card WHERE status = 'requested'") == ["requested"]


@pytest.mark.rule("001-8")
def test_a_late_id_from_a_correction_joins_the_child_without_a_task() -> None:
    send(message(soDinhDanh=""))
    run()
    _approve()
    send(message(1, message_id="M-2", kind="correct", version=2))
    run()
    assert column("SELECT personal_id FROM persons_person") == ["003226000001"]
    assert column("SELECT count(*) FROM dossiers_task") == [0]
    assert column("SELECT status FROM cards_card") == ["active"]


@pytest.mark.rule("001-6")
def test_the_same_child_in_two_communes_gets_one_card_and_a_task() -> None:
    send(message(), message(2, ndkksMaXa=NGOC_HA, soDinhDanh="003226000001"))
    run()
    assert sorted(column(STATES)) == ["APPROVAL_REQUESTED", "MANUAL_REVIEW"]
    assert column("SELECT kind FROM dossiers_task") == ["E-DUP-PERSON"]
    assert column("SELECT count(*) FROM cards_card") == [1]


@pytest.mark.rule("001-3")
def test_an_id_of_another_child_is_left_off_and_the_card_goes_on() -> None:
    send(message(), message(2, soDinhDanh="003226000001", nksHoTen="LÊ VĂN HÒA"))
    run()
    assert column(STATES) == ["APPROVAL_REQUESTED"] * 2
    assert sorted(column("SELECT kind FROM dossiers_task")) == ["E-PID-TAKEN"]


@pytest.mark.rule("001-6")
def test_twins_stay_two_children() -> None:
    send(
        message(1, nksHoTen="NGUYỄN MINH AN"),
        message(2, nksHoTen="NGUYỄN MINH ÂN", maGCS="01013.GCS.00001.26"),
    )
    run()
    assert column(STATES) == ["APPROVAL_REQUESTED"] * 2
    assert column("SELECT count(*) FROM dossiers_task") == [0]


def test_one_version_with_two_contents_stays_with_the_first_and_asks() -> None:
    send(message())
    run()
    send(message(1, message_id="M-9", nksHoTen="NGUYỄN MINH KHÁC"))
    run()
    assert column("SELECT full_name FROM persons_person") == ["NGUYỄN MINH AN"]
    assert column("SELECT kind FROM dossiers_task") == ["E-VERSION-CLASH"]
    assert column("SELECT births_outcome(state, code) FROM births_message ORDER BY id") == [
        "accepted",
        "conflict",
    ]


def test_an_exhausted_number_range_parks_the_dossiers_and_a_new_range_resumes_them() -> None:
    rows("SELECT set_config('role', session_user, true)")
    rows("SELECT setval('persons_number_serial', 9899999999)")
    rows("SELECT set_config('role', 'lienthong_worker', true)")
    send(message())
    run()
    assert rows("SELECT state, reason FROM dossiers_dossier") == [
        ("EXPORTED_TNHS", "NUMBER_EXHAUSTED")
    ]
    rows("SELECT set_config('role', session_user, true)")
    rows("SELECT setval('persons_number_serial', 2600000001)")
    rows("SELECT set_config('role', 'lienthong_worker', true)")
    run()
    assert column(STATES) == ["APPROVAL_REQUESTED"]


def test_too_many_cancellations_an_hour_wait_for_two_persons() -> None:
    send(*(message(n) for n in range(1, 31)))
    run()
    send(*(message(n, message_id=f"C-{n}", kind="cancel", version=2) for n in range(1, 31)))
    run()
    held = column("SELECT count(*) FROM births_message WHERE state = 'held' AND code = 'E-BRAKE'")
    assert held == [10]
    assert column("SELECT count(*) FROM dossiers_dossier WHERE state = 'CANCELLED'") == [20]


def test_the_books_balance_over_any_mixture() -> None:
    send(message(), b"{", message(2, nksHoTen=""), message(3, nksNgaySinh="31/02/2026"), b"[]")
    run()
    counted = sum(column("SELECT count(*) FROM births_message GROUP BY state"))
    assert counted == column("SELECT count(*) FROM births_message")[0]
    assert column("SELECT count(*) FROM births_message WHERE state = 'pending'") == [0]
    assert column("SELECT count(*) FROM database_outbox WHERE kind = 'justice.answer'") == column(
        "SELECT count(*) FROM births_message"
    )


def test_an_id_that_cannot_be_believed_is_a_task_until_it_is_settled() -> None:
    send(message(soDinhDanh=""))
    run()
    question = "UPDATE persons_identityrequest SET state = %s, answer_class = 'E-PID-MISMATCH' RETURNING id"
    with acting(births.system(), at=AT):
        rows(question, "quarantined")
    for expected in (1, 0):
        assert dossiers.follow_identity(by=births.system(), at=AT) == expected
    assert rows("SELECT kind, closed_at FROM dossiers_task") == [("E-PID-MISMATCH", None)]
    with acting(births.system(), at=AT):
        rows(question, "waiting")
    dossiers.follow_identity(by=births.system(), at=AT)
    assert column("SELECT closed_at FROM dossiers_task") == [AT]
    assert column(STATES) == ["APPROVAL_REQUESTED"]


@pytest.mark.rule("001-4")
def test_a_child_past_six_is_told_so_with_the_field() -> None:
    send(message(nksNgaySinh="12/11/2019"))
    run()
    assert rows("SELECT state, code, field FROM births_message") == [
        ("not_entitled", "N-AGE", "data.nksNgaySinh")
    ]
    assert column("SELECT count(*) FROM dossiers_dossier") == [0]
