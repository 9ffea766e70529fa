"""What is compared of two rows of a register, with the chances shipped for registers too small to learn from.

The shipped chances are set by judgement, close to what is learnt on the synthetic country.
"""

from dataclasses import replace

from lienthong.persons.linkage.model import Field, Level, Model, Rules

_FIRST_PARENTS = "unnamed_l + unnamed_r > 0"
_SAME_PARTS = "parts_l = parts_r AND levenshtein(spelt_l, spelt_r) <= 2"

NAME = Field(
    "name",
    missing=f"fold_l IS NULL OR fold_r IS NULL OR {_FIRST_PARENTS}",
    levels=(
        Level("same", "tone_l = tone_r", "giống hệt", 0.90, 3e-5, rarity="tone_bits_l"),
        Level(
            "i_y", "iy_l = iy_r", "khác i/y", 0.01, 1e-6, rarity="least(tone_bits_l, tone_bits_r)"
        ),
        Level(
            "untoned",
            "fold_l = fold_r AND untoned_l + untoned_r > 0",
            "một bên không dấu",
            0.04,
            1e-6,
            rarity="fold_bits_l",
        ),
        Level("tones", "fold_l = fold_r", "khác dấu", 0.004, 1e-5, rarity="fold_bits_l"),
        Level(
            "shorter",
            "abs(parts_l - parts_r) = 1 AND given_l = given_r"
            " AND levenshtein(spelt_l, spelt_r) = abs(length(spelt_l) - length(spelt_r))",
            "thiếu một âm tiết",
            0.01,
            1e-5,
            rarity="least(fold_bits_l, fold_bits_r)",
            crowd=16,
        ),
        Level(
            "slip",
            f"{_SAME_PARTS} AND odd_l + odd_r > 0",
            "gõ nhầm",
            0.015,
            1e-6,
            rarity="least(fold_bits_l, fold_bits_r)",
            crowd=4,
        ),
        Level(
            "near",
            _SAME_PARTS,
            "gần giống",
            0.004,
            1e-4,
            rarity="least(fold_bits_l, fold_bits_r)",
            crowd=32,
        ),
        Level("other", "", "khác", 0.003, 0.9995),
    ),
)

BIRTH = Field(
    "birth",
    missing="birth_l IS NULL OR birth_r IS NULL",
    levels=(
        Level("same", "birth_l = birth_r AND new_year_l = 0", "giống hệt", 0.95, 4e-5),
        Level(
            "swapped",
            "born_pair_l = born_pair_r AND new_year_l + new_year_r = 0",
            "đổi ngày với tháng",
            0.015,
            1.3e-5,
        ),
        Level(
            "year",
            "born_year_l = born_year_r AND new_year_l + new_year_r > 0",
            "chỉ cùng năm",
            0.02,
            2e-4,
        ),
        Level(
            "part",
            "(born_year_l = born_year_r AND born_month_l = born_month_r)"
            " OR (born_year_l = born_year_r AND born_day_l = born_day_r)"
            " OR (born_month_l = born_month_r AND born_day_l = born_day_r)",
            "lệch ngày, tháng hoặc năm",
            0.008,
            4e-3,
        ),
        Level("other", "", "khác", 0.003, 0.995),
    ),
)

SEX = Field(
    "sex",
    missing="sex_l IS NULL OR sex_r IS NULL",
    levels=(
        Level("same", "sex_l = sex_r", "giống", 0.994, 0.5),
        Level("other", "", "khác", 0.006, 0.5),
    ),
)

PERSONAL_ID = Field(
    "personal_id",
    missing="pid_l IS NULL OR pid_r IS NULL",
    levels=(
        Level("same", "pid_l = pid_r", "giống", 0.97, 1e-8, learnt=False),
        Level("near", "levenshtein(pid_l, pid_r) <= 2", "lệch một chữ số", 0.01, 1e-5),
        Level("other", "", "khác", 0.02, 0.9999),
    ),
)

NUMBER = Field(
    "insurance_number",
    missing="number_l IS NULL OR number_r IS NULL",
    levels=(
        Level("same", "number_l = number_r", "giống", 0.985, 1e-8, learnt=False),
        Level("near", "levenshtein(number_l, number_r) <= 1", "lệch một chữ số", 0.005, 1e-6),
        Level("other", "", "khác", 0.01, 0.9999),
    ),
)

MOTHER = Field(
    "mother",
    missing="mother_fold_l IS NULL OR mother_fold_r IS NULL",
    levels=(
        Level("same", "mother_tone_l = mother_tone_r", "giống", 0.90, 3e-5, rarity="mother_bits_l"),
        Level(
            "untoned",
            "mother_fold_l = mother_fold_r",
            "khác dấu",
            0.06,
            3e-6,
            rarity="mother_bits_l",
        ),
        Level(
            "near",
            "levenshtein(mother_spelt_l, mother_spelt_r) <= 2",
            "gần giống",
            0.03,
            1e-3,
            rarity="least(mother_bits_l, mother_bits_r)",
            crowd=32,
        ),
        Level("other", "", "khác", 0.01, 0.999),
    ),
)

PLACE = Field(
    "place",
    missing="place_l IS NULL OR place_r IS NULL",
    levels=(
        Level(
            "household",
            "household_l = household_r",
            "cùng hộ",
            0.65,
            4e-6,
            learnt=False,
        ),
        Level(
            "commune",
            "place_l = place_r AND (commune_l = commune_r OR commune_l IS NULL OR commune_r IS NULL)",
            "cùng xã",
            0.28,
            5e-4,
        ),
        Level("province", "province_l = province_r", "cùng tỉnh", 0.02, 0.04),
        Level("other", "", "khác tỉnh", 0.05, 0.96),
    ),
)

FIELDS = (NAME, BIRTH, SEX, PERSONAL_ID, NUMBER, MOTHER, PLACE)

_COLUMNS = (
    "tone",
    "iy",
    "fold",
    "spelt",
    "parts",
    "given",
    "untoned",
    "odd",
    "unnamed",
    "tone_bits",
    "fold_bits",
    "birth",
    "born_year",
    "born_month",
    "born_day",
    "born_pair",
    "new_year",
    "sex",
    "pid",
    "number",
    "mother_tone",
    "mother_fold",
    "mother_spelt",
    "mother_bits",
    "commune",
    "place",
    "province",
    "household",
)
_CARRIED = ("tone_bits", "fold_bits", "mother_bits")

_EXACT_COLUMNS = (
    "new_year",
    "birth",
    "sex",
    "pid",
    "number",
    "mother_tone",
    "mother_fold",
    "mother_bits",
    "commune",
    "place",
    "province",
    "household",
    "tone_bits",
)
_EXACT_CARRIED = ("tone_bits", "mother_bits")

_FAMILY = "(mother IN ('same', 'untoned', 'near') OR place = 'household')"
_NO_ID = "personal_id <> 'same' AND insurance_number <> 'same'"

_BARS = (
    # Two facts of a birth certificate differ: whatever the ids say, an officer looks.
    ("ids_alone", f"name = 'other' AND birth = 'other' AND NOT ({_NO_ID})"),
    ("nothing", "name = 'other' AND birth = 'other'"),
    # Children of one delivery share all but a syllable of the name; only an id says that two rows are one of them.
    ("twins", f"birth = 'same' AND name IN ('near', 'tones', 'other') AND {_FAMILY} AND {_NO_ID}"),
    ("name", f"name = 'other' AND {_NO_ID}"),
)

_STRONG = (
    "name IN ('same', 'i_y', 'untoned') AND birth = 'same' AND personal_id <> 'other'"
    " AND (personal_id = 'same' OR insurance_number = 'same' OR mother IN ('same', 'untoned') OR place = 'household')"
)

RULES = Rules(_BARS, never=("nothing", "name"), strong=_STRONG)


def of_exact_pairs(model: Model) -> Model:
    """The model for pairs of one name to the tone and one birth date, which asks for no more than can differ in them."""
    name, birth, sex, personal_id, number, mother, place = model.fields
    alike = replace(name, missing="1 = 0", levels=name.levels[:1])
    born = replace(birth, missing="1 = 0", levels=(birth.levels[0], birth.levels[2]))
    # Whether two mothers' names are nearly the same is asked of the few that differ, with all else.
    hers = replace(mother, levels=tuple(it for it in mother.levels if it.name != "near"))
    return replace(
        model,
        fields=(alike, born, sex, personal_id, number, hers, place),
        columns=_EXACT_COLUMNS,
        carried=_EXACT_CARRIED,
        rules=replace(model.rules, bars=(("mothers", "mother = 'other'"), *model.rules.bars)),
    )


def shipped(left: int, right: int) -> Model:
    """The model for registers of these sizes, with nothing learnt."""
    larger, smaller = max(left, right, 1), max(min(left, right), 1)
    chances = {
        (field.name, "same"): (field.levels[0].m, 0.005 / max(larger, 1_000))
        for field in (PERSONAL_ID, NUMBER)
    }
    chances["place", "household"] = (PLACE.levels[0].m, 4 / max(larger, 1_000))
    prior = min(0.5, 0.8 * smaller / (larger * smaller))
    return Model(FIELDS, _COLUMNS, _CARRIED, RULES, prior).with_chances(chances)
