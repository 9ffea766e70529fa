"""The names by which `/fhir/` calls its identifiers and codes.

URNs of our own: they are stable, they lead nowhere, and nobody has to serve them. Those of HL7 are HL7's.
"""

from typing import Final

FHIR_VERSION: Final = "4.0.1"

INSURANCE_NUMBER: Final = "urn:lienthong:insurance-number"
"""Mã số BHXH, 10 digits."""
PERSONAL_ID: Final = "urn:lienthong:personal-id"
"""Số định danh cá nhân, 12 digits."""
CARD_CODE: Final = "urn:lienthong:card-code"
"""Mã thẻ BHYT, 15 or 17 characters."""
TEMPORARY_CODE: Final = "urn:lienthong:temporary-code"
"""Mã thẻ tạm of a child without a card, 15 characters."""
FACILITY_CODE: Final = "urn:lienthong:facility-code"
"""Mã cơ sở khám, chữa bệnh, 5 characters."""
UNIT_CODE: Final = "urn:lienthong:unit-code"
"""Mã đơn vị cấp thẻ."""
REQUEST: Final = "urn:lienthong:request"
"""The number of a call, as it stands in the log."""

PERSON_SYSTEMS: Final = frozenset({INSURANCE_NUMBER, PERSONAL_ID, CARD_CODE, TEMPORARY_CODE})

ELIGIBILITY: Final = "urn:lienthong:eligibility"
"""VALID, NOT_VALID, NO_MATCH."""
BENEFIT_LEVEL: Final = "urn:lienthong:benefit-level"
"""Mã mức hưởng, 1 to 5."""
BENEFIT_GROUP: Final = "urn:lienthong:benefit-group"
"""Mã đối tượng, two letters."""
REGISTERED_FACILITY: Final = "urn:lienthong:registered-facility"
"""Extension of Coverage: nơi đăng ký khám, chữa bệnh ban đầu."""

COVERAGE_TYPE: Final = "http://terminology.hl7.org/CodeSystem/v3-ActCode"
COVERAGE_CLASS: Final = "http://terminology.hl7.org/CodeSystem/coverage-class"
ORGANIZATION_TYPE: Final = "http://terminology.hl7.org/CodeSystem/organization-type"
INSURER_VI: Final = "Bảo hiểm xã hội Việt Nam"
