"""The twin ministry's stream: what its truth says is what the judge finds, and it repeats to the byte."""

from collections import Counter
from datetime import date, datetime, timedelta
from itertools import pairwise

import msgspec
import pytest

from lienthong.gateways.findings import FINDINGS
from lienthong.gateways.justice import BirthLaw, CodeLists, Judgement, judge
from lienthong.gateways.justice_types import Sex
from lienthong.kernel.dates import VIETNAM, parse_day_first, vietnam_date
from lienthong.law import personal_id as ids
from lienthong.law.provinces import province_digits_valid
from lienthong.law.validity import card_validity
from lienthong.simulation.births import Habits, Stream, plain_stream, stream
from lienthong.simulation.children import UNASSIGNED_PREFIXES, Mint
from lienthong.simulation.flaws import BLEMISHES, STOPPING, Flaw
from lienthong.simulation.geography import Places
from lienthong.simulation.rhythm import quotas

UNTIL = datetime(2026, 11, 23, 15, 0, tzinfo=VIETNAM)
"""A Monday afternoon."""
_PROVINCES = ("01", "04", "11", "12", "22", "40", "48", "52", "66", "79", "91", "92")
_NOW = [(f"{code:05}", _PROVINCES[code // 4 % 12]) for code in range(4, 1600, 4)]
PLACES = Places(
    communes=_NOW,
    facilities={code: (f"{province}{code[-3:]}",) for code, province in _NOW},
    former=[(f"{code:05}", _PROVINCES[code % 12]) for code in range(5, 1600, 12)],
    split=[(f"{code:05}", _PROVINCES[code % 12]) for code in range(7, 1600, 120)],
)


def _last_day(birth_date: date, /, *, on: date) -> date:
    return card_validity(birth_date, on=on).last or date.max


def _check_id(personal_id: str, /, *, birth_date: date, sex: Sex, province_code: str) -> list[str]:
    found = ids.findings(personal_id, birth_date=birth_date, sex=sex, province=province_code)
    return [str(finding) for finding in found]


LISTS = CodeLists(
    communes={code for code, _ in (*PLACES.communes, *PLACES.former, *PLACES.split)},
    facilities={code for codes in PLACES.facilities.values() for code in codes},
    ethnicities={f"{code:02}" for code in range(1, 57)},
    nationalities={"VN"},
    law=BirthLaw(_last_day, _check_id),
)


def told(
    births: int = 4_000, seed: int = 11, habits: Habits | None = None
) -> tuple[Stream, list[bytes]]:
    made = stream(births, seed=seed, until=UNTIL, places=PLACES, habits=habits)
    return made, list(made)


@pytest.fixture(scope="module")
def big() -> tuple[Stream, list[bytes]]:
    return told(12_000)


def judged(body: bytes) -> Judgement:
    return judge(body, on=UNTIL.date(), lists=LISTS)


def test_the_same_seed_repeats_to_the_byte() -> None:
    assert told(300)[1] == told(300)[1]
    assert told(300)[1] != told(300, seed=12)[1]


def test_births_counts_distinct_children_whatever_else_is_sent(
    big: tuple[Stream, list[bytes]],
) -> None:
    made, bodies = big
    assert len(made.truth.children) == 12_000
    assert len({child.number for child in made.truth.children}) == 12_000
    assert sum(made.truth.fates().values()) == 12_000
    assert len(bodies) == len(made.truth.messages) > 12_800
    assert made.truth.fates()["card"] > 11_400


def test_every_line_is_one_line(big: tuple[Stream, list[bytes]]) -> None:
    assert not any(b"\n" in body or b"\r" in body for body in big[1])


def test_the_judge_finds_of_every_message_what_the_truth_says(
    big: tuple[Stream, list[bytes]],
) -> None:
    made, bodies = big
    surprises: Counter[tuple[str, str, str]] = Counter()
    for body, sent in zip(bodies, made.truth.messages, strict=True):
        if sent.outcomes[0] in {"duplicate", "conflict", "refused"}:
            continue
        found = judged(body)
        if found.outcome not in sent.outcomes or found.message_id != sent.message_id:
            surprises[sent.case, found.outcome, found.code] += 1
        elif sent.outcomes == ("accepted",) and sent.code and sent.code not in found.warnings:
            surprises[sent.case, "remarks", str(found.warnings)] += 1
        elif found.outcome != "accepted" and found.code != sent.code:
            surprises[sent.case, found.outcome, found.code] += 1
    assert not surprises


@pytest.mark.parametrize(
    "flaw", [flaw for _, flaw in (*STOPPING, *BLEMISHES)], ids=lambda flaw: flaw.case
)
def test_each_flaw_comes_to_the_outcome_it_names(flaw: Flaw) -> None:
    clean = next(
        body
        for body in plain_stream(50, seed=2, until=UNTIL, places=PLACES)
        if msgspec.json.decode(body)["data"]["noiDKKCB"]
    )
    assert judged(clean).outcome == "accepted"
    assert flaw.code in FINDINGS
    found = judged(flaw.spoil(msgspec.json.decode(clean)))
    expected = "quarantined" if flaw.outcome == "refused" else flaw.outcome
    assert found.outcome == expected
    assert flaw.code == found.code or (expected == "accepted" and flaw.code in found.warnings)
    assert (found.message_id != "") is flaw.keeps_id


def test_every_story_is_told(big: tuple[Stream, list[bytes]]) -> None:
    cases = big[0].truth.cases()
    for case in (
        "create", "correct", "correct: version 3 first", "correct: version 2 late", "correct before create",
        "create, late", "cancel", "cancel before create", "create, after its cancel", "create again", "repeat",
        "same id, other bytes", "same content, other id", "version clash", "mended", "commune unknown",
        "commune of an old code", "commune since split", "older than six", "died", "registered twice",
    ):  # fmt: skip
        assert cases.get(case, 0) > 2, case
    flawed = sum(count for case, count in cases.items() if ":" in case)
    assert 0.03 < flawed / len(big[1]) < 0.10


def test_a_repeat_has_the_bytes_of_the_first(big: tuple[Stream, list[bytes]]) -> None:
    made, bodies = big
    first: dict[str, bytes] = {}
    repeats = 0
    for body, sent in zip(bodies, made.truth.messages, strict=True):
        if sent.case == "repeat":
            assert first[sent.message_id] == body
            repeats += 1
        elif sent.case == "same id, other bytes":
            assert first[sent.message_id] != body
        else:
            assert not sent.message_id or sent.message_id not in first
            first[sent.message_id] = body
    assert repeats > 100


def test_arrivals_are_in_order_and_end_in_time() -> None:
    made = stream(1_500, seed=4, until=UNTIL, places=PLACES)
    arrivals = [at for at, _ in made.arrivals()]
    assert all(earlier <= later for earlier, later in pairwise(arrivals))
    assert arrivals[-1] <= UNTIL
    assert arrivals[0] >= UNTIL - timedelta(days=37)


def test_nothing_is_registered_before_it_is_born_or_after_it_is_sent() -> None:
    for body in plain_stream(2_000, seed=6, until=UNTIL, places=PLACES):
        message = msgspec.json.decode(body)
        data = message["data"]
        born, registered = parse_day_first(data["nksNgaySinh"]), parse_day_first(data["ngayDangKy"])
        sent_at = datetime.fromisoformat(message["sent_at"])
        assert born <= registered == vietnam_date(sent_at)
        assert sent_at <= UNTIL


def test_offices_register_in_office_hours_most_on_mondays_hardly_on_sundays() -> None:
    made = stream(6_000, seed=8, until=UNTIL, places=PLACES)
    moments = [
        datetime.fromisoformat(message["sent_at"])
        for body, sent in zip(list(made), made.truth.messages, strict=True)
        if sent.case == "create" and (message := msgspec.json.decode(body))
    ]
    days = Counter(moment.weekday() for moment in moments)
    assert days[6] < 0.03 * len(moments)
    assert days[5] < days[4] / 2
    assert days[0] > days[2] > days[5] > days[6]
    assert all(7 <= moment.hour <= 17 for moment in moments)


def test_quotas_add_up_also_before_the_offices_open() -> None:
    for hour in (0, 6, 9, 12, 18, 23):
        for count in (1, 7, 1000):
            shares = quotas(count, until=UNTIL.replace(hour=hour), days=20)
            assert sum(share for _, share in shares) == count
    assert quotas(1000, until=UNTIL.replace(hour=5), days=20)[-1][1] == 0


def test_ids_belong_to_nobody_and_repeat_for_nobody(big: tuple[Stream, list[bytes]]) -> None:
    assert not any(province_digits_valid(prefix[1:]) for prefix in UNASSIGNED_PREFIXES)
    numbers = [child.true_personal_id for child in big[0].truth.children]
    assert len(set(numbers)) == len(numbers)
    assert all(number[:3] in UNASSIGNED_PREFIXES and len(number) == 12 for number in numbers)


def test_the_mint_goes_on_with_another_prefix_when_one_is_used_up() -> None:
    mint = Mint()
    mint.ids["226"] = 999_999
    born = date(2026, 1, 1)
    pair = [mint.personal_id("male", born), mint.personal_id("male", born)]
    assert [number[:3] for number in pair] == ["003", "005"]


def test_the_mint_deals_each_number_of_a_year_once() -> None:
    mint = Mint()
    numbers = {mint.personal_id("female", date(2026, 5, 5)) for _ in range(50_000)}
    assert len(numbers) == 50_000
    assert all(number.startswith("003326") for number in numbers)


def test_the_capital_has_a_quarter_of_the_births(big: tuple[Stream, list[bytes]]) -> None:
    capital = sum(child.province_code == "01" for child in big[0].truth.children)
    assert 0.22 < capital / 12_000 < 0.29


def test_missing_ids_have_a_cause_and_the_share_asked_for() -> None:
    made, _ = told(6_000, habits=Habits(missing_id_share=0.2))
    missing = [child for child in made.truth.children if not child.sent_personal_id]
    assert 0.18 < len(missing) / 6_000 < 0.25
    assert all(child.id_cause for child in missing)
    assert len({child.id_cause for child in missing}) >= 6


def test_twins_share_mother_and_day_and_differ_in_name_and_entry(
    big: tuple[Stream, list[bytes]],
) -> None:
    children = big[0].truth.children
    twins = [
        (one, other)
        for one, other in pairwise(children)
        if one.mother_name == other.mother_name != "" and one.born_on == other.born_on
        and one.commune_code == other.commune_code
    ]  # fmt: skip
    assert 60 < len(twins) < 300
    assert sum(one.full_name != other.full_name for one, other in twins) > 0.95 * len(twins)
    assert all(one.true_personal_id != other.true_personal_id for one, other in twins)


def test_register_entries_are_used_once(big: tuple[Stream, list[bytes]]) -> None:
    made, bodies = big
    keys: Counter[tuple[str, ...]] = Counter()
    for body, sent in zip(bodies, made.truth.messages, strict=True):
        if sent.case == "create":
            data = msgspec.json.decode(body)["data"]
            keys[data["ndkksMaXa"], data["quyenSo"], data["soDangKy"], data["ngayDangKy"][-4:]] += 1
    assert max(keys.values()) == 1


def test_plain_births_are_clean_and_distinct() -> None:
    bodies = list(plain_stream(2_000, seed=3, until=UNTIL, places=PLACES))
    found = [judged(body) for body in bodies]
    assert len({judgement.message_id for judgement in found}) == 2_000
    assert {judgement.outcome for judgement in found} == {"accepted"}
    remarks = Counter(warning for judgement in found for warning in judgement.warnings)
    assert set(remarks) <= {"W-PID-PLACE", "W-NAME-SHORT"}
    assert all(judgement.birth and judgement.birth.personal_id for judgement in found)


def test_old_births_are_sent_under_the_codes_of_their_day(big: tuple[Stream, list[bytes]]) -> None:
    former = {code for code, _ in PLACES.former}
    old = 0
    for body, sent in zip(big[1], big[0].truth.messages, strict=True):
        if sent.case == "create":
            data = msgspec.json.decode(body)["data"]
            if parse_day_first(data["ngayDangKy"]) < PLACES.merged_on:
                assert data["ndkksMaXa"] in former
                old += 1
    assert old > 60
