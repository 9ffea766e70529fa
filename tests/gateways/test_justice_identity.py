"""The id a message is kept under, read from any bytes."""

from hypothesis import given
from hypothesis import strategies as st

from lienthong.gateways.justice_identity import OWN_PREFIX, identity_of, is_message_id, own_id
from tests.gateways.samples import body


def test_the_id_is_read_even_from_a_message_cut_short() -> None:
    assert identity_of(body()[:200]).message_id == "LTKS-2026-0000001"
    assert identity_of(b"\xef\xbb\xbf" + body())[:2] == ("LTKS-2026-0000001", "BTP")


def test_an_id_of_another_level_is_not_taken() -> None:
    identity = identity_of(b'{"data": {"message_id": "X-1"}}')
    assert (identity.given, identity.message_id[:9]) == (False, OWN_PREFIX)


def test_a_sender_cannot_take_an_id_of_ours() -> None:
    claimed = own_id(b"x")
    assert identity_of(body({"message_id": claimed})).message_id != claimed


def test_ids_of_other_alphabets_are_compared_as_they_are() -> None:
    assert is_message_id("Mã-1")
    assert is_message_id("Ma\u0303-1")
    assert not is_message_id("a\u200b")


@given(st.binary(max_size=300))
def test_any_bytes_get_a_fit_id_that_depends_on_them_alone(raw: bytes) -> None:
    identity = identity_of(raw)
    assert identity == identity_of(raw)
    assert identity.given == is_message_id(identity.message_id)
    assert identity.given or identity.message_id == own_id(raw)
