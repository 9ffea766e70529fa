"""Acts of merger in the small world of the pages: what the form sends, and units on either side."""

from datetime import timedelta
from typing import Any

from django.conf import settings
from django.db import connection
from django.test import Client

from lienthong.database.scope import acting
from lienthong.kernel.dates import vietnam_date
from tests.web.declared import BA_DINH, NGOC_HA, declare
from tests.web.world import SYSTEM, World

LIST = "/can-bo/sap-nhap/"
NEW = f"{LIST}moi/"
# Acts of a few days ago: children are registered before, and every instant but a far one has come.
DAY = vietnam_date(settings.CLOCK()) - timedelta(days=5)
BEFORE = DAY - timedelta(days=1)
BAC_NINH = "07210"
_COLUMNS = ("ma-cu", "ma-moi", "phan", "ghi-chu", "ten-moi", "ma-tinh")


def units_on_either_side(world: World) -> None:
    """Ba Đình with its unit, Ngọc Hà with another of the province, Bắc Giang with one elsewhere."""
    declare(world, "TE01001", BA_DINH)
    with acting(SYSTEM, at=world.at), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalogues_unit (code, name, agency_code, province_code)"
            " VALUES ('TE01002', 'BHXH cơ sở Ngọc Hà – cấp thẻ trẻ em', '', '01') RETURNING id"
        )
        world.units["TE01002"] = cursor.fetchone()[0]
    declare(world, "TE01002", NGOC_HA)
    declare(world, "TE24001", BAC_NINH)


def form_of(
    *rows: tuple[str, ...], number: str = "12/NQ", day: str = str(DAY), **more: str
) -> dict[str, Any]:
    """What the form sends: rows of old code, new code, kind and whatever follows."""
    filled = [(*row, *("",) * (len(_COLUMNS) - len(row))) for row in rows]
    cells = {name: [row[place] for row in filled] for place, name in enumerate(_COLUMNS)}
    return {"so": number, "ngay": day, "thoi-diem": "", "thao-tac": "luu"} | cells | more


def enter(client: Client, *rows: tuple[str, ...], **more: str) -> str:
    """Enter an act on screen; the address of its page."""
    response = client.post(NEW, form_of(*rows, **more))
    assert response.status_code == 303, response.content.decode()
    return response.headers["Location"]


def id_of(address: str) -> int:
    """The key in the address of an act's page."""
    return int(address.removeprefix(LIST).partition("/")[0])
