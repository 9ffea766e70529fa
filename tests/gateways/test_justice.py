"""The judge on whole messages: facts read, required fields, and that no input whatever breaks it."""

import json
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from lienthong.gateways.findings import FINDINGS
from lienthong.gateways.justice import BirthFacts, judge
from lienthong.gateways.justice_message import read_fast
from lienthong.gateways.justice_reading import read_exact
from tests.gateways.samples import ABSENT, COMMUNE, LISTS, ON, body, document

_WORDS = {"accepted", "quarantined", "held", "not_entitled"}


def _judged(raw: bytes, on: date = ON) -> Any:
    judgement = judge(raw, on=on, lists=LISTS)
    assert judgement.outcome in _WORDS
    assert not judgement.code or judgement.code in FINDINGS
    assert all(warning in FINDINGS for warning in judgement.warnings)
    assert (judgement.birth is not None) == (
        judgement.outcome != "quarantined" and judgement.code != "E-VERSION"
    )
    return judgement


def _facts(raw: bytes) -> BirthFacts:
    birth = _judged(raw).birth
    assert isinstance(birth, BirthFacts)
    return birth


def test_a_clean_message_gives_every_fact_and_no_remark() -> None:
    judgement = _judged(
        body(noiDKKCB="01013", maKV="K1", maHoGiaDinh="0100000001", meMaSoBHXH="0123456789")
    )
    assert (judgement.outcome, judgement.warnings, judgement.code) == ("accepted", (), "")
    assert (judgement.message_id, judgement.source) == ("LTKS-2026-0000001", "BTP")
    assert (judgement.kind, judgement.version, judgement.urgent) == ("create", 1, False)
    assert judgement.birth == BirthFacts(
        commune_code=COMMUNE,
        book="01/2026",
        number="123",
        registered_on=date(2026, 11, 19),
        year=2026,
        registration_kind="1",
        residence_commune_code=COMMUNE,
        residence_text="Số 5 ngõ 2",
        birth_commune_code=COMMUNE,
        full_name="NGUYỄN MINH AN",
        tone_key="nguyên3 minh an",
        fold_key="nguyen minh an",
        sex="male",
        born_on=date(2026, 11, 12),
        personal_id="001226000123",
        birth_notice_code="01013.GCS.00017.26",
        mother_name="TRẦN THỊ BÌNH",
        mother_born="1996",
        mother_personal_id="003196000456",
        mother_insurance_number="0123456789",
        father_name="NGUYỄN VĂN CƯỜNG",
        father_born="03/05/1994",
        father_personal_id="003094000789",
        requester_name="NGUYỄN VĂN CƯỜNG",
        requester_relation="Cha",
        requester_phone="0900000000",
        household_code="0100000001",
        facility_code="01013",
        area_code="K1",
        nationality="VN",
    )


def test_ethnicity_is_not_among_the_facts() -> None:
    assert not any("ethnic" in name for name in BirthFacts.__struct_fields__)
    assert "W-ETHNICITY" in _judged(body(nksDanToc="63001")).warnings


@pytest.mark.parametrize(
    ("field", "code"),
    [
        ("ndkksMaXa", "E-MISSING"),
        ("quyenSo", "E-MISSING"),
        ("soDangKy", "E-MISSING"),
        ("ngayDangKy", "E-MISSING"),
        ("nksHoTen", "E-NAME-EMPTY"),
        ("nksGioiTinh", "E-MISSING"),
        ("nksNgaySinh", "E-MISSING"),
    ],
)
@pytest.mark.parametrize("value", [ABSENT, None, ""])
def test_each_required_field_is_asked_for_by_its_name(field: str, code: str, value: object) -> None:
    judgement = _judged(body(**{field: value}))
    assert (judgement.outcome, judgement.code, judgement.field) == (
        "quarantined",
        code,
        f"data.{field}",
    )


@pytest.mark.parametrize(
    "field",
    [name for name in document()["data"] if name[:3] not in {"ndk", "quy", "soD", "nga"}]
    + ["soDinhDanh"],
)
def test_no_other_field_is_ever_needed(field: str) -> None:
    if field in {"nksHoTen", "nksGioiTinh", "nksNgaySinh"}:
        return
    assert _judged(body(**{field: ABSENT})).outcome == "accepted"


@pytest.mark.parametrize(("given", "kept"), [(1, "male"), ("2", "female"), (3, "undetermined")])
def test_sex_is_read_as_number_or_text(given: object, kept: str) -> None:
    assert _facts(body(nksGioiTinh=given, soDinhDanh="")).sex == kept


@pytest.mark.parametrize("given", [0, 4, "male", "01", True, 1.0])
def test_another_sex_code_is_quarantined(given: object) -> None:
    assert _judged(body(nksGioiTinh=given)).outcome == "quarantined"


def test_without_a_personal_id_the_reason_says_whether_one_is_to_come() -> None:
    assert _facts(body(soDinhDanh="")).personal_id_status == "PID_NO_ANSWER"
    assert _facts(body(soDinhDanh="", nksGioiTinh=3)).personal_id_status == "PID_NOT_APPLICABLE"
    assert _facts(body(soDinhDanh="", nksQuocTich="LA")).personal_id_status == "PID_NOT_APPLICABLE"
    assert _facts(body(soDinhDanh="", loaiDangKy="3")).personal_id_status == "PID_NOT_APPLICABLE"


@pytest.mark.parametrize(
    "code", ["W-PID-SEX", "W-PID-CENTURY", "W-PID-YEAR", "E-PID-FORMAT", "E-PID-TEST"]
)
def test_a_doubtful_personal_id_is_not_used_and_holds_nothing(code: str) -> None:
    bad = {
        "W-PID-SEX": "001326000123",
        "W-PID-CENTURY": "001026000123",
        "W-PID-YEAR": "001225000123",
        "E-PID-FORMAT": "1",
        "E-PID-TEST": "000000000000",
    }[code]
    judgement = _judged(body(soDinhDanh=bad))
    assert judgement.outcome == "accepted"
    assert (judgement.birth.personal_id, judgement.birth.personal_id_status) == (None, code)


def test_an_unknown_place_of_the_personal_id_only_warns() -> None:
    judgement = _judged(body(soDinhDanh="003226000123"))
    assert judgement.birth.personal_id == "003226000123"
    assert "W-PID-PLACE" in judgement.warnings


def test_residence_is_optional_and_may_be_words() -> None:
    assert _facts(body(nksNoiCuTru=ABSENT)).residence_commune_code == ""
    told = _facts(body(nksNoiCuTru="Thôn 3"))
    assert (told.residence_commune_code, told.residence_text) == ("", "Thôn 3")
    island = body(
        nksNoiCuTru={"maTinh": "31", "maHuyen": "318", "maXa": ""},
        ngayDangKy="19/11/2024",
        nksNgaySinh="12/11/2024",
    )
    assert _facts(island).residence_district_code == "318"


def test_an_unknown_commune_says_what_releases_it() -> None:
    judgement = _judged(body(nksNoiCuTru={"maXa": "99998"}))
    assert (judgement.held_for, judgement.field) == ("commune:99998", "data.nksNoiCuTru.maXa")
    assert judgement.birth is not None


def test_another_schema_says_what_releases_it() -> None:
    judgement = _judged(body({"schema": 7}))
    assert (judgement.held_for, judgement.message_id) == ("schema:7", "LTKS-2026-0000001")


def test_a_cancel_needs_the_register_key_alone() -> None:
    key = {
        name: document()["data"][name]
        for name in ("ndkksMaXa", "quyenSo", "soDangKy", "ngayDangKy")
    }
    judgement = _judged(body({"kind": "cancel", "version": 2, "data": key}))
    assert (judgement.outcome, judgement.kind, judgement.birth.number) == (
        "accepted",
        "cancel",
        "123",
    )
    assert _judged(body({"kind": "cancel"}, soDangKy="")).code == "E-MISSING"


def test_a_child_past_cover_is_not_entitled_and_its_facts_are_still_read() -> None:
    old = {"nksNgaySinh": "01/01/2015", "soDinhDanh": ""}
    for raw in (body(**old), body({"kind": "correct", "version": 2}, **old)):
        judgement = _judged(raw)
        assert (judgement.outcome, judgement.code) == ("not_entitled", "N-AGE")
        assert judgement.birth.born_on == date(2015, 1, 1)


def test_a_code_that_is_gone_is_followed_or_the_sender_is_told() -> None:
    lists = replace(LISTS, gone={COMMUNE: date(2025, 7, 1)})
    before = body(ngayDangKy="30/06/2025", nksNgaySinh="20/06/2025", soDinhDanh="")
    assert judge(before, on=ON, lists=lists).warnings == ("W-AREA-OLD",)
    assert judge(body(), on=ON, lists=lists).warnings == ("W-AREA-STALE",)


def test_a_death_after_registration_is_a_fact_not_a_refusal() -> None:
    judgement = _judged(body(nksNgayMat="21/11/2026"))
    assert (judgement.outcome, judgement.birth.died_on) == ("accepted", date(2026, 11, 21))
    assert "N-DECEASED" in judgement.warnings
    assert _judged(body(nksNgayMat="11/11/2026")).code == "E-DATE-ORDER"


def test_the_suggestion_of_a_spoilt_name_is_the_name_as_it_was_meant() -> None:
    assert _judged(body(nksHoTen="NguyÔn V¨n §øc")).suggestion == "Nguyễn Văn Đức"
    assert _judged(body(nksHoTen="Nguyeãn Vaên Ñöùc")).suggestion == "Nguyễn Văn Đức"
    assert _judged(body(nksHoTen="Nguyá»…n VÄƒn An")).suggestion == "Nguyễn Văn An"


def test_every_deletion_of_one_byte_gets_a_judgement() -> None:
    raw = body()
    for place in range(len(raw)):
        _judged(raw[:place] + raw[place + 1 :])


@settings(max_examples=400, deadline=None)
@given(st.binary(max_size=400))
def test_any_bytes_get_a_judgement(raw: bytes) -> None:
    assert _judged(raw).outcome in {"quarantined", "held"}


_ANY = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=30)
    | st.dates().map(lambda d: d.strftime("%d/%m/%Y")),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3)
    ),
    max_leaves=6,
)
_ENVELOPE_NAMES = [name for name in document() if name != "data"]
_DATA_NAMES = list(document()["data"])


@settings(max_examples=600, deadline=None)
@example({"version": 1_000_000_000_000_000_000})
@example({"version": -100_000_000_000_000_000})
@given(
    st.dictionaries(st.sampled_from(_ENVELOPE_NAMES + _DATA_NAMES), _ANY, min_size=1, max_size=3)
)
def test_one_to_three_changed_fields_get_a_judgement(changes: dict[str, Any]) -> None:
    envelope = {name: value for name, value in changes.items() if name in _ENVELOPE_NAMES}
    data = {name: value for name, value in changes.items() if name in _DATA_NAMES}
    raw = json.dumps(document(envelope, **data), ensure_ascii=bool(len(changes) % 2)).encode(
        "utf-8", "surrogatepass"
    )
    judgement = _judged(raw)
    fast = read_fast(raw)
    if fast is not None:
        assert read_exact(raw)[0] == fast
    assert judgement == judge(raw, on=ON, lists=LISTS)


@settings(max_examples=200, deadline=None)
@given(st.dates(date(2015, 1, 1), ON), st.integers(0, 400))
def test_the_outcome_of_a_birth_day_follows_the_end_of_cover(born: date, late: int) -> None:
    registered = min(born + timedelta(days=late), ON)
    judgement = _judged(
        body(
            nksNgaySinh=born.strftime("%d/%m/%Y"),
            ngayDangKy=registered.strftime("%d/%m/%Y"),
            soDinhDanh="",
        )
    )
    covered = LISTS.law.last_day(born, on=ON) >= ON
    assert judgement.outcome == ("accepted" if covered else "not_entitled")
    assert ("W-LATE" in judgement.warnings) == ((registered - born).days > 60)


def test_a_clean_message_takes_the_fast_way() -> None:
    assert read_fast(body()) is not None
    assert read_fast(json.dumps(document()).encode()) is not None
    assert read_fast(json.dumps(document(soDinhDanh=None), indent=1).encode()) is not None
