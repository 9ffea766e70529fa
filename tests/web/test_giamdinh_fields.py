"""What programs send, whichever way: encodings, cases, forms and JSON, days; and that no bytes at all break an answer."""

from typing import Any
from urllib.parse import quote, quote_plus

import msgspec
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from lienthong.cards.lookup import BirthDate
from lienthong.kernel.errors import Refused
from lienthong.web.api import giamdinh
from lienthong.web.api.giamdinh_answers import KEYS
from lienthong.web.api.giamdinh_fields import Fields, birth_date
from tests import cards, gateway, hospitals
from tests.births import column, small_country
from tests.hospitals import STAFF
from tests.web.giamdinh import KCB2024, NOON, credentials, post

NAME = "NGUYỄN MINH AN"
ANY_TIME = settings(
    max_examples=150,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


@pytest.mark.parametrize(
    ("text", "birth"),
    [
        ("05/03/2022", BirthDate(2022, 3, 5)),
        ("5/3/2022", BirthDate(2022, 3, 5)),
        ("05032022", BirthDate(2022, 3, 5)),
        ("03/2022", BirthDate(2022, 3)),
        ("3/2022", BirthDate(2022, 3)),
        ("2022", BirthDate(2022)),
        (" 29/02/2024 ", BirthDate(2024, 2, 29)),
    ],
)
def test_birth_dates_of_every_form(text: str, birth: BirthDate) -> None:
    assert birth_date(text) == birth


@pytest.mark.parametrize(
    "text",
    [
        *("", "31/02/2022", "29/02/2023", "32/01/2022", "00/00/2022", "0/2022", "13/2022"),
        *("2022-03-05", "05-03-2022", "1/1/1899", "22", "5/3/22", "050322", "0000", "32012022"),
        *("٠٥/٠٣/٢٠٢٢", "２０２２", "05/03/20222", "/03/2022", "5/3/2022 00:00:00", "abc"),
    ],
)
def test_what_is_no_day_is_a_wrong_parameter(text: str) -> None:
    with pytest.raises(Refused) as refused:
        birth_date(text)
    assert (refused.value.code, refused.value.field) == ("205", "ngaySinh")


def _read(body: bytes = b"", query: bytes = b"") -> Fields:
    asked = gateway.request("/", body)
    return Fields(type(asked)("POST", "/", query, {}, body, "127.0.0.1", "1"))


@pytest.mark.parametrize(
    "body",
    [
        "hoTen=Nguyễn Minh An".encode(),
        f"hoTen={quote_plus('Nguyễn Minh An')}".encode(),
        f"hoTen={quote('Nguyễn Minh An')}".encode(),
        "hoTen=Nguyễn+Minh+An".encode(),
        "HOTEN=  Nguyễn Minh An  ".encode(),
        "ho_ten=Nguyễn Minh An".encode(),
        "hoten=&hoTen=Nguyễn Minh An&hoTen=Khác".encode(),
        "&&x&=y&hoTen=Nguyễn Minh An&".encode(),
        msgspec.json.encode({"hoTen": "Nguyễn Minh An", "khac": [1, {"a": None}], "b": True}),
        b"\xef\xbb\xbf \r\n" + msgspec.json.encode({"HoTen": "Nguyễn Minh An"}),
        b'{"hoTen":"Nguy\\u1ec5n Minh An"}',
        b'{"hoTen":null,"hoten":"Nguy\\u1ec5n Minh An"}',
        b'{ "hoTen" : "Nguy\\u1ec5n Minh An\\r\\n" }',
    ],
)
def test_a_name_is_read_whichever_way_it_comes(body: bytes) -> None:
    assert _read(body).text("hoTen") == "Nguyễn Minh An"
    if not body.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"{"):
        assert _read(query=body).text("hoTen") == "Nguyễn Minh An"


def test_numbers_of_json_are_their_digits() -> None:
    fields = _read(b'{"ngaySinh":2022,"maThe":"0123456789","cccdCb":1.5,"hoTen":["A"]}')
    assert (fields.text("ngaySinh"), fields.text("maThe")) == ("2022", "0123456789")
    for name in ("cccdCb", "hoTen"):
        with pytest.raises(Refused):
            fields.text(name)


@pytest.mark.parametrize(
    "body",
    [
        *(b"hoTen=\xff\xfe", b"hoTen=%ff", b"hoTen=A%00B", b"hoTen=" + b"A" * 201),
        *(b'{"hoTen":"A\\u0000B"}', b'{"hoTen":{"A":1}}', b'{"hoTen":true}'),
    ],
)
def test_what_is_no_text_is_a_wrong_parameter_of_that_name_alone(body: bytes) -> None:
    fields = _read(body)
    with pytest.raises(Refused) as refused:
        fields.text("hoTen")
    assert refused.value.field == "hoTen"
    assert fields.text("maThe") == ""


@pytest.mark.parametrize(
    "body", [b"{", b"[]", b'"{}"', b'{"a":"\\ud800"}', b"{" * 5000, b"[" * 9000]
)
def test_a_body_that_is_no_object_is_a_wrong_parameter(body: bytes) -> None:
    with pytest.raises(Refused):
        _read(body).text("hoTen")


def test_credentials_stand_in_the_query_first() -> None:
    fields = _read(b"username=thu&password=x&token=", b"username=01929_BV&token=abc")
    assert (fields.credential("username"), fields.text("username")) == ("01929_BV", "thu")
    assert (fields.credential("token"), fields.credential("password")) == ("abc", "x")


# ---------------------------------------------------------------- over the gateway


@pytest.fixture
def card(db: None) -> str:
    small_country()
    hospitals.hospital()
    (code,) = column("SELECT code FROM cards_card WHERE id = %s", cards.active())
    return str(code)


@pytest.mark.django_db
def test_programs_of_every_kind_get_the_card(card: str) -> None:
    query = credentials()
    plain = f"maThe={card}&hoTen={NAME}&ngaySinh=12/11/2026&hotenCb={STAFF[0]}&cccdCb={STAFF[1]}"
    full = {
        "maThe": card,
        "hoTen": NAME,
        "ngaySinh": "12112026",
        "hotenCb": STAFF[0],
        "cccdCb": STAFF[1],
    }
    bodies = (
        plain.encode(),
        quote(plain, safe="=&").encode(),
        (plain + f"&username={hospitals.NAME}&password=x&gioiTinh=1").encode(),
        msgspec.json.encode(full),
        msgspec.json.encode({key.upper(): value for key, value in full.items()}),
        msgspec.json.encode({**full, "ngaySinh": 2026, "gioiTinh": 1, "maCSKCB": None}),
    )
    for body in bodies:
        for kind in ("application/json; charset=utf-8", "application/x-www-form-urlencoded", ""):
            reply = post(KCB2024, body, query=query, headers={"content-type": kind})
            assert msgspec.json.decode(reply.body)["maKetQua"] == "000", body
    everything = f"{query}&{quote(plain, safe='=&')}"
    assert msgspec.json.decode(post(KCB2024, b"", query=everything).body)["maKetQua"] == "000"


def _is_whole(reply: Any, path: str) -> bool:
    """No trouble of ours, and an answer whose first keys are where they belong."""
    told = msgspec.json.decode(reply.body)
    assert reply.status in {200, 401, 429}, path
    assert reply.body.startswith(b'{"maKetQua":"')
    if "2024" in path or "2018" in path or "2019" in path:
        assert tuple(told) == KEYS
        assert told["maKetQua"] != "100"
    return next(iter(told)) == "maKetQua"


@pytest.mark.django_db
@ANY_TIME
@given(
    query=st.binary(max_size=120),
    body=st.binary(max_size=300),
    start=st.sampled_from([b"", b"{", b"maThe="]),
)
def test_no_bytes_break_an_answer(card: str, query: bytes, body: bytes, start: bytes) -> None:
    for route in giamdinh.ROUTES[::2]:
        asked = gateway.request(route.path, start + body)
        asked = type(asked)("POST", route.path, query, {}, start + body, "127.0.0.1", "1")
        assert _is_whole(gateway.answer(route, asked, at=NOON), route.path)


TEXT = st.text(max_size=40) | st.sampled_from(
    ["TE1010123456789", "0123456789", "2026", NAME, *STAFF]
)


@pytest.mark.django_db
@ANY_TIME
@given(values=st.lists(TEXT, min_size=5, max_size=5), is_json=st.booleans())
def test_no_text_of_a_known_caller_breaks_the_database(
    card: str, values: list[str], is_json: bool
) -> None:
    names = ("maThe", "hoTen", "ngaySinh", "hoTenCb", "cccdCb")
    fields = dict(zip(names, values, strict=True)) | {"ngaySinh": "2026"}
    body = msgspec.json.encode(fields) if is_json else "&".join(
        f"{key}={quote(value)}" for key, value in fields.items()
    ).encode()  # fmt: skip
    reply = post(KCB2024, body, query=credentials())
    assert _is_whole(reply, KCB2024)
