"""Births on paper for tests: an officer at reception, what he types, and scans that are scans."""

import io
import itertools
from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime
from typing import Any

import pytest
from django.db import connection, transaction
from PIL import Image

from lienthong.accounts.permissions import Role, permissions_of
from lienthong.births import enrolment, paper
from lienthong.births.paper import Entered, Entry
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.errors import Refused
from tests.births import AT, BA_DINH, column, parents

_tokens = itertools.count(1)
PDF = (
    b"%PDF-1.4\n1 0 obj<</Type/Catalog/Pages 2 0 R>>endobj\n2 0 obj<</Type/Pages/Kids[]/Count 0>>endobj\n"
    b"xref\n0 3\ntrailer<</Size 3/Root 1 0 R>>\nstartxref\n110\n%%EOF\n"
)


def picture(form: str, *, size: tuple[int, int] = (60, 80)) -> bytes:
    """A small image of that kind."""
    stream = io.BytesIO()
    Image.new("RGB", size, "white").save(stream, form)
    return stream.getvalue()


def officer(role: Role = Role.RECEPTION, *, key: int = 501, province: str = "01") -> Actor:
    """An officer of that province, as the console has him."""
    return Actor(
        f"can-bo-{key}",
        ActorKind.OFFICER,
        permissions_of(role),
        key,
        role=role,
        province_code=province,
    )


def typed(child: int = 1, /, **changes: str) -> dict[str, str]:
    """What is typed about the child: the same as `births.message(child)`, still without a personal id."""
    family = parents(child)
    facts = {
        "child_name": "NGUYỄN MINH AN",
        "sex": "male",
        "born_on": "2026-11-12",
        "birth_notice_code": f"01013.GCS.{child:05}.26",
        "registered_province": "01",
        "registered_commune": BA_DINH,
        "book": "01/2026",
        "number": str(child),
        "registered_on": "2026-11-19",
        "registration_kind": "1",
        "nationality": "VN",
        "mother_name": family["meHoTen"],
        "mother_born": "1996",
        "mother_personal_id": family["meSoDDCN"],
        "father_name": family["chaHoTen"],
        "father_born": "03/05/1994",
        "requester_name": family["nycHoTen"],
        "requester_relation": "Cha",
        "residence_commune": BA_DINH,
        "residence_text": "Số 5 ngõ 2",
        "facility_code": "01013",
    }
    return facts | changes


def entry(child: int = 1, reason: str = "C3", /, **changes: Any) -> Entry:
    """One entry, with a token of its own; fields of `Entry` by name, typed facts by theirs."""
    own = {name: changes.pop(name) for name in list(changes) if name in Entry.__slots__}
    made = Entry(reason, f"{next(_tokens):032x}", typed(child, **changes))
    return replace(made, **own)


def enter(
    child: int = 1,
    reason: str = "C3",
    /,
    *,
    by: Actor | None = None,
    at: datetime = AT,
    files: Iterable[bytes] = (PDF,),
    **changes: Any,
) -> Entered:
    """Enter a paper as the officer does."""
    return paper.enter(entry(child, reason, **changes), list(files), by=by or officer(), at=at)


def papers() -> list[tuple[Any, ...]]:
    """Reason, kind and rank of every paper."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT reason, kind, after_version, paper_no FROM births_paper ORDER BY id")
        return cursor.fetchall()


def system() -> Actor:
    """The system itself."""
    return enrolment.system()


def refusal(child: int = 1, reason: str = "C3", /, **changes: Any) -> str:
    """The code and field for which the paper is refused, and that nothing of it is kept."""
    before = column("SELECT count(*) FROM births_message")
    with pytest.raises(Refused) as caught, transaction.atomic():
        enter(child, reason, **changes)
    assert caught.value.message_vi
    assert column("SELECT count(*) FROM births_message") == before
    return f"{caught.value.code} {caught.value.field}"
