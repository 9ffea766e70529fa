"""From 01/08/2025 the personal id stands beside the number: for officers, on the family's link, and never a made-up one."""

from datetime import date, datetime, timedelta

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from lienthong.births import merging
from lienthong.births.merging import Asked, Merger
from lienthong.cards import actions, links, printing
from lienthong.database.scope import acting
from lienthong.kernel.dates import VIETNAM
from tests.printed_cards import page_texts
from tests.web.conftest import SignedIn
from tests.web.world import SYSTEM, Child, World, actor_of

ID, OTHER = "003226000123", "003226000456"
_FAMILY = "cùng với mã số: <b>"


def _active(world: World, name: str = "NGUYỄN MINH AN") -> Child:
    child = world.child(name)
    actions.approve([child.card_id or 0], by=actor_of(world, "so-the-01"), at=world.at)
    return child


def _as_worker(statement: str, *values: object) -> list[tuple[object, ...]]:
    with acting(SYSTEM, at=settings.CLOCK()), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(statement, list(values))
        found = cursor.fetchall() if cursor.description else []
        cursor.execute("SET LOCAL ROLE lienthong_web")
    return found


def _person(child: Child) -> int:
    ((person,),) = _as_worker(
        "SELECT person_id FROM dossiers_dossier WHERE id = %s", child.dossier_id
    )
    return int(str(person))


def _with_id(child: Child, personal_id: str | None) -> int:
    person = _person(child)
    _as_worker("UPDATE persons_person SET personal_id = %s WHERE id = %s", personal_id, person)
    return person


def _seen(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return response.content.decode()


@pytest.mark.rule("INV-10")
def test_the_id_stands_beside_the_number_for_the_officer_and_the_family(
    world: World, signed_in: SignedIn
) -> None:
    child = _active(world)
    token = links.make_link(child.card_id or 0, by=SYSTEM, at=world.at).token
    person = _with_id(child, ID)
    ((number,),) = _as_worker("SELECT number FROM persons_number WHERE person_id = %s", person)
    page = _seen(signed_in("tiep-nhan-01"), f"/can-bo/the-dien-tu/{child.card_id}/")
    assert f"<dt>Số định danh</dt><dd>{ID}</dd>" in page
    assert f"<dt>Mã số BHXH</dt><dd>{number}</dd>" in page
    family = _seen(Client(), f"/the-dien-tu/{token}/")
    assert _FAMILY + ID in family
    assert str(number) in family
    fields = _as_worker(
        "SELECT fields FROM audit_entry WHERE by LIKE %s ORDER BY id DESC LIMIT 1", "citizen:%"
    )
    assert "personal_id" in str(fields)
    record = _seen(signed_in("thu-01"), f"/can-bo/tre/{child.dossier_code}/")
    assert "Số dùng chính</dt><dd>Số định danh, cùng với mã số BHXH" in record


def test_without_an_id_nothing_is_made_up(world: World, signed_in: SignedIn) -> None:
    child = _active(world)
    token = links.make_link(child.card_id or 0, by=SYSTEM, at=world.at).token
    _with_id(child, None)
    page = _seen(signed_in("tiep-nhan-01"), f"/can-bo/the-dien-tu/{child.card_id}/")
    assert "<dt>Số định danh</dt>" not in page
    assert _FAMILY not in _seen(Client(), f"/the-dien-tu/{token}/")
    record = _seen(signed_in("thu-01"), f"/can-bo/tre/{child.dossier_code}/")
    assert "Số dùng chính</dt><dd>Mã số BHXH" in record


def _become(role: str) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET LOCAL ROLE lienthong_{role}")


def _run(child: Child, at: datetime, reason: str = "") -> printing.PrintRun:
    _become("worker")
    run = printing.print_cards([child.card_id or 0], by=SYSTEM, at=at, reason=reason)
    assert printing.run_pdf(run.id, by=SYSTEM, at=at).pdf == run.pdf
    _become("web")
    return run


def _printed(pdf: bytes) -> str:
    return page_texts(pdf)[1]


def test_lists_of_cards_name_the_id_beside_the_code(world: World, signed_in: SignedIn) -> None:
    waiting, printed = world.child("LÊ AN"), _active(world, "LÊ BA")
    nameless = world.child("LÊ CÁT")
    for child, digits in ((waiting, ID), (printed, OTHER), (nameless, None)):
        _with_id(child, digits)
    _run(printed, world.at)
    to_approve = _seen(signed_in("so-the-01"), "/can-bo/duyet-the/")
    assert f"Số định danh {ID}" in to_approve
    assert "Chưa có số định danh" in to_approve
    assert f"Số định danh {OTHER}" in _seen(signed_in("tiep-nhan-01"), "/can-bo/tra-the/")
    fields = _as_worker(
        "SELECT fields FROM audit_entry WHERE action = 'viewed' ORDER BY id DESC LIMIT 1"
    )
    assert "personal_id" in str(fields)


def test_print_bears_the_id_of_its_day_and_stays_so_when_drawn_again(world: World) -> None:
    first, late, none = _active(world), _active(world, "LÊ AN"), _active(world, "LÊ BA")
    _with_id(first, ID)
    for child in (late, none):
        _with_id(child, None)
    runs = [_run(child, world.at) for child in (first, late, none)]
    assert f"Số định danh: {ID}" in _printed(runs[0].pdf)
    assert "Số định danh" not in _printed(runs[1].pdf)
    _with_id(first, None)
    _with_id(late, OTHER)
    _become("worker")
    for run in runs:
        assert printing.run_pdf(run.id, by=SYSTEM, at=world.at).pdf == run.pdf
    again = _run(late, world.at, "Mất thẻ")
    assert f"Số định danh: {OTHER}" in _printed(again.pdf)


@pytest.mark.parametrize(("day", "is_there"), [(31, False), (32, True)])
def test_print_of_the_day_before_bears_the_ten_digits_alone(
    world: World, day: int, is_there: bool
) -> None:
    child = _active(world)
    _with_id(child, ID)
    at = datetime(2025, 7, 1, 9, tzinfo=VIETNAM) + timedelta(days=day - 1)
    run = _run(child, at)
    assert (f"Số định danh: {ID}" in _printed(run.pdf)) is is_there


def test_the_day_before_the_number_stands_alone(world: World) -> None:
    child = _active(world)
    token = links.make_link(child.card_id or 0, by=SYSTEM, at=world.at).token
    _with_id(child, ID)
    found = links.open_link(token, links.Visit("127.0.0.1", "r1"))
    assert isinstance(found, links.ElectronicCard)
    assert found.id_beside(date(2025, 7, 31)) == ""
    assert found.id_beside(date(2025, 8, 1)) == ID


def test_the_link_of_a_merged_record_leads_to_the_persons_card(world: World) -> None:
    kept, lost = _active(world), _active(world, "NGUYỄN MINH ÂN")
    token = links.make_link(lost.card_id or 0, by=SYSTEM, at=world.at).token
    told = Merger(_person(kept), _person(lost), "FAMILY_PAPERS", "Một trẻ.", _person(kept))
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
    merging.merge(
        told, Asked(7, "officer:a", world.at), by=actor_of(world, "truong-so-the-01"), at=world.at
    )
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_web")
    assert "Xem thẻ mới của trẻ" in _seen(Client(), f"/the-dien-tu/{token}/")
    newest = _seen(Client(), f"/the-dien-tu/{token}/moi/")
    assert "NGUYỄN MINH AN" in newest
    assert "Đây là <b>thẻ mới</b>" in newest
