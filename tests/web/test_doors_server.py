"""The newer doors on a running server: any request that the OpenAPI document allows, and the time of those who miss."""

import json
import os
import statistics
import time
from collections.abc import Iterator
from contextlib import nullcontext, suppress
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import httpx
import pytest
import schemathesis
from django.conf import settings as installation
from django.db import connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.errors import Unsatisfiable
from schemathesis.generation import GenerationMode
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from lienthong.accounts import passwords
from lienthong.database.address import Address
from lienthong.database.roles import _marker
from lienthong.web.api import openapi
from lienthong.web.api.eligibility_pace import BEAT_SECONDS
from tests import cards, hospitals, postgres
from tests.births import column, small_country
from tests.folders import public_folder
from tests.officers import become
from tests.web.servers import free_port, serving

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]
NAME, BORN = "ĐẶNG THỊ BÔNG", "2026-11-11"
"""Of nobody's example: whoever is asked for in vain ten times is not found that day."""
EXAMPLES = int(os.environ.get("DOORS_EXAMPLES", "12"))
"""Requests of each kind for each operation; many more by hand."""
DOCUMENT = openapi.document()
OPERATIONS = [
    f"{method.upper()} {path}" for path, methods in DOCUMENT["paths"].items() for method in methods
]
_CHECKS = [
    schemathesis.checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
]


@dataclass(frozen=True)
class Served:
    """A server over a database with one card."""

    url: str
    code: str

    def bearer(self) -> dict[str, str]:
        """The header of a fresh token."""
        credentials = (hospitals.NAME, hospitals.PASSWORD)
        form = {"grant_type": "client_credentials"}
        told = httpx.post(f"{self.url}/api/v1/token", data=form, auth=credentials)
        return {"Authorization": f"Bearer {told.json()['access_token']}"}

    def old_credentials(self) -> dict[str, str]:
        """The four parameters of the giám định gateway."""
        md5 = passwords.md5_of(hospitals.PASSWORD)
        sent = {"username": hospitals.NAME, "password": md5}
        key = httpx.post(f"{self.url}/api/token/take", data=sent).json()["APIKey"]
        return {"token": key["access_token"], "id_token": key["id_token"], **sent}


@pytest.fixture(scope="module")
def served(
    postgres_owner: Address, template_database: str, django_db_blocker: object
) -> Iterator[Served]:
    with postgres.copy(postgres_owner, template_database) as own, django_db_blocker.unblock():  # type: ignore[attr-defined]
        with postgres.django_on(own):
            with transaction.atomic():
                become("lienthong_worker")
                small_country()
                hospitals.hospital()
                (code,) = column(
                    "SELECT code FROM cards_card WHERE id = %s",
                    cards.active(nksHoTen=NAME, nksNgaySinh="11/11/2026"),
                )
            connections.close_all()
        home = public_folder()
        assert installation.KEYRING.secret("authz")
        (home / "database.json").write_text(json.dumps(_marker(own)), encoding="utf-8")
        os.environ["LIENTHONG_NOW"] = "2026-11-24T09:00:00+07:00"
        try:
            port = free_port()
            with serving(own, home, (port, ())):
                yield Served(f"http://127.0.0.1:{port}", str(code))
        finally:
            del os.environ["LIENTHONG_NOW"]


def test_a_newer_client_finds_its_way(served: Served) -> None:
    with httpx.Client(base_url=served.url, headers=served.bearer()) as client:
        question = {"code": served.code, "name": NAME, "dob": BORN, "visit_ref": "KB-1"}
        answer = client.post("/api/v1/eligibility", json=question)
        assert (answer.status_code, answer.json()["status"]) == (200, "VALID")
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.json()["request_id"] == answer.headers["X-Request-Id"]
        holder = {"identifier": served.code, "name": NAME, "birthdate": BORN}
        bundle = client.post("/fhir/Patient/_search", data=holder)
        assert bundle.headers["Content-Type"] == "application/fhir+json; charset=utf-8"
        assert bundle.json()["total"] == 1
        place = client.get("/fhir/Location/facility-01013")
        again = client.get(
            "/fhir/Location/facility-01013", headers={"If-None-Match": place.headers["ETag"]}
        )
        assert (place.status_code, again.status_code) == (200, 304)
        page = client.get("/fhir/Organization", params={"_count": 1}).json()
        following = next(it["url"] for it in page["link"] if it["relation"] == "next")
        assert following.startswith(f"{served.url}/fhir/Organization?")
        assert client.get(following).json()["entry"][0]["fullUrl"].startswith(served.url)
        assert client.get("/api/docs").status_code == 200


@pytest.mark.parametrize("place", OPERATIONS)
def test_no_request_breaks_the_document(served: Served, place: str) -> None:
    """No 5xx, no status, type, header or body that the document does not tell of."""
    method, _, path = place.partition(" ")
    operation = schemathesis.openapi.from_dict(DOCUMENT)[path][method]
    more: dict[str, Any] = {"headers": served.bearer()}
    if path.startswith("/api/egw/"):
        more = {"params": served.old_credentials()}

    for mode in GenerationMode:

        @given(case=operation.as_strategy(generation_mode=mode))
        @settings(
            max_examples=EXAMPLES,
            deadline=None,
            derandomize=True,
            database=None,
            phases=[Phase.generate],
            suppress_health_check=list(HealthCheck),
        )
        def run(case: Any) -> None:
            response = case.call(base_url=served.url, timeout=10, **more)
            case.validate_response(response, checks=_CHECKS)

        # Where an operation has nothing that could be wrong, there is no wrong request.
        nothing_wrong = (
            suppress(Unsatisfiable) if mode is GenerationMode.NEGATIVE else nullcontext()
        )
        with nothing_wrong:
            run()


@pytest.mark.rule("INV-30")
def test_misses_take_the_same_time(served: Served) -> None:
    """A gross difference only; the fine ones are measured by hand (docs/benchmarks.md)."""
    times: dict[str, list[float]] = {}
    with httpx.Client(base_url=served.url, headers=served.bearer()) as client:
        for number in range(15):
            # Everybody who is asked for in vain is another one, but for him who is asked for too often.
            other = f"LÊ VĂN {'ABCDEFGHIKLMNOP'[number]}"
            day = str(date(2020, 1, 1) + timedelta(number))
            kinds = {
                "unknown": {"code": "0000000000", "name": other, "dob": day},
                "malformed": {"code": "x", "name": other, "dob": day},
                "name": {"code": served.code, "name": other, "dob": BORN},
                "birth": {"code": served.code, "name": NAME, "dob": day},
                "often": {"code": served.code, "name": "LÊ VĂN HAI", "dob": BORN},
            }
            for kind, said in kinds.items():
                since = time.perf_counter()
                answer = client.post("/api/v1/eligibility", json={**said, "visit_ref": "KB-1"})
                times.setdefault(kind, []).append(time.perf_counter() - since)
                assert answer.json()["status"] == "NO_MATCH"
    middles = {kind: statistics.median(each) for kind, each in times.items()}
    assert min(min(each) for each in times.values()) > BEAT_SECONDS
    assert max(middles.values()) - min(middles.values()) < 0.03, middles
