"""From 01/08/2025 the personal id stands beside the number: for officers, on the family's link, and never a made-up one."""

from datetime import date

import pytest
from django.conf import settings
from django.db import connection
from django.test import Client

from lienthong.births import merging
from lienthong.births.merging import Asked, Merger
from lienthong.cards import actions, links
from lienthong.database.scope import acting
from tests.web.conftest import SignedIn
from tests.web.world import SYSTEM, Child, World, actor_of

ID = "003226000123"
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
