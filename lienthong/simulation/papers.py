"""A few births on paper for the demo: entered through the real action by the officer at reception, with drawn scans.

One is of each way: urgent without an id, registered elsewhere, from abroad; and for one of them the electronic record
arrives later and says something else. Fictional people only.
"""

import io
from datetime import date, datetime, timedelta

from django.db import connection
from PIL import Image, ImageDraw

from lienthong.accounts import jurisdiction
from lienthong.births import enrolment, paper, storing
from lienthong.births.paper import Entry
from lienthong.gateways.justice_typed import Envelope, write_typed
from lienthong.kernel.dates import vietnam_date
from lienthong.simulation.geography import CAPITAL
from lienthong.simulation.places import MISSING_FACILITY

OFFICER = "tiep-nhan-01"
_HOMES = """
    SELECT resolved_commune_code FROM dossiers_dossier
    WHERE province_code = %s AND unit_id IS NOT NULL AND resolved_commune_code <> ''
    GROUP BY 1 ORDER BY count(*) DESC, 1 LIMIT 3
"""
_ENTERED = "SELECT count(*) FROM births_paper"
_DAYS_AGO = 12


def enter_some(*, at: datetime) -> int:
    """Enter the papers once; how many there are. None where too few communes have a unit."""
    with connection.cursor() as cursor:
        cursor.execute(_ENTERED)
        (entered,) = cursor.fetchone()
        cursor.execute(_HOMES, [CAPITAL])
        homes = [row[0] for row in cursor.fetchall()]
    if entered or not homes:
        return int(entered)
    by, on = jurisdiction.actor_of(OFFICER), vietnam_date(at)
    told = _told(on, homes)
    for number, (reason, typed) in enumerate(told, start=1):
        entry = Entry(reason, f"{number:032x}", typed)
        paper.enter(entry, [_sheet(typed["child_name"])], by=by, at=at - timedelta(hours=1))
    enrolment.advance_all(at=at, on=on)
    _arrive_later(told[0][1], at=at)
    return len(told)


def _told(on: date, homes: list[str]) -> list[tuple[str, dict[str, str]]]:
    born = on - timedelta(days=_DAYS_AGO)
    registered = born + timedelta(days=_DAYS_AGO // 2)
    home, *others = homes
    common = {
        "born_on": str(born),
        "registered_on": str(registered),
        "registered_province": CAPITAL,
        "registered_commune": home,
        "registration_kind": "1",
        "nationality": "VN",
        "book": f"GIAY/{on.year}",
        "residence_commune": home,
    }
    away = others[-1] if others else home
    return [
        ("C3", common | {"number": "1", "child_name": "PHẠM GIA BẢO", "sex": "male", "mother_name": "LÊ THỊ NGA",
                         "mother_born": "1995", "birth_notice_code": "01013.GCS.99001.26",
                         "residence_text": "Số 12 ngõ 5", "requester_name": "LÊ THỊ NGA", "requester_relation": "Mẹ"}),
        ("B", common | {"number": "2", "child_name": "TRẦN KHÁNH LINH", "sex": "female",
                        "mother_name": "ĐÀO THU HÀ", "residence_commune": away, "residence_text": "Tổ 8",
                        "requester_name": "TRẦN VĂN SƠN", "requester_relation": "Cha", "father_name": "TRẦN VĂN SƠN",
                        "facility_code": MISSING_FACILITY}),
        ("C2", common | {"number": "3", "child_name": "VŨ MINH KHÔI", "sex": "male", "mother_name": "VŨ THỊ LAN",
                         "book": f"07/{on.year} (C2-FR)", "birth_country": "FR", "birth_place": "Paris",
                         "office": "Đại sứ quán Việt Nam tại Pháp", "foreign_country": "FR",
                         "requester_name": "VŨ THỊ LAN", "requester_relation": "Mẹ",
                         "facility_code": MISSING_FACILITY}),
    ]  # fmt: skip


def _arrive_later(typed: dict[str, str], *, at: datetime) -> None:
    """The electronic record of the urgent child: with its id, and with another mother's year of birth."""
    number = f"001{'2' if typed['sex'] == 'male' else '3'}{typed['born_on'][2:4]}990001"
    told = typed | {"personal_id": number, "mother_born": "1996"}
    sent_at = at.isoformat(timespec="seconds")
    envelope = Envelope(f"LTKS-{at.year}-GIAY-1", "BTP", "create", 1, sent_at, is_urgent=False)
    storing.accept(
        write_typed(told, envelope),
        storing.Via("file", peer="mo-phong"),
        by=enrolment.system(),
        at=at,
    )
    enrolment.advance_all(at=at, on=vietnam_date(at))


def _sheet(name: str) -> bytes:
    """A drawn page that says it is a specimen."""
    page = Image.new("RGB", (620, 877), "white")
    pen = ImageDraw.Draw(page)
    pen.rectangle((20, 20, 600, 857), outline="black")
    pen.text((60, 60), "BAN QUET MAU - KHONG CO GIA TRI", fill="black")
    pen.text((60, 100), name.encode("ascii", "ignore").decode(), fill="black")
    stream = io.BytesIO()
    page.save(stream, "PNG")
    return stream.getvalue()
