"""Declarations in the small world of the pages, and how the tests read a page."""

from datetime import date

from django.db import connection
from django.test import Client

from lienthong.catalogues import declaring, routes
from lienthong.catalogues.unit_file import WorkplaceFacts
from lienthong.database.scope import acting
from lienthong.kernel.dates import DateRange, vietnam_date
from tests.web.world import SYSTEM, World

REFORM = date(2025, 7, 1)
BA_DINH, NGOC_HA, HUE = "00004", "00008", "19774"


def text_of(client: Client, address: str) -> str:
    """The page, which must be there."""
    response = client.get(address)
    assert response.status_code == 200, (address, response.status_code)
    return response.content.decode()


def table_of(text: str) -> str:
    """The table of communes alone."""
    return text.partition('id="danh-sach"')[2].partition('<nav class="tile-frame"')[0]


def declare(world: World, unit: str, commune: str, first: date = REFORM) -> int:
    """The unit for the commune from that day; the key."""
    facts = WorkplaceFacts(unit, unit[2:4], "", commune, DateRange(first))
    with acting(SYSTEM, at=world.at):
        return declaring.declare(facts, by=SYSTEM, at=world.at)


def answering(world: World, unit: str, commune: str) -> None:
    """The unit answers for the commune today, as tabulated for requests."""
    declare(world, unit, commune)
    routes.ensure(vietnam_date(world.at))


def double(world: World, unit: str, commune: str) -> None:
    """Another unit, declared for the commune since the reform, whoever has it."""
    with acting(SYSTEM, at=world.at), connection.cursor() as cursor:
        cursor.execute(
            "WITH made AS (INSERT INTO catalogues_unit (code, name, agency_code, province_code)"
            " VALUES (%s, 'Đơn vị hai', '', %s) RETURNING id)"
            " INSERT INTO catalogues_workplace (unit_id, province_code, district_code, commune_code, valid)"
            " SELECT id, %s, '', %s, '[2025-07-01,)' FROM made",
            [unit, unit[2:4], unit[2:4], commune],
        )


def whole_province(world: World, unit: str, *, without: str = "") -> None:
    """The unit for every present commune of its province but one."""
    with acting(SYSTEM, at=world.at), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO catalogues_workplace (unit_id, province_code, district_code, commune_code, valid)"
            " SELECT %s, province_code, '', code, '[2025-07-01,)' FROM catalogues_division"
            " WHERE level = 'commune' AND province_code = %s AND upper_inf(valid) AND code <> %s",
            [world.units[unit], unit[2:4], without],
        )


def units_of(commune: str, on: date) -> list[str]:
    """The units that count for the commune on the day."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT unit.code FROM catalogues_declared JOIN catalogues_unit AS unit ON unit.id = unit_id"
            " WHERE catalogues_declared.code = %s AND counts @> %s::date ORDER BY 1",
            [commune, on],
        )
        return [row[0] for row in cursor.fetchall()]
