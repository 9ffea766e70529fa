"""Bech32 (BIP 173) of whole bytes: keys as a line that a person can copy, with a check sum over every letter."""

from collections.abc import Iterable

_LETTERS = "qpzry9x8gf2tvdw0s3jn54khce6mua7l"
_GENERATORS = (0x3B6A57B2, 0x26508E6D, 0x1EA119FA, 0x3D4233DD, 0x2A1462B3)
_CHECK_LETTERS = 6
_BYTE, _LETTER = 8, 5


def encoded(prefix: str, raw: bytes) -> str:
    """`prefix`, a one, the bytes and the check sum, in lower case."""
    data = _regrouped(raw, _BYTE, _LETTER) or []
    if len(raw) * _BYTE % _LETTER:
        data.append((raw[-1] << (_LETTER - len(raw) * _BYTE % _LETTER)) & 31)
    check = _sum([*_expanded(prefix), *data, *[0] * _CHECK_LETTERS]) ^ 1
    letters = [check >> _LETTER * (5 - place) & 31 for place in range(_CHECK_LETTERS)]
    return f"{prefix}1" + "".join(_LETTERS[value] for value in [*data, *letters])


def decoded(prefix: str, text: str) -> bytes | None:
    """The bytes of a line in lower case with that prefix; None when a letter is wrong or it is something else."""
    head, _, tail = text.rpartition("1")
    values = [_LETTERS.find(letter) for letter in tail]
    if head != prefix or len(values) < _CHECK_LETTERS or -1 in values:
        return None
    if _sum([*_expanded(prefix), *values]) != 1:
        return None
    groups = _regrouped(values[:-_CHECK_LETTERS], _LETTER, _BYTE)
    return None if groups is None else bytes(groups)


def _expanded(prefix: str) -> list[int]:
    return [*(ord(c) >> 5 for c in prefix), 0, *(ord(c) & 31 for c in prefix)]


def _sum(values: Iterable[int]) -> int:
    check = 1
    for value in values:
        top = check >> 25
        check = (check & 0x1FFFFFF) << 5 ^ value
        for place, generator in enumerate(_GENERATORS):
            check ^= generator if top >> place & 1 else 0
    return check


def _regrouped(values: Iterable[int], bits: int, into: int) -> list[int] | None:
    """The same bits in groups of another size; what does not fill a group is left out, and must be zero when decoding."""
    held = count = 0
    groups = []
    for value in values:
        held, count = held << bits | value, count + bits
        while count >= into:
            count -= into
            groups.append(held >> count & (1 << into) - 1)
        held &= (1 << count) - 1
    is_decoding = into > bits
    return None if is_decoding and (held or count >= bits) else groups
