"""A link shows one card to whoever has it and nobody else: what a parent sees, what is shut, whose rows, the log."""

import logging
import re
from datetime import timedelta

import pytest
from django.conf import settings
from django.db import DatabaseError, OperationalError, connection, transaction
from django.test import Client

from lienthong.cards import actions, links
from lienthong.cards.envelope import export_public_keys
from lienthong.cards.links import Visit
from lienthong.cards.seal import SealStatus, read_public_keys, verify_text
from lienthong.config.logs import JsonLine
from lienthong.database.scope import acting
from lienthong.kernel.errors import NotFound, Refused
from tests.web.conftest import SignedIn
from tests.web.world import SYSTEM, Child, World, actor_of

GONE = "Không mở được thẻ bằng địa chỉ này"
_REPLACE = """
    UPDATE cards_card SET status = 'superseded', ended_at = now(), end_reason = 'A1' WHERE id = %(id)s;
    INSERT INTO cards_request (kind, replaces_id, ground, dossier_id, person_id, unit_id, area, body,
                               requester_person, requested_by, requested_at)
    SELECT 'exchange', id, 'registered', dossier_id, person_id, unit_id, area, '{}', 0, 'system', now()
    FROM cards_card WHERE id = %(id)s;
    INSERT INTO cards_approval (request_id, body_sha256, requester_person, approver_person, approved_by, area, at)
    SELECT id, body_sha256, requester_person, 77, 'officer:x', area, now() FROM cards_request WHERE kind = 'exchange';
    INSERT INTO cards_card (code, person_id, dossier_id, unit_id, area, request_id, status, insurance_number,
                            beneficiary_group, benefit_level, province_code, valid, five_year_on, facility_code,
                            area_code, commune_code, full_name, born_on, sex, address, guardian_name, version,
                            end_reason, print_count)
    SELECT code, person_id, dossier_id, unit_id, area, (SELECT max(id) FROM cards_request), 'requested',
           insurance_number, beneficiary_group, benefit_level, province_code, valid, five_year_on, facility_code,
           area_code, commune_code, 'NGUYỄN MINH ÁNH', born_on, sex, address, guardian_name, 2, '', 0
    FROM cards_card WHERE id = %(id)s;
    UPDATE cards_card SET status = 'active', approval_id = request_id, approved_at = now()
    WHERE full_name = 'NGUYỄN MINH ÁNH';
"""


def _active(world: World, name: str = "NGUYỄN MINH AN", unit: str = "TE01001") -> Child:
    child = world.child(name, unit=unit)
    username = "so-the-01" if unit == "TE01001" else "so-the-24"
    actions.approve([child.card_id or 0], by=actor_of(world, username), at=world.at)
    return child


def _link(world: World, child: Child) -> str:
    return links.make_link(child.card_id or 0, by=SYSTEM, at=world.at).token


def _as_worker(*statements: str, **values: object) -> list[tuple[object, ...]]:
    """Run them with the system's rights, and go back to those of the pages."""
    with acting(SYSTEM, at=settings.CLOCK()), connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        for statement in statements:
            cursor.execute(statement, values or None)
        rows = cursor.fetchall() if cursor.description else []
        cursor.execute("SET LOCAL ROLE lienthong_web")
    return rows


def _end(token: str) -> None:
    """A link whose month is over: written again, since a link is never changed."""
    _as_worker(
        "INSERT INTO cards_link (token_sha256, card_id, made_by, made_at, ends_at) SELECT"
        " sha256(convert_to(%(ended)s, 'UTF8')), card_id, made_by, made_at - interval '31 days',"
        " made_at - interval '1 day' FROM cards_link WHERE token_sha256 = sha256(convert_to(%(token)s, 'UTF8'))",
        token=token,
        ended=f"ended-{token[6:]}",
    )


# ---------------------------------------------------------------- what a parent sees


def test_parent_with_the_link_sees_what_the_card_shows_and_is_in_the_log(
    world: World, signed_in: SignedIn
) -> None:
    child = _active(world)
    token = _link(world, child)
    signed_in("so-the-01")
    response = Client().get(f"/the-dien-tu/{token}/")
    text = response.content.decode()
    assert response.status_code == 200
    for shown in ("NGUYỄN MINH AN", "7900000001", "01/11/2026", "30/11/2032", "BHXH cơ sở Ba Đình"):
        assert shown in text
    assert "data:image/svg+xml;base64," in text
    # The electronic card is the form of today: no address, no parent.
    assert "Số 5 ngõ 2" not in text
    assert "TRẦN THỊ BÌNH" not in text
    rows = _as_worker(
        "SELECT by, subject_kind, subject_id, purpose, request_id <> '' FROM audit_entry WHERE action = 'viewed'"
    )
    ((link_id,),) = _as_worker("SELECT id FROM cards_link")
    purpose = "Gia đình xem thẻ điện tử"
    assert rows == [(f"citizen:liên kết {link_id}", "card", child.card_id, purpose, True)]
    looked = signed_in("tinh-01").get(f"/can-bo/tra-cuu/{child.message_id}/").content.decode()
    assert "Người dân liên kết" in looked
    assert purpose in looked


def test_page_of_the_card_is_kept_by_nobody_and_tells_no_other_site(
    world: World, signed_in: SignedIn
) -> None:
    token = _link(world, _active(world))
    signed_in("so-the-01")
    for address in (f"/the-dien-tu/{token}/", "/the-dien-tu/sai/"):
        headers = Client().get(address).headers
        assert headers["Referrer-Policy"] == "no-referrer"
        assert headers["Cache-Control"] == "no-store"
        assert "noindex" in headers["X-Robots-Tag"]
        assert "Set-Cookie" not in headers
    text = Client().get(f"/the-dien-tu/{token}/").content.decode()
    assert "<script" not in text
    assert not re.search(r"<[^>]+\s(?:style|on\w+)=", text)


def test_qr_of_the_page_is_the_sealed_one_of_the_printed_card(
    world: World, signed_in: SignedIn
) -> None:
    token = _link(world, _active(world))
    signed_in("so-the-01")
    found = links.open_link(token, Visit("127.0.0.1", "r"))
    assert isinstance(found, links.ElectronicCard)
    keys = read_public_keys(export_public_keys(settings.KEYRING))
    answer = verify_text(found.qr_text(at=world.at), keys, None, on=found.valid_from)
    assert answer.status is SealStatus.VALID
    assert answer.facts is not None
    assert answer.facts.full_name == "NGUYỄN MINH AN"


def test_wrong_ended_and_revoked_links_answer_byte_for_byte_the_same(
    world: World, signed_in: SignedIn
) -> None:
    child = _active(world)
    ended, revoked = (
        _link(world, child),
        links.make_link(child.card_id or 0, by=SYSTEM, at=world.at),
    )
    links.revoke_link(revoked.line.id, by=SYSTEM, at=world.at)
    signed_in("so-the-01")
    _end(ended)
    addresses = [
        "/the-dien-tu/khong-co/",
        f"/the-dien-tu/ended-{ended[6:]}/",
        f"/the-dien-tu/ended-{ended[6:]}/moi/",
        f"/the-dien-tu/{revoked.token}/",
        f"/the-dien-tu/{'x' * 5000}/",
        "/the-dien-tu/%00/",
        "/the-dien-tu/%F0%9F%91%B6/",
    ]
    answers = [Client().get(address) for address in addresses]
    assert {answer.status_code for answer in answers} == {404}
    assert len({answer.content for answer in answers}) == 1
    assert GONE in answers[0].content.decode()
    assert len({tuple(sorted(answer.headers)) for answer in answers}) == 1
    assert _as_worker("SELECT 1 FROM audit_entry WHERE action = 'viewed'") == []
    # The link beside them lives on.
    assert Client().get(f"/the-dien-tu/{ended}/").status_code == 200


def test_link_lives_a_month_by_the_server_s_clock(world: World) -> None:
    made = links.make_link(_active(world).card_id or 0, by=SYSTEM, at=world.at)
    assert made.line.ends_at - made.line.made_at == pytest.approx(
        timedelta(days=30), abs=timedelta(seconds=1)
    )


def test_token_is_kept_as_a_digest_alone(world: World) -> None:
    token = _link(world, _active(world))
    assert len(token) >= 43
    with connection.cursor() as cursor:
        cursor.execute("SELECT to_jsonb(link)::text FROM cards_link AS link")
        assert token not in str(cursor.fetchall())
        cursor.execute("SELECT detail::text || purpose || by FROM audit_entry")
        assert token not in str(cursor.fetchall())


def test_replaced_card_says_so_and_leads_to_the_child_s_new_one(
    world: World, signed_in: SignedIn
) -> None:
    child = _active(world)
    token = _link(world, child)
    signed_in("so-the-01")
    _as_worker(_REPLACE, id=child.card_id)
    text = Client().get(f"/the-dien-tu/{token}/").content.decode()
    assert "Thẻ này hiện không dùng được" in text
    assert "Đã thay bằng thẻ mới" in text
    assert "data:image/svg" not in text
    assert f'href="/the-dien-tu/{token}/moi/"' in text
    newer = Client().get(f"/the-dien-tu/{token}/moi/").content.decode()
    assert "NGUYỄN MINH ÁNH" in newer
    assert "data:image/svg" in newer
    seen = _as_worker("SELECT subject_id FROM audit_entry WHERE action = 'viewed' ORDER BY id")
    assert len({row[0] for row in seen}) == 2


def test_revoked_card_without_another_says_where_to_ask(world: World, signed_in: SignedIn) -> None:
    child = _active(world)
    token = _link(world, child)
    actions.revoke([child.dossier_id], by=SYSTEM, at=world.at, reason="A3")
    signed_in("so-the-01")
    for address in (f"/the-dien-tu/{token}/", f"/the-dien-tu/{token}/moi/"):
        text = Client().get(address).content.decode()
        assert "Đã thu hồi" in text
        assert "Hãy hỏi BHXH cơ sở Ba Đình" in text
        assert "data:image/svg" not in text
        assert "Xem thẻ mới" not in text


def test_address_that_opens_too_many_wrong_links_waits_and_a_right_link_still_opens(
    world: World, signed_in: SignedIn
) -> None:
    token = _link(world, _active(world))
    signed_in("so-the-01")
    statuses = [Client().get(f"/the-dien-tu/sai-{n}/").status_code for n in range(31)]
    assert statuses == [404] * 30 + [429]
    waiting = Client().get("/the-dien-tu/sai/")
    assert 1 <= int(waiting.headers["Retry-After"]) <= 600
    assert "thử lại sau" in waiting.content.decode()
    assert Client().get(f"/the-dien-tu/{token}/").status_code == 200
    assert Client(REMOTE_ADDR="203.0.113.9").get("/the-dien-tu/sai/").status_code == 404
    _as_worker("UPDATE authz.link_attempt SET since = since - interval '11 minutes'")
    assert Client().get("/the-dien-tu/sai/").status_code == 404


@pytest.mark.parametrize(
    ("address", "door"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("2001:db8:1:2:ffff::1", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix", "unix"),
    ],
)
def test_mistakes_are_counted_by_home(address: str, door: str) -> None:
    assert Visit(address, "").door == door


def test_database_that_does_not_answer_leaves_no_token_in_the_log(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("no connection")

    signed_in("so-the-01")
    monkeypatch.setattr("lienthong.cards.links.open_link", fail)
    with caplog.at_level(logging.ERROR, "django.request"):
        assert Client().get("/the-dien-tu/Bi-mat_123/").status_code == 503
    said = "\n".join(JsonLine().format(record) for record in caplog.records)
    assert "/the-dien-tu/…/" in said
    assert "Bi-mat_123" not in said


# ---------------------------------------------------------------- whose rows


def test_pages_role_reads_no_token_and_no_card_by_itself(world: World, signed_in: SignedIn) -> None:
    child = _active(world)
    token = _link(world, child)
    signed_in("so-the-01")
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('lienthong.token', '', true)")
        for table in ("cards_card", "cards_paperrequest"):
            cursor.execute(f"SELECT count(*) FROM {table}")  # noqa: S608  two names of ours
            assert cursor.fetchone() == (0,)
        cursor.execute("SELECT count(id) FROM cards_link")
        assert cursor.fetchone() == (0,)
        for statement in (
            "SELECT token_sha256 FROM cards_link",
            "UPDATE cards_link SET ends_at = now() + interval '9 years'",
            "UPDATE cards_link SET card_id = 1",
            "SELECT * FROM authz.link_attempt",
            "INSERT INTO cards_link (token_sha256, card_id, made_by, ends_at) VALUES ('x', 1, '', now())",
        ):
            with pytest.raises(DatabaseError), transaction.atomic():
                cursor.execute(statement)
        cursor.execute("SELECT answer FROM cards_open_link(%s, 'a', false, 'r')", [token])
        assert cursor.fetchone() == ("card",)


def test_link_cannot_be_made_for_a_card_of_another_area(world: World, signed_in: SignedIn) -> None:
    foreign = _active(world, unit="TE24001")
    made = links.make_link(foreign.card_id or 0, by=SYSTEM, at=world.at)
    client = signed_in("so-the-01")
    address = f"/can-bo/the-dien-tu/{foreign.card_id}/"
    assert client.get(address).status_code == 404
    assert client.post(address, {"thao-tac": "lien-ket"}).status_code == 404
    mine = _active_page(world, client)
    revoking = client.post(mine, {"thao-tac": "thu-hoi", "lien-ket": made.line.id})
    assert revoking.status_code == 404
    with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO cards_link (token_sha256, card_id, made_by) VALUES (sha256('x'), %s, 'officer:so-the-01')",
            [foreign.card_id],
        )
    assert isinstance(links.open_link(made.token, Visit("a", "r")), links.ElectronicCard)


def _active_page(world: World, client: Client) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        child = _active(world, "LÊ MAI CHI")
        cursor.execute("SET LOCAL ROLE lienthong_web")
    assert client.get(f"/can-bo/the-dien-tu/{child.card_id}/").status_code == 200
    return f"/can-bo/the-dien-tu/{child.card_id}/"


def test_link_is_only_for_an_active_card_and_is_revoked_once(world: World) -> None:
    waiting = world.child("PHẠM AN")
    with pytest.raises(Refused):
        links.make_link(waiting.card_id or 0, by=SYSTEM, at=world.at)
    with pytest.raises(NotFound):
        links.make_link(999_999, by=SYSTEM, at=world.at)
    made = links.make_link(_active(world).card_id or 0, by=SYSTEM, at=world.at)
    links.revoke_link(made.line.id, by=SYSTEM, at=world.at)
    with pytest.raises(NotFound):
        links.revoke_link(made.line.id, by=SYSTEM, at=world.at)
    for statement in (
        "UPDATE cards_link SET revoked_at = NULL, revoked_by = ''",
        "UPDATE cards_link SET ends_at = ends_at + interval '1 hour'",
        "DELETE FROM cards_link",
    ):
        with pytest.raises(DatabaseError), transaction.atomic(), connection.cursor() as cursor:
            cursor.execute(statement)
