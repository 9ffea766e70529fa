"""What a card's token is made of: packed names, Base45, and the bundle of public keys."""

import json
import unicodedata
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lienthong.cards import envelope, letters
from lienthong.cards.seal import (
    CardFacts,
    SealStatus,
    export_public_keys,
    read_public_keys,
    seal_text,
    verify_text,
)
from lienthong.gateways.keyring import Keyring
from lienthong.kernel.errors import Refused

AT = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
ON = date(2026, 11, 21)
BORN = date(2026, 11, 12)
CARD = CardFacts("TE1010030000017", "AN", BORN, "male", BORN, date(2032, 11, 30), "01013", 1)


@pytest.fixture(scope="module")
def keyring(tmp_path_factory: pytest.TempPathFactory) -> Keyring:
    place = tmp_path_factory.mktemp("keys") / "keys.json"
    return Keyring.open(place, create=True)


VIETNAMESE = st.sampled_from(letters.ALPHABET + "".join(c.upper() for c in letters.ALPHABET))
NAMES = st.text(VIETNAMESE, min_size=1, max_size=60)


@given(name=NAMES)
def test_name_of_vietnamese_letters_is_packed_exactly(name: str) -> None:
    number = letters.packed(name)
    assert number is not None
    assert letters.unpacked(number) == name


@given(number=st.integers(min_value=0, max_value=2**200))
def test_number_that_no_name_packs_to_is_refused(number: int) -> None:
    try:
        name = letters.unpacked(number)
    except ValueError:
        return
    assert letters.packed(name) == number


def test_alphabet_names_each_letter_once_in_composed_form() -> None:
    assert len(set(letters.ALPHABET)) == len(letters.ALPHABET)
    assert unicodedata.normalize("NFC", letters.ALPHABET) == letters.ALPHABET
    assert letters.ALPHABET.lower() == letters.ALPHABET


def test_key_bundle_alone_is_enough_to_verify(keyring: Keyring) -> None:
    bundle = export_public_keys(keyring)
    assert "private" not in bundle
    text = seal_text(CARD, keyring, at=AT)
    assert verify_text(text, read_public_keys(bundle), None, on=ON).status is SealStatus.VALID


@pytest.mark.parametrize("wrong", ["format", "algorithm", "short", "double", "text"])
def test_key_bundle_that_is_none_is_refused(wrong: str, keyring: Keyring) -> None:
    document = json.loads(export_public_keys(keyring))
    if wrong == "format":
        document["format"] = 2
    elif wrong == "algorithm":
        document["keys"][0]["algorithm"] = "none"
    elif wrong == "short":
        document["keys"][0]["public"] = "AAAA"
    elif wrong == "double":
        document["keys"].append({**document["keys"][0], "id": "another"})
    bundle = "{" if wrong == "text" else json.dumps(document)
    with pytest.raises(Refused) as refusal:
        read_public_keys(bundle)
    assert refusal.value.code == "E-KEY-BUNDLE"


@given(raw=st.binary(max_size=300))
def test_base45_is_exact_both_ways(raw: bytes) -> None:
    assert envelope.from_base45(envelope.base45(raw)) == raw


def test_base45_writes_the_examples_of_rfc_9285() -> None:
    assert envelope.base45(b"AB") == "BB8"
    assert envelope.base45(b"Hello!!") == "%69 VD92EX0"
    assert envelope.base45(b"base-45") == "UJCLQE7W581"
    for wrong in ("GGW", ":::", "A", "::", "BB8a"):
        with pytest.raises(envelope.Unreadable):
            envelope.from_base45(wrong)
