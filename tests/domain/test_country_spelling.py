"""Other spellings of a name, as keyboards, clerks and old code pages make them."""

import random
import unicodedata

import pytest

from lienthong.kernel.names import fold_key, tone_key
from lienthong.simulation.country import encodings, spelling
from lienthong.simulation.names import model

_TCVN3_UNICODE = {
    "µ": "à", "¶": "ả", "·": "ã", "¸": "á", "¹": "ạ", "¨": "ă", "»": "ằ", "¼": "ẳ", "½": "ẵ", "¾": "ắ", "Æ": "ặ",
    "©": "â", "Ç": "ầ", "È": "ẩ", "É": "ẫ", "Ê": "ấ", "Ë": "ậ", "®": "đ", "Ì": "è", "Î": "ẻ", "Ï": "ẽ", "Ð": "é",
    "Ñ": "ẹ", "ª": "ê", "Ò": "ề", "Ó": "ể", "Ô": "ễ", "Õ": "ế", "Ö": "ệ", "×": "ì", "Ø": "ỉ", "Ü": "ĩ", "Ý": "í",
    "Þ": "ị", "ß": "ò", "á": "ỏ", "â": "õ", "ã": "ó", "ä": "ọ", "«": "ô", "å": "ồ", "æ": "ổ", "ç": "ỗ", "è": "ố",
    "é": "ộ", "¬": "ơ", "ê": "ờ", "ë": "ở", "ì": "ỡ", "í": "ớ", "î": "ợ", "ï": "ù", "ñ": "ủ", "ò": "ũ", "ó": "ú",
    "ô": "ụ", "\u00ad": "ư", "õ": "ừ", "ö": "ử", "÷": "ữ", "ø": "ứ", "ù": "ự", "ú": "ỳ", "û": "ỷ", "ü": "ỹ",
    "ý": "ý", "þ": "ỵ", "¡": "Ă", "¢": "Â", "£": "Ê", "¤": "Ô", "¥": "Ơ", "¦": "Ư", "§": "Đ",
}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Nguyễn Thị Hòa", "NguyÔn ThÞ Hßa"),
        ("Đặng Ước", "§Æng ¦íc"),
        ("Phùng Đức Ơn", "Phïng §øc ¥n"),
        # No accented capitals there: they come out small, as fonts of the time showed them.
        ("NGUYỄN THỊ HOA", "NGUYÔN THÞ HOA"),
        ("Lê An", "Lª An"),
    ],
)
def test_tcvn3_is_written_as_it_was(name: str, written: str) -> None:
    assert encodings.to_tcvn3(name) == written


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("Nguyễn Thị Hòa", "Nguyeãn Thò Hoøa"),
        ("NGUYỄN THỊ HOA", "NGUYEÃN THÒ HOA"),
        ("Đặng Ngọc Mỹ", "Ñaëng Ngoïc Myõ"),
        ("Võ Thị Thủy", "Voõ Thò Thuûy"),
        ("Trương Vĩ", "Tröông Vó"),
        ("Lý Bình Phước", "Lyù Bình Phöôùc"),
    ],
)
def test_vni_is_written_as_it_was(name: str, written: str) -> None:
    assert encodings.to_vni(name) == written


def test_tcvn3_loses_nothing_but_capitals() -> None:
    rng, names = random.Random(4), model()
    for _ in range(3_000):
        name = names.child(rng, "female")
        back = "".join(_TCVN3_UNICODE.get(letter, letter) for letter in encodings.to_tcvn3(name))
        assert back.lower() == name.lower()


def test_vni_tells_names_apart_that_are_apart() -> None:
    rng, names = random.Random(4), model()
    drawn = {names.child(rng, "male") for _ in range(8_000)}
    assert len({encodings.to_vni(name) for name in drawn}) == len(drawn)
    assert all(ord(letter) < 256 for name in drawn for letter in encodings.to_vni(name))


@pytest.mark.parametrize(
    ("name", "moved"),
    [
        ("Hòa", "Hoà"),
        ("Hoà", "Hòa"),
        ("Nguyễn Thị Thủy", "Nguyễn Thị Thuỷ"),
        ("THÚY", "THUÝ"),
        ("Khỏe", "Khoẻ"),
        ("Quý", "Quý"),
        ("Hoài", "Hoài"),
        ("Hoàng", "Hoàng"),
        ("Hoa", "Hoa"),
        ("Huỳnh", "Huỳnh"),
    ],
)
def test_tones_move_where_both_places_are_in_use(name: str, moved: str) -> None:
    assert spelling.tone_moved(name) == moved
    assert tone_key(moved) == tone_key(name)


@pytest.mark.parametrize(
    ("name", "other"),
    [
        ("Trần Mỹ", "Trần Mĩ"),
        ("Trần Quí", "Trần Quý"),
        ("Trần Vy", "Trần Vi"),
        ("TRẦN KỲ", "TRẦN KÌ"),
        ("Trần Thy", "Trần Thi"),
        ("Lý Chi", "Lý Chi"),
        ("Trần Thúy", "Trần Thúy"),
        ("Mỹ", "Mỹ"),
    ],
)
def test_i_stands_for_y_where_both_are_in_use(name: str, other: str) -> None:
    assert spelling.i_for_y(name) == other


def test_dropped_tones_are_gone_and_nothing_else() -> None:
    rng = random.Random(1)
    drawn = {spelling.tones_dropped(rng, "Đỗ Nguyễn Phương") for _ in range(40)}
    assert drawn == {"Do Nguyen Phuong", "Đô Nguyên Phương"}


def test_a_dropped_syllable_is_an_inner_one() -> None:
    rng = random.Random(1)
    assert {spelling.syllable_dropped(rng, "Lê Thị Mai Anh") for _ in range(40)} == {
        "Lê Mai Anh",
        "Lê Thị Anh",
    }
    assert spelling.syllable_dropped(rng, "Lê Anh") == "Lê Anh"
    assert spelling.syllable_dropped(rng, "Amôt") == "Amôt"


@pytest.mark.parametrize("name", ["Nguyễn Văn Dũng", "TRẦN MINH AN", "Blum", "Y Un", "Ơ̆n", "Y"])
def test_a_typo_is_another_name_of_nearly_the_same_letters(name: str) -> None:
    rng = random.Random(1)
    for _ in range(300):
        slipped = spelling.typo(rng, name)
        assert slipped != name
        assert abs(len(unicodedata.normalize("NFC", slipped)) - len(name)) <= 1
        assert len(slipped.split()) == len(name.split())


def test_hoi_for_nga_is_the_commonest_typo() -> None:
    rng = random.Random(1)
    drawn = [spelling.typo(rng, "Nguyễn Văn Dũng") for _ in range(400)]
    assert 0.4 < drawn.count("Nguyển Văn Dủng") / 400 < 0.6
    assert fold_key("Nguyển Văn Dủng") == fold_key("Nguyễn Văn Dũng")
