"""The score of two records: its arithmetic, its symmetry, and what it decides (rules §2.2)."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lienthong.persons import comparing, matching
from lienthong.persons.likeness import FIELDS_VI, Agreement, Facts, Rule, Verdict
from lienthong.persons.rarity import rarity

CHILD = Facts(
    full_name="NGUYỄN MINH AN",
    born_on=date(2026, 5, 4),
    sex="male",
    personal_id="003226000001",
    birth_notice_code="01013.GCS.00001.26",
    mother_name="TRẦN THỊ MÂY",
    mother_born="02/03/1995",
    mother_personal_id="003195000007",
    father_name="NGUYỄN VĂN NÚI",
    father_personal_id="003093000009",
    commune_code="00004",
    commune_kin=frozenset({"00004", "00001"}),
)
NO_PAPERS = replace(CHILD, personal_id="", birth_notice_code="")

_NAMES = st.sampled_from(
    [
        "Nguyễn Minh An", "NGUYỄN MINH AN", "Nguyễn Minh Ân", "Nguyễn Minh Anh", "Nguyễn An", "An Minh Nguyễn",
        "Lê Thị Mỹ", "Lê Thị Mĩ", "Lê Hoà", "Lê Hòa", "Y Bhĩm Niê", "H'Hen Êban", "Trần Gia Bảo", "",
    ]
)  # fmt: skip
_DATES = st.sampled_from(
    [
        date(2026, 5, 4),
        date(2026, 4, 5),
        date(2026, 5, 6),
        date(2025, 5, 4),
        date(2022, 11, 30),
        None,
    ]
)
_IDS = st.sampled_from(["003226000001", "003226000002", "003226000010", "012345678", ""])
_FACTS = st.builds(
    Facts,
    full_name=_NAMES,
    born_on=_DATES,
    born_text=st.sampled_from(["2026", "11/2025", ""]),
    sex=st.sampled_from(["male", "female", "undetermined", ""]),
    personal_id=_IDS,
    insurance_number=st.sampled_from(["0126000001", "0126000002", ""]),
    birth_notice_code=st.sampled_from(["K1", "K2", ""]),
    mother_name=_NAMES,
    mother_born=st.sampled_from(["1995", "02/03/1995", "03/1995", "1990", ""]),
    mother_personal_id=_IDS,
    mother_insurance_number=st.sampled_from(["0195000001", "0195000002", ""]),
    father_name=_NAMES,
    father_personal_id=_IDS,
    commune_code=st.sampled_from(["00004", "00001", "00008", ""]),
    commune_kin=st.sampled_from([frozenset(), frozenset({"00004", "00001"})]),
    household_code=st.sampled_from(["H1", "H2", ""]),
    birth_order=st.sampled_from([None, 1, 2]),
)


def decision(left: Facts, right: Facts) -> tuple[Verdict, str]:
    told = matching.score(left, right, prior=-31, ask=0.9)
    return told.verdict, told.rule


@settings(max_examples=600, deadline=None)
@given(_FACTS, _FACTS)
def test_a_score_is_the_same_whichever_record_comes_first(left: Facts, right: Facts) -> None:
    assert matching.score(left, right) == matching.score(right, left)


@settings(max_examples=300, deadline=None)
@given(_FACTS, _FACTS)
def test_the_fields_add_up_to_the_weight_and_none_is_left_out(left: Facts, right: Facts) -> None:
    told = matching.score(left, right, prior=-31)
    assert told.weight == pytest.approx(sum(it.weight for it in told.fields))
    shown = [it.field for it in told.fields]
    assert shown == list(FIELDS_VI)[: len(shown)]
    assert set(FIELDS_VI) - set(shown) <= {"family"}
    bits = max(-60.0, min(60.0, told.weight - 31))
    assert told.probability == pytest.approx(1 / (1 + 2**-bits))


_MORE_ALIKE = (
    "full_name", "born_on", "personal_id", "birth_notice_code", "mother_name", "mother_born", "mother_personal_id",
    "mother_insurance_number", "father_name", "father_personal_id", "commune_code", "household_code", "sex",
    "insurance_number",
)  # fmt: skip


@settings(max_examples=600, deadline=None)
@given(_FACTS, _FACTS, st.sampled_from(_MORE_ALIKE))
def test_a_field_made_equal_never_lowers_the_weight(left: Facts, right: Facts, field: str) -> None:
    alike = replace(right, **{field: getattr(left, field)})
    if field == "commune_code":
        alike = replace(alike, commune_kin=left.commune_kin)
    if getattr(left, field) in ("", None, "undetermined"):
        return  # two records that say nothing agree on nothing
    before = matching.score(left, right)
    after = matching.score(left, alike)
    assert after.weight >= before.weight - 1e-9


def test_each_agreement_of_a_name_weighs_no_more_than_a_better_one() -> None:
    weights = [
        next(
            it.weight
            for it in comparing.field_scores(
                Facts(full_name="Lê Thị Mỹ Hoà"), Facts(full_name=other)
            )
            if it.field == "full_name"
        )
        for other in (
            "LÊ THỊ MỸ HOÀ",
            "Lê Thị Mỹ Hòa",
            "Lê Thị Mĩ Hòa",
            "Lê Thi My Hoa",
            "Lê Mỹ Hòa Thị",
            "Phan Văn Đức",
        )
    ]
    assert weights == sorted(weights, reverse=True)
    assert len(set(weights)) == len(weights)


@pytest.mark.parametrize(
    ("left", "right", "expected"),
    [
        ("NGUYỄN MINH AN", "Nguyễn Minh An", Agreement.EXACT),
        ("Lê Hoà", "Lê Hòa", Agreement.TONE),
        ("Lê Quý", "Lê Quí", Agreement.IY),
        ("Trần Vy", "Trần Vi", Agreement.IY),
        ("Lê Thúy", "Lê Thúi", Agreement.DIFFERS),
        ("Nguyễn Ân", "NGUYEN AN", Agreement.FOLD),
        ("Nguyễn Thị Phương Thảo", "Nguyễn Thị Phương Thảp", Agreement.NEAR),
        ("An Minh Nguyễn", "Nguyễn Minh An", Agreement.NEAR),
        ("Nguyễn An", "Nguyễn Minh An", Agreement.NEAR),
        ("", "Nguyễn Minh An", Agreement.MISSING),
        ("Lê Văn Đức", "Nguyễn Minh An", Agreement.DIFFERS),
    ],
)
def test_how_two_names_agree(left: str, right: str, expected: Agreement) -> None:
    assert comparing.name_agreement(left, right) is expected
    assert expected.words_vi


def test_a_rare_name_says_more_than_a_common_one() -> None:
    assert rarity("Nguyễn Minh Anh") < rarity("Trịnh Khuê Tú") <= 16
    assert rarity("Nguyễn Văn Anh") >= 7


@pytest.mark.rule("001-6")
def test_exact_strong_keys_alone_say_same() -> None:
    assert decision(CHILD, replace(CHILD, mother_name="", commune_code="")) == (
        Verdict.SAME,
        Rule.PERSONAL_ID,
    )
    by_notice = replace(CHILD, personal_id="")
    assert decision(by_notice, by_notice) == (Verdict.SAME, Rule.BIRTH_NOTICE)
    assert decision(NO_PAPERS, NO_PAPERS) == (Verdict.ASK, Rule.MOTHER)


def test_an_id_or_a_notice_of_the_other_sex_does_not_say_same() -> None:
    other = replace(CHILD, sex="female", full_name="NGUYỄN MINH AN")
    assert decision(CHILD, other)[0] is not Verdict.SAME
    assert decision(replace(CHILD, personal_id=""), replace(other, personal_id=""))[0] is not (
        Verdict.SAME
    )


@pytest.mark.parametrize(
    "table",
    [
        name
        for name in vars(comparing)
        if isinstance(vars(comparing)[name], dict) and name.isupper()
    ],
)
def test_a_better_agreement_never_weighs_less(table: str) -> None:
    order = list(Agreement)
    weights = vars(comparing)[table]
    ranked = [weights[it] for it in order if it in weights]
    # What is taken off a name's rarity grows instead.
    assert ranked == sorted(ranked, reverse=table != "_NAME")
    assert table == "_NAME" or (ranked[0] > 0 > ranked[-1])


def test_the_keys_of_levels_four_and_five_only_ask() -> None:
    stranger = replace(NO_PAPERS, mother_personal_id="", father_name="", father_personal_id="")
    assert decision(NO_PAPERS, stranger) == (Verdict.ASK, Rule.COMMUNE)
    after_merger = replace(stranger, commune_code="00001", commune_kin=frozenset({"00001"}))
    assert decision(NO_PAPERS, after_merger) == (Verdict.ASK, Rule.COMMUNE)


@pytest.mark.rule("001-6")
@pytest.mark.parametrize(
    "sibling",
    [
        {"full_name": "NGUYỄN MINH ANH"},
        {"full_name": "NGUYỄN GIA BẢO"},
        {"full_name": "NGUYỄN MINH KHÔI", "personal_id": "003226000002"},
        {"full_name": "NGUYỄN MINH ÂN", "personal_id": "003226000002"},
        {"full_name": "NGUYỄN MINH ÂN", "birth_notice_code": "01013.GCS.00002.26"},
        {"sex": "female", "full_name": "NGUYỄN MINH AN", "personal_id": "003326000002"},
        {"birth_order": 2},
        {"personal_id": "003226000002"},
    ],
    ids=[
        "one letter",
        "another name",
        "another id",
        "tones and id",
        "tones and notice",
        "sex",
        "order",
        "id alone",
    ],
)
def test_children_of_one_delivery_are_two(sibling: dict[str, object]) -> None:
    first = replace(CHILD, birth_order=1)
    second = replace(NO_PAPERS, **sibling)
    assert decision(first, second) == (Verdict.NEW, Rule.TWINS)
    mother_unsaid = replace(second, mother_personal_id="")
    assert decision(first, mother_unsaid) == (Verdict.NEW, Rule.TWINS)


def test_mothers_of_one_name_with_ids_of_their_own_are_two_women() -> None:
    of_namesake = replace(
        NO_PAPERS, mother_personal_id="003191000888", mother_born="1991", father_name="LÊ VĂN GIÓ",
        father_personal_id="003090000123",
    )  # fmt: skip
    assert decision(NO_PAPERS, of_namesake) == (Verdict.NEW, Rule.APART)


def test_a_child_of_another_mother_is_another_child_however_rare_its_name() -> None:
    rare = replace(NO_PAPERS, full_name="TRỊNH KHUÊ TÚ")
    other = replace(rare, mother_name="LÊ THỊ HẠT", mother_personal_id="003191000888")
    assert decision(rare, other) == (Verdict.NEW, Rule.APART)
    assert decision(rare, replace(other, mother_personal_id="")) == (Verdict.ASK, Rule.WEIGHT)


def test_one_child_with_tones_lost_and_no_papers_is_asked_about() -> None:
    assert decision(NO_PAPERS, replace(NO_PAPERS, full_name="NGUYEN MINH AN"))[0] is Verdict.ASK
    slip = replace(NO_PAPERS, full_name="NGUYỄN MIBH AN")
    assert decision(NO_PAPERS, slip) == (Verdict.ASK, Rule.WEIGHT)
    no_name = replace(NO_PAPERS, full_name="NGUYỄN MINH ĐB")
    assert decision(replace(NO_PAPERS, full_name="NGUYỄN MINH ĐA"), no_name)[0] is Verdict.ASK
    left_out = replace(NO_PAPERS, full_name="NGUYỄN AN")
    assert decision(NO_PAPERS, left_out) == (Verdict.ASK, Rule.WEIGHT)


def test_day_and_month_swapped_are_asked_about_where_the_family_is_the_same() -> None:
    assert decision(NO_PAPERS, replace(NO_PAPERS, born_on=date(2026, 4, 5))) == (
        Verdict.ASK,
        Rule.WEIGHT,
    )


@pytest.mark.parametrize(
    "other",
    [
        replace(CHILD, full_name="NGUYỄN MINH ANH", born_on=date(2024, 1, 9), personal_id="", birth_notice_code=""),
        replace(
            NO_PAPERS, mother_name="LÊ THỊ HẠT", mother_born="1990", mother_personal_id="003190000001",
            father_name="NGUYỄN VĂN ĐÁ", father_personal_id="003090000001",
        ),
        replace(
            NO_PAPERS, mother_name="", mother_born="", mother_personal_id="", father_name="",
            father_personal_id="", commune_code="00008", commune_kin=frozenset(),
        ),
    ],
    ids=["a sister", "a namesake of the day in the commune", "a namesake of the day elsewhere"],
)  # fmt: skip
def test_sisters_and_namesakes_are_not_held(other: Facts) -> None:
    assert decision(CHILD, other) == (Verdict.NEW, Rule.APART)


def test_nobody_is_the_mother_of_two_foundlings_of_a_common_name() -> None:
    alone = Facts(
        full_name="NGUYỄN MINH ANH", born_on=CHILD.born_on, sex="male", commune_code="00004"
    )
    assert decision(alone, alone)[0] is Verdict.NEW
    rare = replace(alone, full_name="TRỊNH KHUÊ TÚ")
    assert decision(rare, rare) == (Verdict.ASK, Rule.WEIGHT)


@settings(max_examples=400, deadline=None)
@given(_FACTS, _FACTS)
def test_nothing_but_an_exact_strong_key_says_same(left: Facts, right: Facts) -> None:
    told = matching.score(left, right)
    if told.verdict is Verdict.SAME:
        assert left.born_on == right.born_on
        assert left.personal_id == right.personal_id != "" or (
            left.birth_notice_code == right.birth_notice_code != ""
        )
    assert told.rule_vi
    assert 0 <= told.level <= 9
