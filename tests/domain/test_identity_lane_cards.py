"""INV-12 along the whole way: children without an id get cards and numbers while the population database is broken."""

from datetime import timedelta
from typing import Any

import pytest

from lienthong.gateways.fakes import BROKEN, Citizen, Mode, PopulationTwin
from lienthong.persons import identity
from lienthong.persons.identity import SYSTEM
from tests import births
from tests.births import AT, column, message, rows, run, send
from tests.identity import BORN, Clock, a_client

pytestmark = pytest.mark.django_db

MANY = 8
CARDS = (
    "SELECT md5(coalesce(string_agg(to_jsonb(c)::text, '|' ORDER BY id), '')) FROM cards_card AS c"
)
NUMBERS = "SELECT md5(string_agg(to_jsonb(n)::text, '|' ORDER BY number)) FROM persons_number AS n"
DOSSIERS = "SELECT state FROM dossiers_dossier ORDER BY id"
IDS = "SELECT personal_id FROM persons_person ORDER BY id"
_GIVENS = ("AN", "BÌNH", "CHI", "DUNG", "GIANG", "HÀ", "KHOA", "LINH")


def _unnumbered(number: int) -> dict[str, Any]:
    return message(
        number,
        soDinhDanh="",
        nksHoTen=f"LÊ GIA {_GIVENS[number - 1]}",
        meSoDDCN=f"003196000{number:03}",
    )


def _citizens() -> list[Citizen]:
    return [
        Citizen(f"Lê Gia {given.title()}", BORN, "male", f"003226900{place:03}")
        for place, given in enumerate(_GIVENS)
    ]


@pytest.mark.rule("001-2", "001-8")
@pytest.mark.parametrize("mode", [*BROKEN, Mode.LATE])
def test_cards_come_in_time_without_ids_and_the_ids_come_without_cards(mode: Mode) -> None:
    births.small_country()
    clock = Clock()
    clock.at = AT
    twin = PopulationTwin(_citizens(), mode, late_after=10_000)
    client = a_client(twin, clock)
    for number in range(1, MANY + 1):
        send(_unnumbered(number), at=clock.at)
        run(clock.at)
        identity._round(client, at=clock.at, limit=50, by=SYSTEM)
        assert column(DOSSIERS) == ["APPROVAL_REQUESTED"] * number, "the card waits for no id"
        clock.wait(hours=9)
    # A liar who knows name, birth date and sex is found out by the digits of the id: they say another sex.
    assert column(IDS) == [None] * MANY
    before = column(CARDS), column(NUMBERS)
    assert column("SELECT count(*) FROM cards_card") == [MANY]
    twin.mode = Mode.HONEST
    clock.wait(minutes=55)
    for _ in range(40):
        identity._round(client, at=clock.at, limit=50, by=SYSTEM)
        clock.wait(seconds=15)
    right = [citizen.personal_id for citizen in _citizens()]
    assert column(IDS) == right
    run(clock.at)
    assert (column(CARDS), column(NUMBERS)) == before, (
        "an id that comes later changes no card and no number"
    )
    assert rows("SELECT DISTINCT state FROM persons_identityrequest") == [("answered",)]


@pytest.mark.rule("001-3")
def test_a_refused_answer_leaves_card_and_number_alone_and_is_there_to_be_seen() -> None:
    births.small_country()
    send(_unnumbered(1))
    run()
    before = column(CARDS), column(NUMBERS)
    clock = Clock()
    clock.at = AT + timedelta(minutes=1)
    twin = PopulationTwin(_citizens(), Mode.WRONG_CHILD)
    identity._round(a_client(twin, clock), at=clock.at, limit=50, by=SYSTEM)
    run(clock.at)
    assert (column(CARDS), column(NUMBERS)) == before
    assert column(IDS) == [None]
    assert rows("SELECT state, answer_class FROM persons_identityrequest") == [
        ("quarantined", "E-PID-MISMATCH")
    ]
