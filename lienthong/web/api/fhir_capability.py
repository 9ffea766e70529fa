"""What `/fhir/` can do, said by itself: the CapabilityStatement at `/fhir/metadata`. Promises nothing that is not there."""

from importlib.metadata import version
from typing import Final

from lienthong.web.api.fhir_answers import Resource
from lienthong.web.api.fhir_terms import FHIR_VERSION

_CHANGED_ON: Final = "2026-11-30"
_SEARCH_VI = (
    "Chỉ tìm bằng POST …/_search, với đủ identifier, name và birthdate, mỗi tham số đúng một giá trị; "
    "kết quả có nhiều nhất một người. Không nhận dữ liệu cá nhân trong địa chỉ (GET)."
)
_SECURITY_VI = (
    "OAuth 2.0 client credentials tại /api/v1/token; mã truy cập Bearer có hạn mười phút, dùng từ đúng địa chỉ mạng "
    "đã lấy mã. Location, Organization và metadata không cần mã. Mỗi lần hỏi về một người được ghi nhật ký và tính "
    "vào mức giới hạn của tài khoản."
)
_SUBMIT: Final = "http://hl7.org/fhir/OperationDefinition/CoverageEligibilityRequest-submit"


def capability_statement() -> Resource:
    """The statement, the same for everybody."""
    holder = ["identifier", "name", "family", "given", "birthdate"]
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": _CHANGED_ON,
        "kind": "instance",
        "software": {"name": "Lienthong", "version": version("lienthong")},
        "implementation": {"description": "Tra cứu thẻ bảo hiểm y tế của trẻ em dưới 6 tuổi"},
        "fhirVersion": FHIR_VERSION,
        "format": ["application/fhir+json", "json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": _SECURITY_VI},
                "resource": [
                    _person("Patient", {name: _KINDS[name] for name in holder}),
                    _person(
                        "Coverage",
                        {"identifier": "token"}
                        | {f"beneficiary.{name}": _KINDS[name] for name in holder},
                    ),
                    _listed("Location", {"name": "string"}),
                    _listed("Organization", {"name": "string", "type": "token"}),
                    {
                        "type": "CoverageEligibilityRequest",
                        "documentation": "Gửi tới $submit, kèm Patient trong contained hoặc trong Bundle. Không lưu lại.",
                        "operation": [{"name": "submit", "definition": _SUBMIT}],
                    },
                    {
                        "type": "CoverageEligibilityResponse",
                        "documentation": "Chỉ là câu trả lời của $submit; không đọc lại được.",
                    },
                ],
            }
        ],
    }


_KINDS: Final = {
    "identifier": "token",
    "name": "string",
    "family": "string",
    "given": "string",
    "birthdate": "date",
}


def _person(kind: str, parameters: dict[str, str]) -> Resource:
    return {
        "type": kind,
        "documentation": _SEARCH_VI,
        "interaction": [{"code": "search-type"}],
        "versioning": "versioned",
        "searchParam": _parameters(parameters),
    }


def _listed(kind: str, parameters: dict[str, str]) -> Resource:
    return {
        "type": kind,
        "interaction": [{"code": "read"}, {"code": "search-type"}],
        "versioning": "versioned",
        "searchParam": _parameters({"_id": "token", "identifier": "token"} | parameters),
    }


def _parameters(parameters: dict[str, str]) -> list[dict[str, str]]:
    return [{"name": name, "type": kind} for name, kind in parameters.items()]
