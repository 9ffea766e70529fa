"""Reads from a FHIR request who is asked for: one identifier, one name, one whole birth date, all three exact.

There is no search by less: a Patient or a Coverage is found by whoever has its holder before him, or not at all.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, Final

import msgspec

from lienthong.kernel.dates import parse_iso_date
from lienthong.web.api.eligibility_bearer import form_of
from lienthong.web.api.eligibility_schema import is_plain
from lienthong.web.api.fhir_answers import Wrong
from lienthong.web.api.fhir_terms import PERSON_SYSTEMS

_LONGEST = 200
_IGNORED = frozenset({"_format", "_count", "_pretty", "_total", "_summary"})
_CHAINS: Final = ("beneficiary:Patient.", "beneficiary.", "patient:Patient.", "patient.")
_PARTS = ("identifier", "name", "family", "given", "birthdate")
_ESCAPED = re.compile(r"\\([\\,|$])")
PURPOSES: Final = frozenset({"validation", "benefits"})


@dataclass(frozen=True, slots=True)
class Sought:
    """Who is asked for. `code` is '' when the identifier is of a system that no person has here."""

    system: str
    code: str
    name: str
    born_on: date


@dataclass(frozen=True, slots=True)
class Submitted:
    """A CoverageEligibilityRequest: who, on which day if it says so, what for, and the asker's own number of it."""

    sought: Sought
    on: date | None
    purposes: tuple[str, ...]
    reference: str


def sought_by_form(body: bytes, *, is_coverage: bool) -> Sought:
    """Who a search by POST asks for. Raises Wrong."""
    fields = form_of(body)
    if fields is None:
        raise Wrong(400, "structure", "Nội dung không phải biểu mẫu hợp lệ bằng UTF-8.")
    found: dict[str, str] = {}
    for given, value in fields:
        if given in _IGNORED:
            continue
        name = _part_of(given, is_coverage=is_coverage)
        if name in found:
            raise Wrong(400, "invalid", f"Tham số {name} chỉ được có một giá trị.")
        found[name] = _one_value(name, value)
    name = found.get("name") or " ".join(
        found[part] for part in ("family", "given") if part in found
    )
    return _sought(found.get("identifier", ""), name, found.get("birthdate", "").removeprefix("eq"))


def _part_of(given: str, *, is_coverage: bool) -> str:
    name = given
    if is_coverage:
        name = next((given[len(chain) :] for chain in _CHAINS if given.startswith(chain)), given)
        if name == given and given != "identifier":
            name = ""
    name = name.removesuffix(":exact")
    if name not in _PARTS:
        raise Wrong(
            400, "not-supported", "Có tham số tìm kiếm không được hỗ trợ; xem /fhir/metadata."
        )
    return name


def _one_value(name: str, value: str) -> str:
    if "," in value.replace("\\,", ""):
        raise Wrong(400, "not-supported", f"Tham số {name} chỉ được có một giá trị.")
    return _ESCAPED.sub(r"\1", value).strip()


def _sought(identifier: str, name: str, born: str) -> Sought:
    if not (identifier and name and born):
        raise Wrong(
            400,
            "required",
            "Cần đủ ba phần: identifier (mã số BHXH, số định danh hoặc mã thẻ), name (họ và tên) và birthdate (ngày sinh).",
        )
    if max(len(identifier), len(name)) > _LONGEST or not is_plain(identifier + name):
        raise Wrong(400, "invalid", "Giá trị quá dài hoặc có ký tự không hợp lệ.")
    try:
        born_on = parse_iso_date(born)
    except ValueError:
        raise Wrong(400, "invalid", "birthdate phải đủ ngày tháng năm, dạng YYYY-MM-DD.") from None
    system, has_system, code = identifier.rpartition("|")
    if has_system and system and system not in PERSON_SYSTEMS:
        code = ""
    return Sought(system, code, name, born_on)


# ---------------------------------------------------------------- CoverageEligibilityRequest


class _Identifier(msgspec.Struct):
    system: str | None = None
    value: str | None = None


class _Name(msgspec.Struct):
    text: str | None = None
    family: str | None = None
    given: list[str] = []


class _Patient(msgspec.Struct):
    identifier: list[_Identifier] = []
    name: list[_Name] = []
    birthDate: str = ""  # noqa: N815  FHIR's own spelling


class _Reference(msgspec.Struct):
    reference: str = ""


class _Period(msgspec.Struct):
    start: str = ""


class _Request(msgspec.Struct):
    patient: _Reference
    purpose: list[str]
    identifier: list[_Identifier] = []
    contained: list[dict[str, Any]] = []
    servicedDate: str = ""  # noqa: N815
    servicedPeriod: _Period | None = None  # noqa: N815


def submitted(body: bytes) -> Submitted:
    """What a request asks, sent alone with its Patient contained, or first in a Bundle with its Patient. Raises Wrong."""
    try:
        content = msgspec.json.decode(body)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Wrong(400, "structure", "Nội dung không phải JSON hợp lệ.") from None
    asked, beside = _taken_apart(content)
    request = _as(asked, _Request)
    unknown = [each for each in request.purpose if each not in PURPOSES]
    if unknown or not request.purpose:
        raise Wrong(422, "not-supported", "purpose chỉ nhận validation và benefits.")
    patient = _as(_patient_of(request, beside), _Patient)
    period = request.servicedPeriod
    serviced = request.servicedDate or (period.start[:10] if period else "")
    return Submitted(
        _sought_patient(patient),
        _day(serviced) if serviced else None,
        tuple(request.purpose),
        next((each.value for each in request.identifier if each.value), "")[:_LONGEST],
    )


def _taken_apart(content: object) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
    """The request, and the other resources of its Bundle by the references that mean them."""
    if not isinstance(content, dict):
        raise _not_a_request()
    if content.get("resourceType") != "Bundle":
        return content, {}
    entries = content.get("entry")
    resources: dict[str, dict[str, Any]] = {}
    first: dict[str, Any] | None = None
    for entry in entries if isinstance(entries, list) else []:
        resource = entry.get("resource") if isinstance(entry, dict) else None
        if not isinstance(resource, dict):
            raise _not_a_request()
        first = first or resource
        resources[f"{resource.get('resourceType')}/{resource.get('id')}"] = resource
        resources[str(entry.get("fullUrl", ""))] = resource
    if first is None:
        raise _not_a_request()
    return first, resources


def _as(resource: object, shape: type[Any]) -> Any:  # noqa: ANN401  the shape that was given
    name = shape.__name__.strip("_")
    expected = {"Request": "CoverageEligibilityRequest"}.get(name, name)
    if not isinstance(resource, dict) or resource.get("resourceType") != expected:
        raise _not_a_request()
    try:
        return msgspec.convert(resource, shape)
    except msgspec.ValidationError:
        raise Wrong(
            422, "invalid", f"{expected} thiếu phần bắt buộc hoặc có phần sai kiểu."
        ) from None


def _not_a_request() -> Wrong:
    return Wrong(
        422,
        "invalid",
        "Cần một CoverageEligibilityRequest có Patient nằm trong contained, hoặc một Bundle bắt đầu bằng "
        "CoverageEligibilityRequest và có Patient mà nó tham chiếu.",
    )


def _patient_of(request: _Request, beside: dict[str, dict[str, Any]]) -> dict[str, Any] | None:
    reference = request.patient.reference
    if reference.startswith("#"):
        return next((each for each in request.contained if each.get("id") == reference[1:]), None)
    return beside.get(reference) if reference else None


def _sought_patient(patient: _Patient) -> Sought:
    identifier = _first_known(patient.identifier)
    names = [each.text or " ".join([each.family or "", *each.given]) for each in patient.name]
    name = next((each.strip() for each in names if each.strip()), "")
    return _sought(identifier, name, patient.birthDate)


def _first_known(identifiers: Sequence[_Identifier]) -> str:
    """The first identifier of a system that we know, else the first one."""
    told = [each for each in identifiers if each.value]
    known = [each for each in told if (each.system or "") in PERSON_SYSTEMS or not each.system]
    return next((f"{each.system or ''}|{each.value}" for each in (*known, *told)), "")


def _day(text: str) -> date:
    try:
        return parse_iso_date(text)
    except ValueError:
        raise Wrong(422, "invalid", "servicedDate phải có dạng YYYY-MM-DD.") from None
