"""Bench P9: a thousand cards as one PDF, beside the floor of the same run, their QR matrices alone.

Fictional children of no province; nothing is stored. Not a test: it fails no build on a slow day.
"""

import random
import resource
import statistics
import tempfile
import time
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import zxingcpp

from lienthong.cards.seal import CardFacts, seal_text
from lienthong.cards.sheet import CardSheetLine, sheet_pdf
from lienthong.gateways.keyring import Keyring
from lienthong.kernel.dates import plus_years

_AT = datetime(2026, 11, 20, 2, 15, tzinfo=UTC)
_FIRST_BIRTH = date(2026, 10, 1)
_COMMUNES = 40
_KIB = 1024
_FAMILIES = [
    "NGUYỄN",
    "TRẦN",
    "LÊ",
    "PHẠM",
    "HOÀNG",
    "HUỲNH",
    "PHAN",
    "VŨ",
    "VÕ",
    "ĐẶNG",
    "BÙI",
    "ĐỖ",
    "HỒ",
    "NGÔ",
    "DƯƠNG",
    "LÝ",
]
_MIDDLES = [
    "THỊ",
    "VĂN",
    "MINH",
    "NGỌC",
    "QUỲNH",
    "BẢO",
    "GIA",
    "ĐỨC",
    "HỮU",
    "THANH",
    "KIM",
    "ÁNH",
]
_GIVEN = [
    "AN",
    "BÌNH",
    "CHÂU",
    "DUNG",
    "GIANG",
    "HÀ",
    "HIẾU",
    "KHÁNH",
    "LINH",
    "MAI",
    "NAM",
    "OANH",
    "PHÚC",
    "SƠN",
    "UYÊN",
    "VY",
    "YẾN",
]


def run(cards: int = 1000, *, rounds: int = 5, seed: int = 9) -> dict[str, float | int | str]:
    """Medians over the rounds, the two sides in turn: seconds, cards a second, KB a card, MiB at the peak.

    `ratio_to_qr_alone` is the time of the whole PDF over that of the QR matrices in it (a lower bound of 1).
    """
    lines, seal_seconds = _lines(cards, seed)
    whole: list[float] = []
    matrices: list[float] = []
    pdf = b""
    for _ in range(rounds):
        matrices.append(_seconds(lambda: _matrices(lines)))
        started = time.perf_counter()
        pdf = sheet_pdf(lines, run_number="BENCH", printed_at=_AT, unit_name="Đơn vị đo thử")
        whole.append(time.perf_counter() - started)
    median = statistics.median(whole)
    return {
        "bench": "print",
        "cards": cards,
        "rounds": rounds,
        "seconds": round(median, 3),
        "cards_per_second": round(cards / median),
        "kb_per_card": round(len(pdf) / cards / 1000, 2),
        "ratio_to_qr_alone": round(median / statistics.median(matrices), 2),
        "seals_per_second": round(cards / seal_seconds),
        "peak_mib": round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / _KIB),
    }


def _seconds(work: Callable[[], None]) -> float:
    started = time.perf_counter()
    work()
    return time.perf_counter() - started


def _matrices(lines: list[CardSheetLine]) -> None:
    for line in lines:
        zxingcpp.create_barcode(line.qr_text, zxingcpp.BarcodeFormat.QRCode, ec_level="M")


def _lines(cards: int, seed: int) -> tuple[list[CardSheetLine], float]:
    chance = random.Random(seed)  # noqa: S311  names for a bench, no secret
    with tempfile.TemporaryDirectory() as folder:
        keyring = Keyring.open(Path(folder) / "keys.json", create=True)
        facts = [_facts(number, chance) for number in range(cards)]
        started = time.perf_counter()
        texts = [seal_text(one, keyring, at=_AT) for one in facts]
        spent = time.perf_counter() - started
    return [
        _line(*pair, number) for number, pair in enumerate(zip(facts, texts, strict=True))
    ], spent


def _facts(number: int, chance: random.Random) -> CardFacts:
    name = (chance.choice(_FAMILIES), *chance.sample(_MIDDLES, 2), chance.choice(_GIVEN))
    born_on = _FIRST_BIRTH + timedelta(days=chance.randrange(50))
    return CardFacts(
        code=f"TE100{3_000_000_000 + number}",
        full_name=" ".join(name),
        birth_date=born_on,
        sex=chance.choice(("male", "female")),
        valid_from=born_on,
        valid_to=plus_years(born_on, 6),
        facility_code="00013",
        version=1,
    )


def _line(facts: CardFacts, qr_text: str, number: int) -> CardSheetLine:
    commune = number % _COMMUNES
    return CardSheetLine(
        card_id=number,
        code=facts.code,
        insurance_number=facts.code[5:],
        full_name=facts.full_name,
        birth_date=facts.birth_date,
        sex=facts.sex,
        address=f"Thôn {number}, Xã số {commune}",
        facility_code=facts.facility_code,
        facility_name=f"Trạm Y tế Xã số {commune}",
        valid_from=facts.valid_from,
        valid_to=facts.valid_to,
        five_year_on=plus_years(facts.birth_date, 5),
        benefit_level=1,
        area_code="",
        unit_name=f"Bảo hiểm xã hội cơ sở số {commune}",
        province_name="Tỉnh thử nghiệm",
        commune_code=f"{commune:05}",
        commune_name=f"Xã số {commune}",
        guardian_name="",
        form="CARD_1666",
        qr_text=qr_text,
        issued_on=_AT.date(),
        copy_number=1,
    )
