"""Reads FHIR's resources with HL7's models, for tests."""

import json
from typing import Any

from fhir.resources.R4B import get_fhir_model_class

from lienthong.web.api.door import Reply


def resource(reply: Reply) -> dict[str, Any]:
    """The resource of a reply, after HL7's model has read it and written it back unchanged."""
    assert reply.content_type == "application/fhir+json; charset=utf-8"
    found = json.loads(reply.body)
    model = get_fhir_model_class(found["resourceType"]).model_validate(found)
    assert json.loads(model.model_dump_json()) == found
    return dict(found)
