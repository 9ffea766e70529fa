"""Is what we hold still what we were sent? Reads every stored message again and compares the facts.

A birth whose facts no longer follow from the bytes of its message has been changed behind our back.
"""

from collections.abc import Iterator
from datetime import date

import msgspec
from django.db import connection

from lienthong.births.lists import code_lists
from lienthong.births.reading import facts_of
from lienthong.database.invariants import Breach
from lienthong.gateways.justice import judge
from lienthong.gateways.justice_types import BirthFacts

_PAGE = """
    SELECT birth.id, message.body, birth.facts::text, birth.facts_sha256, message.message_id
    FROM births_birth AS birth JOIN births_message AS message ON message.id = birth.message_id
    WHERE birth.id > %s ORDER BY birth.id LIMIT %s
"""
_PAGE_ROWS = 5_000
_NAME = "BIRTH_FACTS"
_SENTENCE = "Dữ liệu khai sinh đang lưu khác với thông điệp gốc."


def breaches(*, on: date) -> Iterator[Breach]:
    """One breach for each birth that differs from its message. One pass, in pages of 5,000."""
    lists, last = code_lists(), 0
    while True:
        with connection.cursor() as cursor:
            cursor.execute(_PAGE, [last, _PAGE_ROWS])
            rows = cursor.fetchall()
        if not rows:
            return
        for birth_id, body, facts, digest, message_id in rows:
            read = judge(bytes(body), on=on, lists=lists).birth
            if read is None or {_digest(facts), facts_of(read)[1]} != {bytes(digest)}:
                yield Breach(_NAME, str(birth_id), f"{_SENTENCE} ({message_id})")
        last = rows[-1][0]


def _digest(facts: str) -> bytes:
    """SHA-256 of the facts as they are held; empty when they no longer have the form of facts."""
    try:
        return facts_of(msgspec.json.decode(facts, type=BirthFacts))[1]
    except msgspec.MsgspecError:
        return b""
