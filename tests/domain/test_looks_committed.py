"""What a family reads of who looked, across transactions: nothing is missing, nothing is joined with another look."""

import uuid
from datetime import date

import pytest
from django.conf import settings
from django.db import transaction

from lienthong.births import following
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.notices import passcodes
from tests import cards, hospitals
from tests.births import ON, column, small_country
from tests.officers import become, run

LOOKS = 7
CITIZEN = Actor("tra cứu", ActorKind.CITIZEN, frozenset(), person_key=0)
_PHONE = """
    INSERT INTO notices_contact (subject_kind, subject_id, channel, address, source, since, entered_by)
    VALUES ('person', %s, 'sms', '+84900000001', 'officer', clock_timestamp(), 'x')
"""


def _opened(person_id: int) -> uuid.UUID:
    become("lienthong_web")
    nonce = passcodes.send(person_id, by=CITIZEN, at=settings.CLOCK())
    assert passcodes.opens(nonce, passcodes.code_of(str(nonce)))
    return nonce


@pytest.mark.rule("INV-34")
def test_each_look_is_told_as_soon_as_it_was_answered(committed_db: object) -> None:
    with transaction.atomic():
        small_country()
        card_id = cards.handed_over()
        hospitals.hospital()
    code, person_id = (
        column(f"SELECT {name} FROM cards_card WHERE id = %s", card_id)[0]  # noqa: S608 - two names of ours
        for name in ("code", "person_id")
    )
    with transaction.atomic():
        run(_PHONE, person_id)
    with transaction.atomic():
        nonce = _opened(person_id)
    told: list[int] = []
    for _ in range(LOOKS):
        with transaction.atomic():
            hospitals.answers(
                hospitals.call(str(code), "NGUYỄN MINH AN", date(2026, 11, 12), on=ON)
            )
        with transaction.atomic():
            become("lienthong_web")
            told.append(sum(it.who_vi == "Bệnh viện thử" for it in following.looks(nonce)))
    assert told == list(range(1, LOOKS + 1))
