"""Patient, Coverage and CoverageEligibilityResponse, made of an answer of the look-up. Never an address, never parents."""

import hmac
import uuid
from datetime import date, datetime
from typing import Final

from django.conf import settings

from lienthong.cards.lookup import CardAnswer, Verdict
from lienthong.kernel.dates import VIETNAM
from lienthong.web.api.eligibility_schema import Status
from lienthong.web.api.fhir_answers import Resource, versioned
from lienthong.web.api.fhir_asking import Sought, Submitted
from lienthong.web.api.fhir_directory import id_of
from lienthong.web.api.fhir_terms import (
    BENEFIT_GROUP,
    BENEFIT_LEVEL,
    CARD_CODE,
    COVERAGE_CLASS,
    COVERAGE_TYPE,
    ELIGIBILITY,
    INSURANCE_NUMBER,
    INSURER_VI,
    PERSONAL_ID,
    REGISTERED_FACILITY,
    REQUEST,
    TEMPORARY_CODE,
)

PATIENT_SHOWS: Final = ("full_name", "birth_date", "sex")
COVERAGE_SHOWS: Final = ("card_code", "facility", "validity")
RESPONSE_SHOWS: Final = ("validity",)
"""What the log says was shown of a person who was found."""

_GENDERS = {"male": "male", "female": "female"}
_DISPOSITIONS_VI = {
    Status.VALID: "Thẻ còn giá trị sử dụng vào ngày được hỏi.",
    Status.NOT_VALID: "Đúng người; không có thẻ còn giá trị vào ngày được hỏi.",
    Status.NO_MATCH: "Không khớp với dữ liệu. Không có nghĩa là người được hỏi không có thẻ: đề nghị xem giấy tờ hoặc quét mã QR.",
}


def patient(found: CardAnswer, sought: Sought) -> Resource:
    """The person who was found: number, registered name, birth date, sex. The personal id only to whoever knew it."""
    identifiers = [_person_identifier(found)]
    if found.personal_id and found.personal_id in sought.code and found.insurance_number:
        identifiers.append({"system": PERSONAL_ID, "value": found.personal_id})
    name = found.full_name or ""
    family, _, given = name.partition(" ")
    return versioned(
        {
            "resourceType": "Patient",
            "id": _opaque("patient", identifiers[0]["value"]),
            "identifier": identifiers,
            "name": [
                {"use": "official", "text": name, "family": family}
                | ({"given": given.split(" ")} if given else {})
            ],
            "gender": _GENDERS.get(found.sex or "", "unknown"),
            "birthDate": str(found.born_on),
        }
    )


def coverage(found: CardAnswer) -> Resource | None:
    """The card that was found; None for a child whose card is not there yet."""
    code, valid_from, valid_to = found.code, found.valid_from, found.valid_to
    if code is None or valid_from is None or valid_to is None:
        return None
    is_over = found.ended_on is not None and found.verdict is not Verdict.VALID
    end = min(valid_to, found.ended_on) if is_over and found.ended_on else valid_to
    shown: Resource = {
        "resourceType": "Coverage",
        "id": _opaque("coverage", f"{code}|{found.version or 0}"),
        "identifier": [{"system": _system_of(code), "value": code}],
        "status": "cancelled" if is_over else "active",
        "type": {"coding": [{"system": COVERAGE_TYPE, "code": "PUBLICPOL"}]},
        "subscriberId": found.insurance_number or code,
        "beneficiary": {"type": "Patient", "identifier": _person_identifier(found)},
        "period": {"start": str(min(valid_from, end)), "end": str(end)},
        "payor": [{"type": "Organization", "display": INSURER_VI}],
        "class": [
            _class("group", code[:2], BENEFIT_GROUP),
            _class("plan", str(found.benefit_level), BENEFIT_LEVEL),
        ],
    }
    if found.facility_code:
        facility = {
            "reference": f"Organization/{id_of('facility', found.facility_code)}",
            "display": found.facility_name or found.facility_code,
        }
        shown["extension"] = [{"url": REGISTERED_FACILITY, "valueReference": facility}]
    return versioned(shown)


def response(
    asked: Submitted,
    told: tuple[Status, date | None],
    found: CardAnswer,
    request_id: str,
    at: datetime,
) -> Resource:
    """What `$submit` answers: in force or not, until when; for NO_MATCH an error that says nothing about cover."""
    status, valid_to = told
    sought = asked.sought
    own = (
        {"value": asked.reference} if asked.reference else {"system": REQUEST, "value": request_id}
    )
    said: Resource = {
        "resourceType": "CoverageEligibilityResponse",
        "id": _opaque("response", request_id),
        "identifier": [{"system": REQUEST, "value": request_id}],
        "status": "active",
        "purpose": list(dict.fromkeys(asked.purposes)),
        "patient": {
            "type": "Patient",
            "identifier": {"value": sought.code or "-"}
            | ({"system": sought.system} if sought.system else {}),
        },
        "created": at.astimezone(VIETNAM).replace(microsecond=0).isoformat(),
        "request": {"type": "CoverageEligibilityRequest", "identifier": own},
        "outcome": "error" if status is Status.NO_MATCH else "complete",
        "disposition": _DISPOSITIONS_VI[status],
        "insurer": {"type": "Organization", "display": INSURER_VI},
    }
    coded = {"coding": [{"system": ELIGIBILITY, "code": status.value}]}
    if status is Status.NO_MATCH:
        said["error"] = [{"code": coded}]
    else:
        said["insurance"] = [_insurance(status, valid_to, found, asked.purposes)]
    return said


def _insurance(
    status: Status, valid_to: date | None, found: CardAnswer, purposes: tuple[str, ...]
) -> Resource:
    issue = f", lần cấp {found.version}" if found.version else ""
    told: Resource = {
        "coverage": {"type": "Coverage", "display": f"Thẻ BHYT{issue}"},
        "inforce": status is Status.VALID,
    }
    if valid_to is not None:
        told["benefitPeriod"] = {"end": str(valid_to)}
        if "benefits" in purposes:
            level = {"coding": [{"system": BENEFIT_LEVEL, "code": str(found.benefit_level)}]}
            told["item"] = [{"category": level}]
    return told


def _class(kind: str, value: str, system: str) -> Resource:
    coding = [{"system": COVERAGE_CLASS, "code": kind}, {"system": system, "code": value}]
    return {"type": {"coding": coding}, "value": value}


def _person_identifier(found: CardAnswer) -> dict[str, str]:
    if found.insurance_number:
        return {"system": INSURANCE_NUMBER, "value": found.insurance_number}
    if found.code is None:
        return {"system": PERSONAL_ID, "value": found.personal_id or "-"}
    return {"system": TEMPORARY_CODE, "value": found.code or ""}


def _system_of(code: str) -> str:
    return TEMPORARY_CODE if code[5:7] == "99" and code.startswith("TE1") else CARD_CODE


def _opaque(kind: str, what: str) -> str:
    """A stable id that tells nothing and leads nowhere."""
    secret = settings.KEYRING.secret("blind")
    digest = hmac.digest(secret, f"fhir:{kind}:{what}".encode(), "sha256")
    return str(uuid.UUID(bytes=digest[:16], version=4))
