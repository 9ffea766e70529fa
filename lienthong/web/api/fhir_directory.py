"""Organization and Location: health facilities and issuing units, to leaf through page by page. Nobody's data.

A facility is an Organization (who) and a Location (where); an issuing unit is an Organization alone.
"""

import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final
from urllib.parse import urlencode

from psycopg import Cursor

from lienthong.catalogues import directory
from lienthong.catalogues.directory import Asked, Entry, Kind
from lienthong.web.api.eligibility_bearer import form_of
from lienthong.web.api.eligibility_schema import is_plain
from lienthong.web.api.fhir_answers import Resource, Wrong, searchset, versioned
from lienthong.web.api.fhir_terms import FACILITY_CODE, ORGANIZATION_TYPE, UNIT_CODE

KINDS: Final[dict[str, tuple[Kind, ...]]] = {
    "Organization": ("facility", "unit"),
    "Location": ("facility",),
}
_TYPES: Final[dict[str, Kind]] = {"prov": "facility", "pay": "unit"}
_SYSTEMS: Final[dict[str, Kind]] = {FACILITY_CODE: "facility", UNIT_CODE: "unit"}
_PAGE = 20
_COUNT = re.compile("[0-9]{1,6}")
_LONGEST = 200
_UNSAFE = re.compile(r"[^A-Za-z0-9-]")
_ESCAPED = re.compile(r"\.([0-9a-f]{2,6})\.")


@dataclass(frozen=True, slots=True)
class Wanted:
    """A search of the directory: the kinds in their order, the conditions, and the id after which the page begins."""

    kinds: tuple[Kind, ...]
    asked: Asked
    after_kind: Kind | None = None


def id_of(kind: Kind, code: str) -> str:
    """The FHIR id of an entry; characters that an id may not have are written as `.hex.`."""
    return f"{kind}-{_UNSAFE.sub(lambda found: f'.{ord(found[0]):02x}.', code)}"


def key_of_id(text: str) -> tuple[Kind, str] | None:
    """Kind and code of an id; None when it is none of ours."""
    kind, _, rest = text.partition("-")
    code = _ESCAPED.sub(lambda found: _letter(found[1]), rest)
    for known in KINDS["Organization"]:
        if kind == known and code and is_plain(code) and id_of(known, code) == text:
            return known, code
    return None


def _letter(digits: str) -> str:
    number = int(digits, 16)
    return chr(number) if number <= sys.maxunicode else ""


def one(cursor: Cursor[Any], resource_type: str, key: tuple[Kind, str], on: date) -> Resource:
    """The entry with that kind and code. Raises Wrong (404)."""
    kind, code = key
    found = directory.entries(cursor, Asked(kind, code=code, most=1), on=on)
    if not found or kind not in KINDS[resource_type]:
        raise NOT_FOUND
    return _resource(resource_type, found[0])


def page(
    cursor: Cursor[Any], resource_type: str, wanted: Wanted, *, base: str, on: date
) -> Resource:
    """A Bundle of at most `_count` entries, with a link to the next page when there is one."""
    most = wanted.asked.most
    # One more than asked for tells whether there is a next page.
    found = list(_found(cursor, wanted, most + 1, on=on)) if most else []
    shown = found[:most]
    links = {"self": f"{base}/{resource_type}?{_query(wanted)}"}
    if len(found) > len(shown):
        last = shown[-1]
        after = replace(
            wanted, asked=replace(wanted.asked, after_code=last.code), after_kind=last.kind
        )
        links["next"] = f"{base}/{resource_type}?{_query(after)}"
    entries = []
    for entry in shown:
        resource = _resource(resource_type, entry)
        match = {"resource": resource, "search": {"mode": "match"}}
        place = {"fullUrl": f"{base}/{resource_type}/{resource['id']}"} if base else {}
        entries.append(place | match)
    return searchset(entries, links)


def _found(cursor: Cursor[Any], wanted: Wanted, most: int, *, on: date) -> Iterator[Entry]:
    kinds = wanted.kinds
    if wanted.after_kind in kinds:
        kinds = kinds[kinds.index(wanted.after_kind) :]
    left = most
    for kind in kinds:
        after = wanted.asked.after_code if kind == (wanted.after_kind or kinds[0]) else ""
        asked = replace(wanted.asked, kind=kind, after_code=after, most=min(left, directory.MOST))
        found = directory.entries(cursor, asked, on=on)
        yield from found
        left -= len(found)
        if left <= 0:
            return


def wanted_of(resource_type: str, query: bytes) -> Wanted:
    """What a search asks for. Raises Wrong for parameters that are not supported."""
    fields = form_of(query)
    if fields is None or len({name for name, _ in fields}) < len(fields):
        raise Wrong(400, "invalid", "Tham số không hợp lệ, hoặc một tham số có nhiều giá trị.")
    wanted = Wanted(KINDS[resource_type], Asked("facility", most=_PAGE))
    for name, value in fields:
        if len(value) > _LONGEST or not is_plain(value):
            raise Wrong(400, "invalid", f"Tham số {name[:40]} có giá trị không hợp lệ.")
        wanted = _narrowed(wanted, name, value, resource_type)
    return wanted


def _narrowed(wanted: Wanted, name: str, value: str, resource_type: str) -> Wanted:
    if name in {"_format", "_pretty"}:
        return wanted
    if name in {"_id", "identifier"}:
        return _named(wanted, name, value)
    if name in {"name", "name:contains"}:
        asked = replace(wanted.asked, name=value or None, in_name=name.endswith("contains"))
        return replace(wanted, asked=asked)
    if name == "type" and resource_type == "Organization":
        kind = _TYPES.get(value.removeprefix(f"{ORGANIZATION_TYPE}|"))
        return replace(wanted, kinds=tuple(each for each in wanted.kinds if each == kind))
    if name == "_count" and _COUNT.fullmatch(value):
        return replace(
            wanted, asked=replace(wanted.asked, most=min(int(value), directory.MOST - 1))
        )
    if name == "_after" and (key := key_of_id(value)) is not None:
        return replace(wanted, asked=replace(wanted.asked, after_code=key[1]), after_kind=key[0])
    raise Wrong(
        400, "not-supported", f"Tham số {name[:40]} không được hỗ trợ hoặc có giá trị không hợp lệ."
    )


def _named(wanted: Wanted, name: str, value: str) -> Wanted:
    """Narrowed to one entry, by its id or by its code with or without the system of the code."""
    kinds: tuple[Kind, ...] = wanted.kinds
    if name == "_id":
        key = key_of_id(value)
        kinds, code = ((key[0],), key[1]) if key else ((), "")
    else:
        system, has_system, code = value.rpartition("|")
        if has_system and system:
            kinds = (_SYSTEMS[system],) if system in _SYSTEMS else ()
    kept = tuple(each for each in wanted.kinds if each in kinds)
    if wanted.asked.code not in {None, code}:
        kept = ()
    return replace(wanted, kinds=kept, asked=replace(wanted.asked, code=code))


def _query(wanted: Wanted) -> str:
    asked = wanted.asked
    said: dict[str, str] = {"_count": str(asked.most)}
    if asked.code is not None:
        said["identifier"] = asked.code
    if asked.name is not None:
        said["name:contains" if asked.in_name else "name"] = asked.name
    if len(wanted.kinds) == 1 and asked.code is None:
        said["type"] = next(code for code, kind in _TYPES.items() if kind == wanted.kinds[0])
    if wanted.after_kind is not None:
        said["_after"] = id_of(wanted.after_kind, asked.after_code)
    return urlencode(said)


def _resource(resource_type: str, entry: Entry) -> Resource:
    return _organization(entry) if resource_type == "Organization" else _location(entry)


def _organization(entry: Entry) -> Resource:
    is_facility = entry.kind == "facility"
    kind = {"system": ORGANIZATION_TYPE, "code": "prov" if is_facility else "pay"}
    return versioned(
        {
            "resourceType": "Organization",
            "id": id_of(entry.kind, entry.code),
            "identifier": [_identifier(entry)],
            "active": entry.is_active,
            "type": [{"coding": [kind]}],
            "name": entry.name,
            "address": [_address(entry)],
        }
    )


def _location(entry: Entry) -> Resource:
    return versioned(
        {
            "resourceType": "Location",
            "id": id_of(entry.kind, entry.code),
            "identifier": [_identifier(entry)],
            "status": "active" if entry.is_active else "inactive",
            "name": entry.name,
            "mode": "instance",
            "address": _address(entry),
            "managingOrganization": {
                "reference": f"Organization/{id_of(entry.kind, entry.code)}",
                "display": entry.name,
            },
        }
    )


def _identifier(entry: Entry) -> dict[str, str]:
    system = FACILITY_CODE if entry.kind == "facility" else UNIT_CODE
    return {"system": system, "value": entry.code}


def _address(entry: Entry) -> dict[str, str]:
    told = {"city": entry.commune_name, "state": entry.province_name, "country": "VN"}
    return {name: value for name, value in told.items() if value}


NOT_FOUND: Final = Wrong(404, "not-found", "Không có tài nguyên này.")
