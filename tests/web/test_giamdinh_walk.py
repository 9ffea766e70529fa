"""A program written from the protocol alone gets each of the 26 codes from a running server, over http and over https."""

import ssl
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import psycopg
import pytest
from django.conf import settings
from django.db import connections, transaction

from lienthong.cards import actions
from lienthong.cards.exchange import Asked
from lienthong.database.address import Address
from tests import cards, hospitals, postgres
from tests.births import AT, column, message, run, send, small_country, system
from tests.gateways.giamdinh_client import GiamDinh
from tests.web.servers import certificate, free_port, home_for, serving, write

pytestmark = [pytest.mark.server, pytest.mark.timeout(240)]
NAME, BORN = "NGUYỄN MINH AN", "12/11/2026"
_ENDED = "UPDATE cards_card SET valid = daterange('2020-11-12', '2026-11-01') WHERE code = %s"
REDUCED = {
    "110": "CANCELLED_BY_SENDER",
    "120": "REDUCED",
    "121": "REDUCED_MOVED_OUT",
    "122": "REDUCED_MOVED_WITHIN",
    "123": "REDUCED_ADDED_AGAIN",
    "124": "REDUCED_STOPPED",
}


@dataclass(frozen=True)
class Served:
    """A server on both ports over a database in which every situation has arisen; card codes by situation."""

    plain: str
    secure: str
    authority: str
    owner: Address
    cards: dict[str, str]


def _code(card_id: int) -> str:
    return str(column("SELECT code FROM cards_card WHERE id = %s", card_id)[0])


def _situations() -> dict[str, str]:
    """A good card, one for each way of taking it away, and a child without a card yet."""
    small_country()
    hospitals.hospital()
    found = {"000": _code(cards.active(1))}
    for number, (code, reason) in enumerate(REDUCED.items(), start=2):
        card_id = cards.active(number)
        (dossier_id,) = column("SELECT dossier_id FROM cards_card WHERE id = %s", card_id)
        actions.revoke([dossier_id], by=system(), at=AT, reason=reason)
        found[code] = _code(card_id)
    found["010"] = _code(cards.active(20))
    for number, code in ((21, "003"), (22, "004")):
        card_id = cards.handed_over(number)
        further = cards.ask(Asked(card_id, "lost"), by=cards.collector())
        assert cards.approve(further.card_id, by=cards.approver()).done
        found[code] = _code(card_id)
    send(message(23))
    run()
    found["130"] = "003226000023"
    return found


def _make_past(owner: Address, found: dict[str, str]) -> None:
    """What years would bring: a card that ended, and two old ones whose successors have another code."""
    with psycopg.connect(owner.conninfo, autocommit=True) as connection:
        connection.execute("ALTER TABLE cards_card DISABLE TRIGGER USER")
        connection.execute(_ENDED, [found["010"]])
        for code in ("003", "004"):
            number = found[code][5:]
            connection.execute(
                "UPDATE cards_card SET code = 'TE179' || insurance_number, province_code = '79'"
                " WHERE insurance_number = %s AND status = 'superseded'",
                [number],
            )
            found[code] = f"TE179{number}"
        connection.execute(_ENDED, [found["003"]])
        connection.execute("ALTER TABLE cards_card ENABLE TRIGGER USER")


@pytest.fixture(scope="module")
def served(
    postgres_owner: Address,
    template_database: str,
    django_db_blocker: Any,
    tmp_path_factory: pytest.TempPathFactory,
) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("certificates")
    authority = certificate("authority")
    ca, _ = write(folder, "ca", authority)
    files = write(folder, "server", certificate("localhost", authority))
    with postgres.copy(postgres_owner, template_database) as own, django_db_blocker.unblock():
        with postgres.django_on(own), transaction.atomic():
            found = _situations()
        connections.close_all()
        _make_past(own, found)
        assert settings.KEYRING.secret("authz")
        port = free_port()
        tls_port = free_port(beside=port)
        listeners = (port, ()), (tls_port, (*files, ""))
        with serving(own, home_for(own), *listeners, LIENTHONG_NOW="2026-11-20T12:00:00+07:00"):
            yield Served(
                f"http://127.0.0.1:{port}", f"https://localhost:{tls_port}", ca, own, found
            )


@pytest.fixture(params=["http", "https"])
def program(served: Served, request: pytest.FixtureRequest) -> Iterator[GiamDinh]:
    where = served.plain if request.param == "http" else served.secure
    context = ssl.create_default_context(cafile=served.authority)
    one = GiamDinh(where, hospitals.NAME, hospitals.PASSWORD, hospitals.STAFF, context=context)
    yield one
    one.close()


def _walk(program: GiamDinh, found: dict[str, str]) -> dict[str, str]:
    """Each code that a question alone brings, by the code that is wanted."""
    good = found["000"]
    asked: dict[str, Callable[[], str]] = {
        "001": lambda: program.look_up("QN5970123456789", NAME, BORN).code,
        "002": lambda: program.look_up("CA5970123456789", NAME, BORN).code,
        "050": lambda: program.look_up("TE1010000000000", NAME, BORN).code,
        "051": lambda: program.look_up("TE101", NAME, BORN).code,
        "052": lambda: program.look_up("TE1990123456789", NAME, BORN).code,
        "053": lambda: program.look_up("TE9010123456789", NAME, BORN).code,
        "054": lambda: program.look_up(good, NAME, BORN, cccdCb="001087000009").code,
        "055": lambda: program.look_up(good, NAME, BORN, hoTenCb="LE VAN KHAC").code,
        "060": lambda: program.look_up(good, "TRAN VAN BA", BORN).code,
        "061": lambda: program.look_up(good, "NGO MANH AU", BORN).code,
        "070": lambda: program.look_up(good, NAME, "13/11/2026").code,
        "205": lambda: program.look_up(good, NAME, "hôm qua").code,
    }
    asked |= {
        code: (lambda key=key: program.look_up(key, NAME, BORN).code) for code, key in found.items()
    }
    return {wanted: ask() for wanted, ask in asked.items()}


def test_every_code_of_the_list_is_reached(served: Served, program: GiamDinh) -> None:
    assert program.take().code == "200"
    got = _walk(program, served.cards)
    assert got == {code: code for code in got}
    stranger = GiamDinh(
        program.base, program.username, "sai mat khau", program.staff, context=program.context
    )
    assert stranger.take().code == "401"
    assert (answer := stranger.look_up(served.cards["000"], NAME, BORN)).status == 401
    assert answer.code == "401"
    stranger.close()
    with psycopg.connect(served.owner.conninfo, autocommit=True) as owner:
        owner.execute("UPDATE cards_lookupsetting SET value = 0 WHERE name = 'is_open'")
        closed = program.look_up(served.cards["000"], NAME, BORN)
        owner.execute("UPDATE cards_lookupsetting SET value = 1 WHERE name = 'is_open'")
        owner.execute("REVOKE EXECUTE ON FUNCTION cards_look_up(jsonb) FROM lienthong_gateway")
        broken = program.look_up(served.cards["000"], NAME, BORN)
        owner.execute("GRANT EXECUTE ON FUNCTION cards_look_up(jsonb) TO lienthong_gateway")
    assert (closed.code, broken.code) == ("101", "100")
    assert program.look_up(served.cards["000"], NAME, BORN).code == "000"
    assert len({*got, "401", "101", "100"}) == 26


def test_a_new_card_found_by_an_old_one_is_good_by_itself(
    served: Served, program: GiamDinh
) -> None:
    for code in ("003", "004"):
        old = program.look_up(served.cards[code], NAME, BORN).document
        assert "Chủ thẻ đã được cấp mã thẻ mới : " + old["maTheMoi"] in old["ghiChu"]
        assert program.look_up(old["maTheMoi"], NAME, BORN).code == "000"
