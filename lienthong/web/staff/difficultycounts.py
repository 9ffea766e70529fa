"""Counts of difficulties (Tổng hợp vướng mắc): which subjects and rules hurt most, where, and how fast they are answered."""

from datetime import date, timedelta

from lienthong.accounts.permissions import Permission
from lienthong.catalogues import queries as catalogues
from lienthong.kernel.dates import parse_iso_date
from lienthong.oversight import tallies
from lienthong.web.answers import XLSX, Answer, File, Show
from lienthong.web.page import Call, page

_DAYS = 90
_MOST_CODES = 15


@page("can-bo/vuong-mac/tong-hop/", name="difficulty-counts", needs=Permission.DIFFICULTY_ANSWER)
def counts(call: Call) -> Answer:
    """The counts of a period, of the country or a province. Nobody's data."""
    last = _day(call.value("den-ngay")) or call.on
    first = min(_day(call.value("tu-ngay")) or last - timedelta(days=_DAYS), last)
    province = call.value("tinh")[:2] if call.by.everywhere else ""
    found = tallies.tallies(call.by, period=(first, last), province_code=province, at=call.at)
    context = {
        "found": found,
        "codes": found.codes[:_MOST_CODES],
        "first": first,
        "last": last,
        "province": province,
        "provinces": catalogues.provinces(call.by, on=call.on) if call.by.everywhere else [],
        "is_by_unit": bool(province) or not call.by.everywhere,
        "at": call.at,
    }
    return Show("staff/difficulty_counts.html", context)


@page("can-bo/vuong-mac/tep/", name="difficulty-file", needs=Permission.DIFFICULTY_ANSWER)
def file(call: Call) -> Answer:
    """Every difficulty in reach as XLSX, masked as stored."""
    return File(tallies.as_xlsx(call.by, at=call.at), "vuong-mac.xlsx", XLSX)


def _day(text: str) -> date | None:
    try:
        return parse_iso_date(text) if text else None
    except ValueError:
        return None
