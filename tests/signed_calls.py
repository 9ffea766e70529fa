"""A ministry's signed calls for tests of proofs, and the packs that come of them."""

import base64
import json
from datetime import timedelta
from typing import Any

from django.conf import settings

from lienthong.births import proof, proofcheck, proofpack
from lienthong.births import record as records
from lienthong.births.proofcheck import Verdict
from lienthong.database.scope import acting
from tests import births
from tests.births import AT, ON
from tests.domain.test_proof import Members, resigned
from tests.web.ministry import Ministry

LATER = AT + timedelta(days=2)
FIRST = "LTKS-2026-0000001"


def post(ministry: Ministry, content: bytes, **headers: str) -> None:
    """Post a body as the ministry would; it is kept, whatever it is."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    response = ministry.post(content, created=AT, headers=named)
    assert response.status_code in {200, 202, 409}, response.content


def members_of(message_id: str = FIRST) -> Members:
    """What is in the proof of a child, once everything has moved."""
    births.run()
    by = births.system()
    with acting(by, at=LATER):
        code = records.code_of(by, message_id)
        return proofpack.members_of(proof.compose(by, code, at=LATER, on=ON).content)


def check(members: Members, **told: Any) -> Verdict:
    """What a check finds in these members, signed anew by us."""
    return proofcheck.check(resigned(members, settings.KEYRING), **told)


def signatures_of(members: Members) -> list[dict[str, Any]]:
    """The senders' signatures in a proof, as plain JSON."""
    return list(json.loads(members["signatures.json"])["signatures"].values())


def keys_of(ministry: Ministry, **dates: str) -> dict[str, Any]:
    """The key file that the ministry publishes."""
    public = base64.b64encode(ministry.private.public_key().public_bytes_raw()).decode()
    return {ministry.key_id: {"public_key": public, **dates}}
