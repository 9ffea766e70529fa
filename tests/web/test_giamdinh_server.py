"""A program that knows the protocol alone, against a running server: http, keep-alive, tokens, every generation."""

import json
import os
from collections.abc import Iterator
from dataclasses import replace

import pytest
from django.conf import settings
from django.db import connections, transaction

from lienthong.database.address import Address
from lienthong.database.roles import _marker
from tests import cards, hospitals, postgres
from tests.births import column, small_country
from tests.folders import public_folder
from tests.gateways.giamdinh_client import GiamDinh
from tests.officers import become
from tests.web.servers import free_port, serving

pytestmark = [pytest.mark.server, pytest.mark.timeout(120)]
NAME, BORN = "Nguyễn Minh An", "12/11/2026"


@pytest.fixture(scope="module")
def served(
    postgres_owner: Address, template_database: str, django_db_blocker: object
) -> Iterator[tuple[str, str]]:
    """The address of a server over a database with one card, and the card's code."""
    with postgres.copy(postgres_owner, template_database) as own, django_db_blocker.unblock():  # type: ignore[attr-defined]
        with postgres.django_on(own):
            with transaction.atomic():
                become("lienthong_worker")
                small_country()
                hospitals.hospital()
                (code,) = column("SELECT code FROM cards_card WHERE id = %s", cards.active())
            connections.close_all()
        home = public_folder()
        assert settings.KEYRING.secret("authz")
        (home / "database.json").write_text(json.dumps(_marker(own)), encoding="utf-8")
        os.environ["LIENTHONG_NOW"] = "2026-11-24T09:00:00+07:00"
        try:
            port = free_port()
            with serving(own, home, (port, ())):
                yield f"http://127.0.0.1:{port}", str(code)
        finally:
            del os.environ["LIENTHONG_NOW"]


@pytest.fixture(params=["form", "json"])
def program(served: tuple[str, str], request: pytest.FixtureRequest) -> Iterator[GiamDinh]:
    """A program of each kind."""
    is_json = request.param == "json"
    one = GiamDinh(served[0], hospitals.NAME, hospitals.PASSWORD, hospitals.STAFF, as_json=is_json)
    yield one
    one.close()


def test_a_program_finds_a_card_and_reuses_its_connection(
    served: tuple[str, str], program: GiamDinh
) -> None:
    answer = program.look_up(served[1], NAME, BORN)
    assert (answer.status, answer.code) == (200, "000")
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    assert answer.headers["cache-control"] == "no-store"
    assert answer.text.startswith('{"maKetQua":"000","ghiChu":"Thẻ còn giá trị sử dụng!')
    link = program._link
    assert link is not None
    assert program.look_up(served[1], NAME, "2026").document["hoTen"] == NAME.upper()
    assert program._link is link


@pytest.mark.parametrize(
    "path",
    [
        "/API/EGW/kqnhanlichsukcb2024",
        "/api/egw/nhanLichSuKCB2018",
        "/api/egw/KQNhanLichSuKCB2019",
        "/api/egw/KQnhanLichSuKCB595",
        "/api/egw/nhanLichSuKCB",
        "/api/egw/Lskcb2025",
        "/api/egw/ktMathe",
    ],
)
def test_every_generation_is_served(served: tuple[str, str], program: GiamDinh, path: str) -> None:
    answer = program.look_up(served[1], NAME, BORN, path=path)
    assert (answer.status, answer.code.rjust(3, "0")) == (200, "000")


def test_misses_errors_and_a_wrong_password(served: tuple[str, str], program: GiamDinh) -> None:
    unknown = program.look_up("TE1010123456789", NAME, "1/1/2025")
    assert (unknown.status, unknown.document["ghiChu"]) == (200, "Thẻ không tồn tại!")
    wrong = program.look_up(served[1], NAME, "31/02/2026")
    assert (wrong.status, wrong.code) == (200, "205")
    thief = replace(program, password="khong phai mat khau", _key=None, _link=None)
    assert thief.take().text == '{"maKetQua":"401","APIKey":null}'
    turned_away = thief.look_up(served[1], NAME, BORN)
    assert (turned_away.status, turned_away.code) == (401, "401")
    assert turned_away.document["ghiChu"] == "Token không đúng"
    assert len(turned_away.document) == 22
    thief.close()


def test_a_method_that_is_none_is_told_in_the_words_of_the_protocol(
    served: tuple[str, str], program: GiamDinh
) -> None:
    link = program._connected()
    link.request("GET", "/api/egw/KQNhanLichSuKCB2024")
    reply = link.getresponse()
    assert (reply.status, json.loads(reply.read())["maKetQua"]) == (405, "205")
    link.close()
