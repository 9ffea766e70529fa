"""The format of backups: what is written opens again and elsewhere; what is changed, cut short or another's does not."""

import base64
import io
import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lienthong.gateways import agefile, bech32, keyshares
from lienthong.gateways.agefile import PIECE, Identity, Reader, Writer
from lienthong.kernel.errors import Refused

SECRET = "AGE-SECRET-KEY-1RR6MJJ0TAKD66F0VHWHD5FPAKA6NMNPPLYTVR454460MKDJWHEKSK8GJM2"
RECIPIENT = "age1cqcreh33g6dqsdjsr4cwnm5q4ra08nz4zmdtae4x45a7uf86xpcqxypkj9"
FOREIGN = (
    "YWdlLWVuY3J5cHRpb24ub3JnL3YxCi0+IFgyNTUxOSBsVmRsUCtKMmVrOTVCc2lDeVpubEkzRWRWRkxSbEYxcGtSNUFVeEVTUmxBCjZQ"
    "bythTEMxNjlQNUMwOXI0bDB0RCsxaWUzS3JMTVl2WVN5R1RsRkpVUlEKLT4gKiMtZ3JlYXNlIEJzZ3l0CjFjS2hIdwotLS0gdURaNWtU"
    "WjZzeU5HN2tJem0wUGl4YXBBbXpSeU5Ed1g0dXViTGJveEJMUQpjZGt7qYR+Czhw7n/zOLjO517C8iodHglIQAK9J81eOA5UbXbwd/yW"
    "x33j6E4xZT3hCyzoWyEPX1cjTjE25Z0X1VN6ZQ=="
)
"""Written by another program that knows the format, for RECIPIENT, with a line that a reader must pass over."""


def _written(content: bytes, *recipients: str, step: int = 70_000) -> bytes:
    sink = io.BytesIO()
    writer = Writer(sink, recipients or (RECIPIENT,))
    for start in range(0, len(content), step):
        writer.write(content[start : start + step])
    writer.finish()
    return sink.getvalue()


def _read(file: bytes, identity: Identity | None = None) -> bytes:
    return b"".join(agefile.read(io.BytesIO(file), identity or Identity.read(SECRET)))


@pytest.mark.parametrize("size", [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 3 * PIECE + 7])
def test_what_is_written_opens_for_each_recipient(size: int) -> None:
    content = random.Random(size).randbytes(size)
    other = Identity.new()
    file = _written(content, other.recipient, RECIPIENT)
    assert _read(file) == _read(file, other) == content
    assert io.BufferedReader(Reader(io.BytesIO(file), other)).read() == content


def test_file_of_another_program_opens() -> None:
    assert _read(base64.b64decode(FOREIGN)).decode() == "Xin chào, đây là bản sao lưu."


def test_identity_and_recipient_are_the_lines_that_others_write() -> None:
    identity = Identity.read(f"# made by hand\n{SECRET}\n")
    assert (identity.secret_line(), identity.recipient) == (SECRET, RECIPIENT)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10_000_000), st.integers(0, 7))
def test_one_flipped_bit_is_found(place: int, bit: int) -> None:
    file = bytearray(_written(b"con" * 30_000))
    file[place % len(file)] ^= 1 << bit
    with pytest.raises(Refused):
        _read(bytes(file))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 10_000_000))
def test_file_cut_short_is_found(place: int) -> None:
    file = _written(b"x" * (2 * PIECE))
    with pytest.raises(Refused):
        _read(file[: place % len(file)])


def test_pieces_in_another_order_are_found() -> None:
    file = _written(random.Random(1).randbytes(4 * PIECE))
    piece = PIECE + 16
    head, body = file[: -4 * piece], file[-4 * piece :]
    swapped = body[piece : 2 * piece] + body[:piece] + body[2 * piece :]
    with pytest.raises(Refused) as refused:
        _read(head + swapped)
    assert refused.value.code == "E-BACKUP-BROKEN"


def test_another_identity_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        _read(_written(b"x"), Identity.new())
    assert refused.value.code == "E-BACKUP-IDENTITY"


@pytest.mark.parametrize(
    "wrong", ["", "age1", RECIPIENT[:-1] + "q", RECIPIENT.replace("age", "aga")]
)
def test_wrong_recipient_is_refused(wrong: str) -> None:
    with pytest.raises(Refused):
        _written(b"x", wrong)


def test_nothing_is_written_for_nobody() -> None:
    with pytest.raises(Refused):
        Writer(io.BytesIO(), ())


@given(st.binary(max_size=60))
def test_bech32_comes_back_and_finds_a_wrong_letter(raw: bytes) -> None:
    line = bech32.encoded("age", raw)
    assert bech32.decoded("age", line) == raw
    changed = line[:-1] + ("q" if line[-1] != "q" else "p")
    assert bech32.decoded("age", changed) is None


# ---------------------------------------------------------------- two of three


@given(st.binary(min_size=1, max_size=300))
def test_any_two_shares_are_the_secret_and_one_alone_is_not(secret: bytes) -> None:
    shares = keyshares.split(secret)
    for left in range(3):
        for right in range(3):
            if left == right:
                with pytest.raises(Refused):
                    keyshares.join([shares[left], shares[right]])
            else:
                assert keyshares.join([shares[left], shares[right]]) == secret
    assert all(
        base64.b64encode(secret).decode() not in share for share in shares if len(secret) > 8
    )


def test_shares_of_two_splits_do_not_join() -> None:
    with pytest.raises(Refused):
        keyshares.join([keyshares.split(b"one secret")[0], keyshares.split(b"one secret")[1]])


def test_changed_share_is_refused() -> None:
    first, second, _ = keyshares.split(b"a secret of some length")
    with pytest.raises(Refused):
        keyshares.join([first.replace('"holder": 1', '"holder": 7'), second])
    with pytest.raises(Refused):
        keyshares.join(["{}", second])
