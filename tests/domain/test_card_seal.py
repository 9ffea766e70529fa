"""The QR of a card: nothing but what a current key signed is accepted, and nothing that was signed is lost (INV-21)."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import cbor2
import pytest
import zxingcpp
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from lienthong.cards import envelope, seal
from lienthong.cards.seal import (
    CardFacts,
    RevocationList,
    SealStatus,
    make_revocation_list,
    read_revocation_list,
    seal_text,
    verify_text,
)
from lienthong.gateways.keyring import Keyring, Purpose, add_key
from lienthong.kernel.errors import Refused

AT = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
ON = date(2026, 11, 21)
CARD = CardFacts(
    code="TE1010030000017",
    full_name="NGUYỄN MINH AN",
    birth_date=date(2026, 11, 12),
    sex="male",
    valid_from=date(2026, 11, 12),
    valid_to=date(2032, 11, 30),
    facility_code="01013",
    version=1,
)
ORDER_OF_ED25519 = 2**252 + 27742317777372353535851937790883648493


@pytest.fixture(scope="module")
def keyring_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("keys") / "keys.json"
    Keyring.open(place, create=True)
    return place


@pytest.fixture(scope="module")
def keyring(keyring_file: Path) -> Keyring:
    return Keyring.open(keyring_file, create=False)


@pytest.fixture(scope="module")
def keys(keyring: Keyring) -> dict[str, bytes]:
    return keyring.public_keys(Purpose.CARD)


@pytest.fixture(scope="module")
def nothing_revoked(keyring: Keyring, keys: dict[str, bytes]) -> RevocationList:
    return read_revocation_list(make_revocation_list([], keyring, at=AT), keys)


@pytest.fixture(scope="module")
def text(keyring: Keyring) -> str:
    return seal_text(CARD, keyring, at=AT)


def token_of(text: str) -> bytes:
    return envelope.from_base45(text.removeprefix(seal.PREFIX))


def text_of(token: bytes) -> str:
    return seal.PREFIX + envelope.base45(token)


def test_seal_when_untouched_gives_back_every_fact(
    text: str, keys: dict[str, bytes], nothing_revoked: RevocationList
) -> None:
    answer = verify_text(text, keys, nothing_revoked, on=ON)
    assert (answer.status, answer.facts, answer.is_valid) == (SealStatus.VALID, CARD, True)
    assert "30/11/2032" in answer.message_vi
    assert answer.list_day == AT.date()


def test_seal_when_any_single_bit_is_flipped_is_rejected(
    text: str, keys: dict[str, bytes], nothing_revoked: RevocationList
) -> None:
    token = token_of(text)
    for position in range(len(token) * 8):
        flipped = bytearray(token)
        flipped[position // 8] ^= 1 << (position % 8)
        answer = verify_text(text_of(bytes(flipped)), keys, nothing_revoked, on=ON)
        assert answer.facts is None, position
        assert answer.status in {
            SealStatus.FORGED,
            SealStatus.UNKNOWN_KEY,
            SealStatus.UNREADABLE,
        }


def test_seal_when_any_character_is_changed_dropped_or_doubled_is_rejected(
    text: str, keys: dict[str, bytes], nothing_revoked: RevocationList
) -> None:
    for place, character in enumerate(text):
        others = {"A", "0", " ", ":", character.lower(), "é"} - {character}
        variants = [text[:place] + other + text[place + 1 :] for other in others]
        variants += [text[:place] + text[place + 1 :], text[:place] + character + text[place:]]
        variants += [text[:place]]
        for variant in variants:
            if variant != text:
                assert verify_text(variant, keys, nothing_revoked, on=ON).facts is None, place


@given(garbage=st.text(max_size=300))
def test_verify_when_given_any_text_answers_and_never_raises(
    garbage: str, keys: dict[str, bytes]
) -> None:
    for candidate in (garbage, seal.PREFIX + garbage):
        assert verify_text(candidate, keys, None, on=ON).facts is None


@given(garbage=st.binary(max_size=200))
def test_verify_when_given_any_bytes_answers_and_never_raises(
    garbage: bytes, keys: dict[str, bytes]
) -> None:
    assert verify_text(text_of(garbage), keys, None, on=ON).facts is None


def test_seal_by_a_retired_key_still_verifies_after_a_new_key(
    tmp_path: Path, nothing_revoked: RevocationList
) -> None:
    place = tmp_path / "keys.json"
    Keyring.open(place, create=True)
    before = Keyring.open(place, create=False)
    old = seal_text(CARD, before, at=AT)
    add_key(place, Purpose.CARD, since=AT + timedelta(hours=1))
    after = Keyring.open(place, create=False)
    new = seal_text(CARD, after, at=AT + timedelta(hours=2))
    assert token_of(old)[:16] != token_of(new)[:16]
    for text in (old, new):
        answer = verify_text(text, after.public_keys(Purpose.CARD), nothing_revoked, on=ON)
        assert answer.status is SealStatus.VALID
    stranger = verify_text(new, before.public_keys(Purpose.CARD), nothing_revoked, on=ON)
    assert (stranger.status, stranger.facts) == (SealStatus.UNKNOWN_KEY, None)


def test_seal_by_a_key_for_another_purpose_is_unknown(keyring: Keyring, text: str) -> None:
    receipts = keyring.public_keys(Purpose.RECEIPT)
    assert verify_text(text, receipts, None, on=ON).status is SealStatus.UNKNOWN_KEY


@pytest.mark.parametrize(
    ("on", "status"),
    [
        (date(2026, 11, 11), SealStatus.NOT_YET),
        (date(2026, 11, 12), SealStatus.VALID),
        (date(2032, 11, 30), SealStatus.VALID),
        (date(2032, 12, 1), SealStatus.EXPIRED),
    ],
)
def test_seal_counts_from_its_first_to_its_last_day(
    on: date, status: SealStatus, text: str, keys: dict[str, bytes]
) -> None:
    answer = verify_text(text, keys, None, on=on)
    assert (answer.status, answer.facts) == (status, CARD)
    assert "Chưa đối chiếu" in answer.message_vi


def test_revoked_issue_is_refused_and_the_next_issue_is_not(
    keyring: Keyring, keys: dict[str, bytes], text: str
) -> None:
    revoked = read_revocation_list(make_revocation_list([(CARD.code, 1)], keyring, at=AT), keys)
    assert verify_text(text, keys, revoked, on=ON).status is SealStatus.REVOKED
    next_issue = seal_text(replace(CARD, version=2), keyring, at=AT)
    assert verify_text(next_issue, keys, revoked, on=ON).status is SealStatus.VALID
    other = seal_text(replace(CARD, code="TE1010030000025"), keyring, at=AT)
    assert verify_text(other, keys, revoked, on=ON).status is SealStatus.VALID


def test_revocation_when_the_card_has_expired_too_is_still_told(
    keyring: Keyring, keys: dict[str, bytes], text: str
) -> None:
    revoked = read_revocation_list(make_revocation_list([(CARD.code, 1)], keyring, at=AT), keys)
    assert verify_text(text, keys, revoked, on=date(2040, 1, 1)).status is SealStatus.REVOKED


def test_revocation_list_older_than_a_day_is_told(
    text: str, keys: dict[str, bytes], nothing_revoked: RevocationList
) -> None:
    fresh = verify_text(text, keys, nothing_revoked, on=AT.date() + timedelta(days=1))
    stale = verify_text(text, keys, nothing_revoked, on=AT.date() + timedelta(days=2))
    assert "đã cũ" not in fresh.message_vi
    assert "đã cũ (ngày 20/11/2026)" in stale.message_vi


def test_revocation_list_is_sorted_and_the_same_for_any_order_of_entries(keyring: Keyring) -> None:
    entries = [(f"TE101{number:010}", 1) for number in range(30_000_000, 30_000_050)]
    made = make_revocation_list(entries, keyring, at=AT)
    assert made == make_revocation_list([*reversed(entries), entries[0]], keyring, at=AT)
    assert CARD.code.encode() not in made


def test_revocation_list_when_any_bit_is_flipped_is_refused(
    keyring: Keyring, keys: dict[str, bytes]
) -> None:
    made = make_revocation_list([(CARD.code, 1), (CARD.code, 2)], keyring, at=AT)
    for position in range(len(made) * 8):
        flipped = bytearray(made)
        flipped[position // 8] ^= 1 << (position % 8)
        with pytest.raises(Refused) as refusal:
            read_revocation_list(bytes(flipped), keys)
        assert refusal.value.code == "E-REVOCATION-LIST"


def test_revocation_list_unsorted_under_a_true_signature_is_refused(
    keyring: Keyring, keys: dict[str, bytes]
) -> None:
    from lienthong.cards.revocation import DOMAIN, card_mark

    marks = sorted((card_mark(CARD.code, 1), card_mark(CARD.code, 2)), reverse=True)
    payload = cbor2.dumps([int(AT.timestamp()), b"".join(marks)])
    with pytest.raises(Refused):
        read_revocation_list(envelope.signed(DOMAIN, payload, keyring, at=AT), keys)


def test_revocation_list_and_card_never_pass_for_each_other(
    keyring: Keyring, keys: dict[str, bytes], text: str
) -> None:
    made = make_revocation_list([], keyring, at=AT)
    assert verify_text(text_of(made), keys, None, on=ON).status is SealStatus.FORGED
    with pytest.raises(Refused):
        read_revocation_list(token_of(text), keys)


def test_algorithm_named_in_the_header_is_not_believed(
    keyring: Keyring, keys: dict[str, bytes], text: str
) -> None:
    header, payload, signature = cbor2.loads(token_of(text))
    fields = cbor2.loads(header)
    for algorithm in (0, -8, -19, 5, "none"):
        named = cbor2.dumps({**fields, 1: algorithm}, canonical=True)
        domain = seal._DOMAIN
        for value in (signature, keyring.sign(Purpose.CARD, domain + named + payload).value, b""):
            token = cbor2.dumps([named, payload, value], canonical=True)
            assert verify_text(text_of(token), keys, None, on=ON).status is SealStatus.UNREADABLE, (
                algorithm
            )


def test_header_outside_the_signature_is_not_accepted(
    keyring: Keyring, keys: dict[str, bytes], text: str
) -> None:
    header, payload, _ = cbor2.loads(token_of(text))
    for message in (payload, seal._DOMAIN + payload, header + payload):
        value = keyring.sign(Purpose.CARD, message).value
        token = cbor2.dumps([header, payload, value])
        assert verify_text(text_of(token), keys, None, on=ON).status is SealStatus.FORGED


def test_seal_of_a_stranger_who_names_our_key_is_forged(text: str, keys: dict[str, bytes]) -> None:
    header, payload, _ = cbor2.loads(token_of(text))
    value = Ed25519PrivateKey.generate().sign(seal._DOMAIN + header + payload)
    token = cbor2.dumps([header, payload, value])
    assert verify_text(text_of(token), keys, None, on=ON).status is SealStatus.FORGED


def test_signature_in_its_second_form_is_rejected(text: str, keys: dict[str, bytes]) -> None:
    header, payload, signature = cbor2.loads(token_of(text))
    scalar = int.from_bytes(signature[32:], "little") + ORDER_OF_ED25519
    second = signature[:32] + scalar.to_bytes(32, "little")
    token = cbor2.dumps([header, payload, second])
    assert verify_text(text_of(token), keys, None, on=ON).status is SealStatus.FORGED


def test_equal_content_in_another_encoding_is_rejected(text: str, keys: dict[str, bytes]) -> None:
    token = token_of(text)
    header, payload, signature = cbor2.loads(token)
    long_length = b"\x83" + b"\x59" + len(header).to_bytes(2, "big") + header
    rest = token[1 + 1 + len(header) :]
    assert cbor2.loads(long_length + rest) == [header, payload, signature]
    indefinite = b"\x9f" + token[1:] + b"\xff"
    tagged = cbor2.dumps(cbor2.CBORTag(18, [header, payload, signature]))
    for variant in (long_length + rest, indefinite, tagged, token + b"\x00", token + b"\xf6"):
        answer = verify_text(text_of(variant), keys, None, on=ON)
        assert answer.status is SealStatus.UNREADABLE


def test_payload_in_another_encoding_is_rejected_even_when_signed(
    keyring: Keyring, keys: dict[str, bytes], text: str
) -> None:
    _, payload, _ = cbor2.loads(token_of(text))
    fields = cbor2.loads(payload)
    plain_name = [fields[0], CARD.full_name, *fields[2:]]
    for other in (
        cbor2.dumps(plain_name),
        cbor2.dumps([*fields, 0]),
        cbor2.dumps(fields[:-1]),
        cbor2.dumps([*fields[:5], -1, *fields[6:]]),
        cbor2.dumps([*fields[:-1], float(fields[-1])]),
        cbor2.dumps([*fields[:2], 10**12, *fields[3:]]),
        payload + b"\x00",
    ):
        signed = envelope.signed(seal._DOMAIN, other, keyring, at=AT)
        assert verify_text(text_of(signed), keys, None, on=ON).status is SealStatus.UNREADABLE


WORDS = st.text(st.sampled_from("aàăắâấbcdđeêếghiìklmnoôốơớpqrstuưứvxyỹ"), min_size=1, max_size=9)


@given(words=st.lists(WORDS, min_size=1, max_size=20), is_capital=st.booleans())
def test_seal_of_a_name_of_sixty_letters_fits_version_9_m(
    words: list[str], is_capital: bool, keyring: Keyring, keys: dict[str, bytes]
) -> None:
    name = " ".join(word if is_capital else word[0].upper() + word[1:] for word in words)[:60]
    name = (name.upper() if is_capital else name).strip()
    facts = replace(
        CARD, full_name=name, code="TE101003226000123", valid_from=date(2029, 1, 1), version=99
    )
    text = seal_text(facts, keyring, at=AT)
    assert len(text) <= 262
    qr = zxingcpp.create_barcode(text, zxingcpp.BarcodeFormat.QRCode, ec_level="M", version=9)
    assert qr.text == text
    assert verify_text(text, keys, None, on=date(2030, 1, 1)).facts == facts


def test_longest_seal_of_sixty_capitals_fits_version_9_m(keyring: Keyring) -> None:
    facts = replace(CARD, full_name="Ữ" * 60, code="TE101003226000123", version=99)
    assert len(seal_text(facts, keyring, at=AT)) <= 262


@st.composite
def any_cards(draw: st.DrawFn) -> CardFacts:
    any_text = st.text(
        st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=100
    )
    birth = draw(st.dates(date(1990, 1, 1), date(2100, 1, 1)))
    start = birth + timedelta(days=draw(st.integers(0, 3000)))
    return CardFacts(
        code=CARD.code,
        full_name=draw(any_text),
        birth_date=birth,
        sex=draw(st.sampled_from(["male", "female", "undetermined"])),
        valid_from=start,
        valid_to=start + timedelta(days=draw(st.integers(0, 3000))),
        facility_code=draw(st.sampled_from(["", "01013", "79A1B"])),
        version=draw(st.integers(1, 10**6)),
    )


@given(facts=any_cards())
def test_seal_of_any_card_gives_back_its_facts(
    facts: CardFacts, keyring: Keyring, keys: dict[str, bytes]
) -> None:
    answer = verify_text(seal_text(facts, keyring, at=AT), keys, None, on=facts.valid_from)
    assert (answer.status, answer.facts) == (SealStatus.VALID, facts)


@pytest.mark.parametrize(
    "wrong",
    [
        {"code": "TE1010123"},
        {"code": "te1010030000017"},
        {"full_name": ""},
        {"sex": "1"},
        {"valid_to": date(2026, 11, 11)},
        {"version": 0},
    ],
)
def test_seal_of_facts_no_card_can_carry_is_refused(
    wrong: dict[str, object], keyring: Keyring
) -> None:
    facts = replace(CARD, **wrong)  # type: ignore[arg-type]
    with pytest.raises(Refused) as refusal:
        seal_text(facts, keyring, at=AT)
    assert refusal.value.code == "E-SEAL-FACTS"
