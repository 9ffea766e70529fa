"""Leafing through the issuing units as they stand today."""

from urllib.parse import urlencode

from lienthong.accounts.permissions import Permission
from lienthong.catalogues import browsing
from lienthong.catalogues.browsing import Browse
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page

_PAGE_SIZE = 50


@page("can-bo/don-vi/", name="units", needs=Permission.CATALOGUE_VIEW)
def units(call: Call) -> Answer:
    """Issuing units, with how many communes each answers for today."""
    wanted = Browse(
        text=call.value("tim")[:100],
        province_code=call.value("tinh")[:2],
        after=call.value("sau")[:30],
    )
    lines = browsing.units(call.by, wanted=wanted, on=call.on, limit=_PAGE_SIZE + 1)
    shown = lines[:_PAGE_SIZE]
    more = {
        "tim": wanted.text,
        "tinh": wanted.province_code,
        "sau": shown[-1].code if shown else "",
    }
    context = {
        "lines": shown,
        "wanted": wanted,
        "next_query": urlencode(more) if len(lines) > _PAGE_SIZE else "",
        "on": call.on,
    }
    return Show("staff/units.html", context)
