"""The twin Ministry of Justice: its requests are signed as ours must be, and it takes an answer once."""

from datetime import datetime, timedelta

import httpx
import pytest

from lienthong.database.outbox import Letter
from lienthong.gateways.partners import BIRTHS, Partners
from lienthong.gateways.signing import Request, verify_request
from lienthong.kernel.dates import VIETNAM
from lienthong.kernel.errors import Refused, Unavailable
from lienthong.simulation.justice import KEY_ID, MinistryOfJustice, push
from lienthong.simulation.partners import citizens, justice_sender, population_client
from lienthong.simulation.truth import ChildTruth, Truth
from tests.identity import BORN

AT = datetime(2026, 11, 20, 9, 15, tzinfo=VIETNAM)
BODY = b'{"schema":1,"message_id":"LTKS-2026-0000001"}'


def letter(version: int = 1, outcome: str = "accepted") -> Letter:
    return Letter(7, 1, 1, "justice.answer", "41", version, {"outcome": outcome})


def test_a_pushed_message_carries_a_signature_that_our_door_accepts() -> None:
    ministry = MinistryOfJustice()
    seen: list[str] = []

    def door(request: httpx.Request) -> httpx.Response:
        asked = Request(request.method, str(request.url), dict(request.headers), request.read())
        known = Partners([ministry.partner(AT - timedelta(days=1))])
        signed = verify_request(asked, known, at=AT, door=BIRTHS)
        seen.append(signed.partner.source)
        assert asked.body == BODY
        asked.body += b" "
        with pytest.raises(Refused):
            verify_request(asked, known, at=AT, door=BIRTHS)
        return httpx.Response(202, json={"receipt": {"key_id": KEY_ID}})

    with ministry.door(
        "http://lienthong.invalid", now=lambda: AT, transport=httpx.MockTransport(door)
    ) as client:
        assert push(client, BODY).status == 202
    assert seen == ["BTP"]


def test_an_answer_is_taken_once_however_often_it_comes() -> None:
    ministry = MinistryOfJustice()
    assert [ministry.take(letter()) for _ in range(3)] == ["taken", "taken before", "taken before"]
    assert ministry.take(letter(2, "held")) == "taken"
    assert ministry.answers == {("41", 1): {"outcome": "accepted"}, ("41", 2): {"outcome": "held"}}
    assert ministry.repeated_count == 2


def test_two_contents_under_one_version_are_refused() -> None:
    ministry = MinistryOfJustice()
    ministry.take(letter())
    with pytest.raises(Refused):
        ministry.take(letter(outcome="held"))
    assert ministry.answers == {("41", 1): {"outcome": "accepted"}}


def test_a_ministry_that_is_down_takes_nothing() -> None:
    ministry = MinistryOfJustice(is_down=True)
    with pytest.raises(Unavailable):
        ministry.take(letter())
    ministry.is_down = False
    assert ministry.take(letter()) == "taken"


def test_the_worker_s_twins_answer() -> None:
    assert justice_sender()(letter()) == "taken"
    assert population_client().ready()


def test_the_population_database_knows_the_children_of_a_stream() -> None:
    child = ChildTruth(
        1, "Lê An", "male", BORN, "00004", "00004", "01", "003226000001", "", "PID_TECH_ERROR",
        "Trần Bình", "LTKS-1",
    )  # fmt: skip
    [known] = citizens(Truth([child]))
    assert (known.personal_id, known.obstacle) == ("003226000001", "PID_TECH_ERROR")
