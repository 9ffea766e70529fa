"""Names mean the same in Python and in SQL, and SQL sorts them as a Vietnamese dictionary does."""

import unicodedata
from itertools import pairwise

import pytest
from django.db import connection
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from lienthong.kernel import names

pytestmark = pytest.mark.django_db

_VOWELS = "aăâeêioôơuưy"
_TONES = ("", "\u0300", "\u0309", "\u0303", "\u0301", "\u0323")
_TONED = [unicodedata.normalize("NFC", vowel + tone) for vowel in _VOWELS for tone in _TONES]
_MINORITY = [
    "ơ\u0306",
    "ư\u0306",
    "ĕ",
    "ĭ",
    "ŏ",
    "ŭ",
    "č",
    "ñ",
    "b\u0304",
    "ƀ",
    "ê\u0306",
    "İ",
    "ß",
]
_BLANKS = [" ", "  ", "\t", "\n", "\u00a0", "\u3000", "\u2009", "\x1f", "\u0085", "\u200a"]
_OTHERS = [
    *"bcdghklmnpqrstvxđðÐĐfjwz0159.-",
    "'",
    "’",
    "‘",
    "`",
    "ʼ",
    *_TONES[1:],
    "\u0306",
    "\u031b",
]
_letters = st.sampled_from([*_TONED, *(c.upper() for c in _TONED), *_MINORITY, *_BLANKS, *_OTHERS])
_spelling = st.sampled_from(["NFC", "NFD"])
_text = st.builds(
    lambda parts, form: unicodedata.normalize(form, "".join(parts)),
    st.lists(_letters, max_size=24),
    _spelling,
)

_ASK = """
    SELECT name_stored_form(%(name)s), name_tone_key(%(name)s), name_fold_key(%(name)s),
           name_iy_key(%(name)s), name_match_key(%(name)s), name_initials(%(name)s)
"""


@settings(
    max_examples=300, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(_text)
@example("")
@example("   ")
@example("Hoà")
@example("HO\u0300A")
@example("Ðặng Thị Ưng")
@example("H’Hen Niê")
@example("K'Ơ\u0306i Mlô")
@example("İ i\u0307")
@example("Lý Mỹ Quý")
@example("Huy Ly  THÚY Quỳnh")
@example("quyy đy h'y kÿ")
def test_sql_keys_of_a_name_equal_the_python_keys(name: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(_ASK, {"name": name})
        row = cursor.fetchone()
    keys = (
        names.stored_form,
        names.tone_key,
        names.fold_key,
        names.iy_key,
        names.match_key,
        names.initials,
    )
    assert row == tuple(key(name) for key in keys)


def test_names_sort_as_a_vietnamese_dictionary_does() -> None:
    in_order = [
        "an",
        "àn",
        "ản",
        "ãn",
        "án",
        "ạn",
        "anh",
        "ăn",
        "ắn",
        "ân",
        "ấn",
        "ba",
        "da",
        "dư",
        "đa",
        "e",
        "ê",
        "o",
        "ô",
        "ơ",
        "Phạm Ân",
        "phạm bé",
        "u",
        "ư",
        "ỷ",
        "ỹ",
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            'SELECT word FROM unnest(%s::text[]) AS words (word) ORDER BY vi_key(word) COLLATE "C"',
            [in_order[::-1]],
        )
        assert [word for (word,) in cursor.fetchall()] == in_order


def test_order_key_depends_on_neither_case_nor_normal_form() -> None:
    spellings = ["Nguyễn Thị Hoà", "NGUYỄN THỊ HOÀ", unicodedata.normalize("NFD", "nguyễn thị hoà")]
    with connection.cursor() as cursor:
        cursor.execute("SELECT vi_key(word) FROM unnest(%s::text[]) AS words (word)", [spellings])
        keys = [key for (key,) in cursor.fetchall()]
    assert all(one == other for one, other in pairwise(keys))


def test_every_toned_vowel_is_told_from_every_other() -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(DISTINCT vi_key(v)) FROM unnest(%s::text[]) AS vowels (v)", [_TONED]
        )
        assert cursor.fetchone() == (len(_TONED),)
