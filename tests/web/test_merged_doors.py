"""A merged record at every door: its number, id and card lead to the card of the person who stands (INV-10)."""

import pytest
from django.test import Client

from tests import cards, doubles, hospitals
from tests.births import column, small_country
from tests.officers import become
from tests.web import eligibility
from tests.web.eligibility import FORM, document, headers
from tests.web.fhir import resource
from tests.web.giamdinh import look_up

pytestmark = pytest.mark.django_db
KEPT = ("NGUYỄN MINH AN", "12/11/2026", "2026-11-12")
LOST = ("NGUYỄN MINH ÂN", "13/11/2026", "2026-11-13")


@pytest.fixture
def keys() -> dict[str, str]:
    """The kept card's code, and every key of the record that was merged away; two officers merged them."""
    small_country()
    hospitals.hospital()
    first = cards.active(1)
    second = cards.active(2, nksHoTen=LOST[0], nksNgaySinh=LOST[1])
    people = [
        int(column("SELECT person_id FROM cards_card WHERE id = %s", it)[0])
        for it in (first, second)
    ]
    kept, lost = (
        str(column("SELECT code FROM cards_card WHERE id = %s", it)[0]) for it in (first, second)
    )
    doubles.merged(*people)
    assert column("SELECT status FROM cards_card ORDER BY id") == ["active", "revoked"]
    return {
        "kept": kept,
        "number": lost[5:],
        "id": "003226000002",
        "card": lost,
    }


@pytest.mark.rule("INV-10")
@pytest.mark.parametrize("written", [KEPT, LOST])
@pytest.mark.parametrize("key", ["number", "id", "card"])
def test_the_gateway_of_hospitals_answers_with_the_card_of_the_person(
    key: str, written: tuple[str, str, str], keys: dict[str, str]
) -> None:
    told = look_up(keys[key], written[0], written[1])
    assert keys["kept"] in {told["maThe"], told["maTheMoi"]}, told
    assert told["maKetQua"] in {"000", "003", "004"}, told


@pytest.mark.rule("INV-10")
@pytest.mark.parametrize("key", ["number", "id", "card"])
def test_eligibility_answers_with_the_card_of_the_person(key: str, keys: dict[str, str]) -> None:
    told = document(eligibility.ask(keys[key], LOST[0], LOST[2]))
    # It tells no code of a card; the record that was merged away has none in force.
    assert (told["status"], told["valid_to"]) == ("VALID", "2032-11-30"), told


@pytest.mark.rule("INV-10")
@pytest.mark.parametrize("key", ["number", "id", "card"])
def test_a_search_for_the_patient_finds_the_person(key: str, keys: dict[str, str]) -> None:
    asked = f"identifier={keys[key]}&name={LOST[0]}&birthdate={LOST[2]}".encode()
    found = resource(eligibility.send("/fhir/Patient/_search", asked, headers(FORM)))
    assert found["total"] == 1
    assert keys["kept"][5:] in str(found)


@pytest.mark.rule("INV-10")
@pytest.mark.parametrize("key", ["number", "id", "card"])
def test_a_family_that_types_the_old_key_finds_its_child(key: str, keys: dict[str, str]) -> None:
    become("lienthong_web")
    asked = {"cach": "the", "ma": keys[key], "ten": LOST[0], "sinh": LOST[1]}
    page = Client().post("/tra-cuu/", asked).content.decode()
    assert "Thẻ BHYT còn giá trị" in page
