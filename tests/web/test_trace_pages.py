"""The trace of a child leads on: the officer's own next step, the decision that waits, words in place of codes."""

import re

import pytest
from django.db import connection
from django.test import Client

from lienthong.cards import actions, exchange, paper, printing
from lienthong.cards.exchange import Asked
from lienthong.cards.paper import Wish
from lienthong.database.scope import acting
from tests.cards import shown
from tests.web.conftest import SignedIn
from tests.web.declared import answering
from tests.web.test_work_pages import task
from tests.web.world import SYSTEM, Child, World, actor_of


def _steps(client: Client, child: Child) -> list[tuple[str, str]]:
    """The links of the next steps: address, words."""
    response = client.get(f"/can-bo/tra-cuu/{child.message_id}/")
    assert response.status_code == 200
    found = re.findall(r'<a class="button" href="([^"]+)">([^<]+)</a>', response.content.decode())
    return [(url, words) for url, words in found if url != "/can-bo/viec-cua-toi/"]


def test_each_step_is_offered_to_who_may_take_it(world: World, signed_in: SignedIn) -> None:
    waiting, electronic, wished, printed = (
        world.child(name, days_ago=0) for name in ("TRẺ MỘT", "TRẺ HAI", "TRẺ BA", "TRẺ BỐN")
    )
    by = actor_of(world, "so-the-01")
    approved = [it.card_id or 0 for it in (electronic, wished, printed)]
    assert actions.approve(approved, by=by, at=world.at).done_count == 3
    wish = Wish("on request", "Trần Thị Bình")
    assert paper.ask_for_paper(approved[1:2], wish, by=SYSTEM, at=world.at).done_count == 1
    printing.print_cards(approved[2:], by=by, at=world.at)
    head, collection = signed_in("truong-so-the-01"), signed_in("thu-01")
    for child, page, words in (
        (waiting, "duyet-the", "Duyệt thẻ"),
        (electronic, "the-dien-tu", "Giao thẻ điện tử"),
        (wished, "in-the", "In thẻ"),
        (printed, "tra-the", "Trả thẻ"),
    ):
        url = f"/can-bo/{page}/?ho-so={child.dossier_id}"
        assert _steps(head, child) == [(url, words)]
        alone = head.get(url).content.decode()
        assert child.name in alone
        assert "Đang xem một hồ sơ; xem tất cả" in alone
        assert _steps(collection, child) == []


def test_a_decision_that_waits_comes_first(world: World, signed_in: SignedIn) -> None:
    child = world.child("NGUYỄN MINH AN")
    task_id = task(world, child, "T-BIRTH-DATE-AFTER-CARD")
    decide = (f"/can-bo/dieu-chinh/{task_id}/", "Quyết định về khai sinh đã thay đổi")
    assert _steps(signed_in("thu-01"), child) == [decide]
    assert _steps(signed_in("truong-so-the-01"), child)[0] == decide
    assert decide not in _steps(signed_in("tiep-nhan-01"), child)


def test_a_further_card_on_its_way_is_told_with_its_own_step(
    world: World, signed_in: SignedIn
) -> None:
    child = world.child("NGUYỄN MINH AN", days_ago=0)
    by = actor_of(world, "so-the-01")
    actions.approve([child.card_id or 0], by=by, at=world.at)
    printing.print_cards([child.card_id or 0], by=by, at=world.at)
    printing.hand_over([child.card_id or 0], by=by, at=world.at, recipient="A", relation="Cha")
    answering(world, "TE01001", "00004")
    asked = shown(Asked(child.card_id or 0, "lost"))
    made = exchange.ask(asked, by=actor_of(world, "thu-01"), at=world.at)
    address = f"/can-bo/tra-cuu/{child.message_id}/"
    head = signed_in("truong-so-the-01")
    assert _steps(head, child) == [(f"/can-bo/duyet-the/?ho-so={made.dossier_id}", "Duyệt thẻ")]
    assert "Đang cấp lại, đổi thẻ, hồ sơ <b>DT-" in head.get(address).content.decode()
    assert _steps(signed_in("thu-01"), child) == []
    head.post("/can-bo/duyet-the/", {"the": [made.card_id]})
    assert _steps(head, child) == [
        (f"/can-bo/the-dien-tu/?ho-so={made.dossier_id}", "Giao thẻ điện tử")
    ]


@pytest.mark.parametrize(
    ("rule", "words"),
    [
        ("000-0", "Địa bàn không thay đổi (000-0)"),
        ("Q8", "Nơi gửi còn dùng mã cũ (Q8)"),
        ("", "Xã, phường"),
    ],
)
def test_how_the_unit_was_found_is_told_in_words(
    world: World, signed_in: SignedIn, rule: str, words: str
) -> None:
    child = world.child("NGUYỄN MINH AN")
    with acting(SYSTEM, at=world.at), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE dossiers_dossier SET unit_rule = %s WHERE id = %s", [rule, child.dossier_id]
        )
    text = signed_in("tinh-01").get(f"/can-bo/tra-cuu/{child.message_id}/").content.decode()
    assert words in text


def test_who_acted_and_who_looked_stand_there_by_name(world: World, signed_in: SignedIn) -> None:
    child = world.child("NGUYỄN MINH AN")
    actions.approve([child.card_id or 0], by=actor_of(world, "so-the-01"), at=world.at)
    client = signed_in("tinh-01")
    signed_in("thu-01").get(f"/can-bo/tra-cuu/{child.message_id}/")
    text = client.get(f"/can-bo/tra-cuu/{child.message_id}/").content.decode()
    assert re.search(r"\w+ \w+ \w+ \(so-the-01\)", text)
    assert re.search(r"\w+ \w+ \w+ \(thu-01\)", text)
