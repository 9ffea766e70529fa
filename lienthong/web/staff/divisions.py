"""Administrative divisions: leafing through those of a day, and everything one code has meant."""

from datetime import date
from urllib.parse import urlencode

from lienthong.accounts.permissions import Permission
from lienthong.catalogues import browsing, histories
from lienthong.catalogues import divisions as catalogue
from lienthong.catalogues import queries as catalogues
from lienthong.catalogues.browsing import Browse
from lienthong.catalogues.divisions import Resolution
from lienthong.kernel.errors import NotFound, Refused
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.declarations import day_of

_PAGE_SIZE = 50
_LEVELS_VI = {"province": "Cấp tỉnh", "district": "Cấp huyện", "commune": "Cấp xã"}


@page("can-bo/dia-ban/", name="divisions", needs=Permission.CATALOGUE_VIEW)
def divisions(call: Call) -> Answer:
    """Provinces of a day, the communes of one, or what a code or a name finds."""
    day = day_of(call, "ngay") or call.on
    wanted = Browse(call.value("tim")[:100], call.value("tinh")[:2], call.value("sau")[:5])
    lines = browsing.divisions(call.by, wanted=wanted, on=day, limit=_PAGE_SIZE + 1)
    shown = lines[:_PAGE_SIZE]
    asked = {"ngay": day.isoformat(), "tim": wanted.text, "tinh": wanted.province_code}
    context = {
        "lines": [(line, _LEVELS_VI[line.level]) for line in shown],
        "wanted": wanted,
        "day": day,
        "provinces": catalogues.provinces(call.by, on=day),
        "is_filtered": bool(wanted.text or wanted.province_code),
        "is_code": wanted.text.isdigit() and bool(histories.versions(call.by, wanted.text)),
        "next_query": urlencode(asked | {"sau": shown[-1].code}) if len(lines) > _PAGE_SIZE else "",
    }
    return Show("staff/divisions.html", context)


@page("can-bo/dia-ban/<str:code>/", name="division", needs=Permission.CATALOGUE_VIEW)
def division(call: Call, code: str) -> Answer:
    """What a code has meant, where its people came from and went, who was declared for it, and where it stands now."""
    versions = histories.versions(call.by, code)
    if not versions:
        raise NotFound("")
    ways = histories.ways(call.by, code)
    written_on = day_of(call, "ghi-ngay") or versions[0].first
    on = day_of(call, "nay") or max(call.on, written_on)
    found, said = _resolved(code, written_on, on)
    context = {
        "code": code,
        "versions": versions,
        "level_vi": _LEVELS_VI[versions[0].level],
        "now": next(
            (
                it
                for it in versions
                if it.first <= call.on and (it.last is None or call.on <= it.last)
            ),
            None,
        ),
        "came": [way for way in ways if way.new_code == code],
        "went": [way for way in ways if way.old_code == code],
        "declared": catalogues.declarations(call.by, place_code=code),
        "written_on": written_on,
        "resolve_on": on,
        "is_asked": bool(call.value("ghi-ngay")),
        "written_name": catalogue.name_on(code, written_on),
        "found": found,
        "heirs": [
            (heir, histories.SHARES_VI[heir.share]) for heir in (found.communes if found else ())
        ],
        "said": said,
        "on": call.on,
    }
    return Show("staff/division.html", context)


def _resolved(code: str, written_on: date, on: date) -> tuple[Resolution | None, str]:
    try:
        return catalogue.resolve(code, written_on=written_on, on=on), ""
    except Refused as error:
        return None, error.message_vi
