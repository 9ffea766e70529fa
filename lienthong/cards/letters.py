"""A Vietnamese name as one integer, about 6.7 bits a letter, so that a name of sixty fits a small QR.

Exact both ways or not at all: a name with a letter outside the alphabet is left to plain UTF-8 by the caller.
"""

_VOWELS = "aàảãáạăằẳẵắặâầẩẫấậeèẻẽéẹêềểễếệiìỉĩíịoòỏõóọôồổỗốộơờởỡớợuùủũúụưừửữứựyỳỷỹýỵ"
_CONSONANTS = "bcdđfghjklmnpqrstvwxzčñ"
_BETWEEN = " '-.,"
_BREVES = "ĕĭŏŭ\u0306\u0302"
"""Letters of Ê-đê, Gia-rai and Mnông; the two marks are combined where no single letter exists (ơ̆, ŏ̂)."""
ALPHABET = _VOWELS + _CONSONANTS + _BETWEEN + _BREVES
"""Append only: the place of a letter is its number on every card already printed."""
_NUMBER = {letter: number for number, letter in enumerate(ALPHABET, start=1)}
_SHIFT = len(ALPHABET) + 1
_BASE = _SHIFT + 1
_TITLE, _CAPITALS = 0, 1


def packed(name: str) -> int | None:
    """The name as a positive integer; None when it is empty or has a letter outside the alphabet."""
    if not name or any(letter.lower() not in _NUMBER for letter in name):
        return None
    styles = (_symbols(name, _TITLE), _symbols(name, _CAPITALS))
    style = _CAPITALS if len(styles[_CAPITALS]) < len(styles[_TITLE]) else _TITLE
    number = 0
    for symbol in reversed(styles[style]):
        number = number * _BASE + symbol
    return number * 2 + style


def unpacked(number: int) -> str:
    """The name of a packed integer. Raises ValueError for an integer that no name packs to."""
    rest, style = divmod(number, 2)
    letters: list[str] = []
    before, is_shifted = " ", False
    while rest > 0:
        rest, symbol = divmod(rest, _BASE)
        if symbol == _SHIFT:
            is_shifted = True
            continue
        if symbol == 0:
            msg = "not a packed name"
            raise ValueError(msg)
        letter = ALPHABET[symbol - 1]
        is_capital = _is_capital_expected(before, style) is not is_shifted
        letters.append(letter.upper() if is_capital else letter)
        before, is_shifted = letter, False
    name = "".join(letters)
    if packed(name) != number:
        msg = "not a packed name"
        raise ValueError(msg)
    return name


def _symbols(name: str, style: int) -> list[int]:
    symbols: list[int] = []
    before = " "
    for written in name:
        letter = written.lower()
        has_case = letter != letter.upper()
        if has_case and (written != letter) is not _is_capital_expected(before, style):
            symbols.append(_SHIFT)
        symbols.append(_NUMBER[letter])
        before = letter
    return symbols


def _is_capital_expected(before: str, style: int) -> bool:
    return style == _CAPITALS or before in _BETWEEN
