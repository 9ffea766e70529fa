"""What every response carries, who gets in, and what an error says: sign-in, forms, headers, the five errors."""

import re
from collections.abc import Callable
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.test import Client
from django.urls import reverse

from lienthong.kernel.errors import Conflict, LienthongError, Refused, Unavailable
from lienthong.web import assets
from lienthong.web.answers import XLSX
from lienthong.web.page import PAGES
from tests.web.conftest import SignedIn
from tests.web.world import PASSWORD, World

_ADDRESSES = (
    "/",
    "/can-bo/dang-nhap/",
    "/can-bo/",
    "/can-bo/ho-so/",
    "/khong-co/",
    "/can-bo/khong-co/",
)


@pytest.fixture
def page_rights(as_page: Callable[[], None]) -> None:
    as_page()


def _sign_in(client: Client, username: str, password: str, **more: str) -> int:
    form = {"username": username, "password": password, **more}
    return client.post("/can-bo/dang-nhap/", form).status_code


# ---------------------------------------------------------------- headers


@pytest.mark.parametrize("address", _ADDRESSES)
def test_every_response_carries_the_security_headers(address: str, signed_in: SignedIn) -> None:
    headers = signed_in("so-the-01").get(address).headers
    policy = headers["Content-Security-Policy"]
    for rule in (
        "default-src 'none'",
        "object-src 'none'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    ):
        assert rule in policy
    assert "unsafe" not in policy
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "same-origin"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Cache-Control"] == "no-store"
    assert "charset=utf-8" in headers["Content-Type"]
    assert "Access-Control-Allow-Origin" not in headers


def test_scripts_run_by_a_nonce_that_is_new_each_time(signed_in: SignedIn) -> None:
    client = signed_in("so-the-01")
    nonces = set()
    for _ in range(2):
        response = client.get("/can-bo/")
        found = re.search(r"'nonce-([\w-]{16,})'", response.headers["Content-Security-Policy"])
        assert found is not None
        nonces.add(found[1])
        assert f'nonce="{found[1]}"' in response.content.decode()
    assert len(nonces) == 2


def test_pages_name_no_outside_asset_and_hold_no_inline_style_or_handler(
    world: World, signed_in: SignedIn
) -> None:
    world.child("NGUYỄN MINH AN")
    client = signed_in("so-the-01")
    for entry in PAGES:
        if "<" in entry.path:
            continue
        response = client.get(reverse(entry.name))
        if response["Content-Type"] in {XLSX, "application/pdf"}:
            continue
        text = response.content.decode()
        assert not re.search(r'(?:src|href|action)="(?:https?:)?//', text), entry.name
        assert not re.search(r"<[^>]+\s(?:style|on\w+)=", text), entry.name


def test_files_are_kept_for_ever_by_their_content_and_an_old_address_is_gone(db: None) -> None:
    address = assets.url_of("lienthong.css")
    response = Client().get(address)
    assert response.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert b"<<font" not in response.content
    font = re.search(r'url\("\.\./(\w+)/(BeVietnamPro-Regular\.ttf)"\)', response.content.decode())
    assert font is not None
    assert Client().get(f"/tep/{font[1]}/{font[2]}").headers["Content-Type"] == "font/ttf"
    assert Client().get("/tep/000000000000/lienthong.css").status_code == 404


# ---------------------------------------------------------------- signing in


def test_sign_in_sets_a_cookie_that_scripts_and_other_sites_cannot_use(page_rights: None) -> None:
    client = Client()
    assert _sign_in(client, "so-the-01", PASSWORD, tiep="/can-bo/ho-so/") == 302
    cookie = client.cookies["lienthong"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    assert client.get("/can-bo/").status_code == 200


def test_over_https_cookies_are_bound_to_host_and_transport(page_rights: None) -> None:
    client = Client()
    form = {"username": "so-the-01", "password": PASSWORD}
    client.post("/can-bo/dang-nhap/", form, secure=True)
    assert client.cookies["__Host-lienthong"]["secure"]
    assert "lienthong" not in client.cookies


def test_sign_in_says_the_same_for_every_kind_of_wrong(page_rights: None) -> None:
    answers = set()
    for username, password in (("so-the-01", "sai"), ("khong-co", PASSWORD), ("cntt", "")):
        form = {"username": username, "password": password}
        response = Client().post("/can-bo/dang-nhap/", form)
        text = re.sub(r'value="[^"]*"', "", response.content.decode())
        answers.add((response.status_code, text))
    assert len(answers) == 1


def test_sign_in_leads_to_our_own_pages_only(page_rights: None) -> None:
    for wanted in ("https://xau.example/", "//xau.example/can-bo/", "/api/births", "javascript:1"):
        response = Client().post(
            "/can-bo/dang-nhap/", {"username": "so-the-01", "password": PASSWORD, "tiep": wanted}
        )
        assert response.headers["Location"] == "/can-bo/"


def test_a_door_that_must_wait_is_told_how_long(page_rights: None) -> None:
    client = Client()
    statuses = [_sign_in(client, "so-the-01", "sai mat khau") for _ in range(5)]
    assert statuses == [403, 403, 403, 403, 429]
    text = client.post(
        "/can-bo/dang-nhap/", {"username": "so-the-01", "password": PASSWORD}
    ).content.decode()
    assert re.search(r"thử lại sau \d+ giây", text)


def test_signing_out_ends_the_session_itself_not_only_the_cookie(page_rights: None) -> None:
    client = Client()
    _sign_in(client, "so-the-01", PASSWORD)
    token = client.cookies["lienthong"].value
    assert client.get("/can-bo/dang-xuat/").status_code == 302
    assert client.get("/can-bo/").status_code == 200
    response = client.post("/can-bo/dang-xuat/")
    assert response.headers["Clear-Site-Data"] == '"cache", "storage"'
    thief = Client()
    thief.cookies["lienthong"] = token
    assert thief.get("/can-bo/").status_code == 303


def test_rights_taken_away_end_at_the_next_request(signed_in: SignedIn) -> None:
    client = signed_in("so-the-01")
    assert client.get("/can-bo/duyet-the/").status_code == 200
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(
            "UPDATE accounts_officer SET role = 'collection' WHERE username = 'so-the-01'"
        )
        cursor.execute("SET LOCAL ROLE lienthong_web")
    assert client.get("/can-bo/duyet-the/").status_code == 403


def test_an_officer_changes_his_password_and_ends_a_session_on_his_page(
    signed_in: SignedIn,
) -> None:
    other, client = signed_in("so-the-01"), signed_in("so-the-01")
    form = {"current_password": "sai", "new_password": "cau moi cung rat dai 2026"}
    form["new_password_again"] = form["new_password"]
    assert "không đúng" in client.post("/can-bo/tai-khoan/", form).content.decode()
    form["current_password"] = PASSWORD
    assert "Đã đổi mật khẩu" in client.post("/can-bo/tai-khoan/", form).content.decode()
    assert other.get("/can-bo/").status_code == 303
    third = signed_in("so-the-01")
    text = client.get("/can-bo/tai-khoan/").content.decode()
    found = re.search(r'name="phien" value="(\d+)"', text)
    assert found is not None
    assert client.post("/can-bo/tai-khoan/phien/", {"phien": found[1]}).status_code == 303
    assert third.get("/can-bo/").status_code == 303
    assert client.post("/can-bo/tai-khoan/phien/", {"phien": "999999"}).status_code == 404


# ---------------------------------------------------------------- forms and errors


def test_every_form_without_its_token_is_refused_and_nothing_is_done(
    world: World, signed_in: SignedIn
) -> None:
    child = world.child("NGUYỄN MINH AN")
    token = signed_in("so-the-01").cookies["lienthong"].value
    strict = Client(enforce_csrf_checks=True)
    strict.cookies["lienthong"] = token
    for entry in PAGES:
        if "POST" in entry.methods and "<" not in entry.path:
            response = strict.post(reverse(entry.name), {"the": [child.card_id]})
            assert response.status_code == 403, entry.name
            assert "Trang đã để quá lâu" in response.content.decode()
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute("SELECT status FROM cards_card")
        assert cursor.fetchall() == [("requested",)]


def test_other_methods_are_refused(signed_in: SignedIn) -> None:
    client = signed_in("so-the-01")
    assert client.put("/can-bo/").status_code == 405
    assert client.delete("/can-bo/duyet-the/").status_code == 405
    assert client.post("/can-bo/").status_code == 405


@pytest.mark.parametrize(
    ("error", "status", "sentence"),
    [
        (Conflict("Thẻ vừa được người khác duyệt."), 409, "Thẻ vừa được người khác duyệt."),
        (Refused("Thiếu lý do."), 422, "Thiếu lý do."),
        (Unavailable("Máy chủ đang bận."), 503, "Máy chủ đang bận."),
    ],
)
def test_each_error_has_its_status_and_says_what_to_do(
    error: LienthongError,
    status: int,
    sentence: str,
    signed_in: SignedIn,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise error

    client = signed_in("so-the-01")
    monkeypatch.setattr("lienthong.cards.queries.cards", fail)
    response = client.get("/can-bo/duyet-the/")
    assert response.status_code == status
    assert sentence in response.content.decode()
    assert ("Retry-After" in response.headers) == (status == 503)


def test_a_database_that_does_not_answer_is_no_broken_page(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OperationalError("connection refused at 10.0.0.7")

    client = signed_in("so-the-01")
    monkeypatch.setattr("lienthong.dossiers.queries.counts_by_state", fail)
    response = client.get("/can-bo/")
    assert response.status_code == 503
    assert "10.0.0.7" not in response.content.decode()


def test_an_unforeseen_error_shows_a_number_and_no_detail(
    signed_in: SignedIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise ZeroDivisionError("NGUYỄN MINH AN")

    client = signed_in("so-the-01")
    client.raise_request_exception = False
    monkeypatch.setattr("lienthong.dossiers.queries.counts_by_state", fail)
    response = client.get("/can-bo/")
    text = response.content.decode()
    assert response.status_code == 500
    assert "Mã sự cố" in text
    assert "NGUYỄN MINH AN" not in text
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_a_denied_page_leaves_an_entry_in_the_log(signed_in: SignedIn) -> None:
    assert signed_in("thu-01").get("/can-bo/duyet-the/").status_code == 403
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute("SELECT by, detail->>'needs' FROM audit_entry WHERE action = 'page.denied'")
        assert cursor.fetchall() == [("officer:thu-01", "CARD_APPROVE")]


def test_the_page_that_shows_the_design_is_not_served_in_production(
    signed_in: SignedIn, settings: Any
) -> None:
    client = signed_in("so-the-01")
    assert client.get("/can-bo/thiet-ke/").status_code == 200
    settings.PRODUCTION = True
    client.cookies["__Host-lienthong"] = client.cookies["lienthong"].value
    response = client.get("/can-bo/thiet-ke/")
    assert response.status_code == 404
    assert "max-age=31536000" in response.headers["Strict-Transport-Security"]
