"""Names as programs of the nineties wrote them: TCVN3 (ABC fonts) and VNI text, read by a program of today.

Only the way into the old code pages: what a name of theirs meant is not this module's business.
"""

import unicodedata

_TCVN3 = dict(
    zip(
        "àảãáạăằẳẵắặâầẩẫấậđèẻẽéẹêềểễếệìỉĩíịòỏõóọôồổỗốộơờởỡớợùủũúụưừửữứựỳỷỹýỵĂÂÊÔƠƯĐ",
        "µ¶·¸¹¨»¼½¾Æ©ÇÈÉÊË®ÌÎÏÐÑªÒÓÔÕÖ×ØÜÝÞßáâãä«åæçèé¬êëìíîïñòóô\u00adõö÷øùúûüýþ¡¢£¤¥¦§",
        strict=True,
    )
)
_VNI_TONES = {"\u0300": "ø", "\u0309": "û", "\u0303": "õ", "\u0301": "ù", "\u0323": "ï"}
_VNI_HATTED = {"\u0300": "à", "\u0309": "å", "\u0303": "ã", "\u0301": "á", "\u0323": "ä", "": "â"}
_VNI_BREVE = {"\u0300": "è", "\u0309": "ú", "\u0303": "ü", "\u0301": "é", "\u0323": "ë", "": "ê"}
_VNI_WHOLE = {"đ": "ñ", "í": "í", "ì": "ì", "ỉ": "æ", "ĩ": "ó", "ị": "ò", "ỵ": "î"}
_VNI_HORN = {"o": "ô", "u": "ö"}
_HAT, _BREVE, _HORN = "\u0302", "\u0306", "\u031b"


def to_tcvn3(name: str) -> str:
    """The name in TCVN3 seen as Latin-1. Capitals with a tone do not exist there: they become small letters."""
    return "".join(
        letter if letter.isascii() else _TCVN3.get(letter) or _TCVN3.get(letter.lower()) or letter
        for letter in unicodedata.normalize("NFC", name)
    )


def to_vni(name: str) -> str:
    """The name in VNI seen as Latin-1: a letter and its mark are two characters."""
    return "".join(_vni(letter) for letter in unicodedata.normalize("NFC", name))


def _vni(letter: str) -> str:
    if letter.isascii():
        return letter
    small = letter.lower()
    written = _VNI_WHOLE.get(small) or _vni_marked(small)
    return written.upper() if letter != small else written


def _vni_marked(small: str) -> str:
    parts = unicodedata.normalize("NFD", small)
    base, marks = parts[0], parts[1:]
    tone = next((mark for mark in marks if mark in _VNI_TONES), "")
    if _HAT in marks:
        return base + _VNI_HATTED[tone]
    if _BREVE in marks and base == "a":
        return base + _VNI_BREVE[tone]
    if _HORN in marks:
        return _VNI_HORN[base] + _VNI_TONES.get(tone, "")
    return base + _VNI_TONES[tone] if tone else small
