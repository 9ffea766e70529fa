"""The scan page: says of every QR what the console says, works without a network, and learns what was revoked since."""

import json
import random
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import cbor2
import pytest
from django.conf import settings
from django.db import connection
from playwright.sync_api import Browser, Page, Route, expect

from lienthong.cards import actions, envelope, letters, publishing, seal
from lienthong.cards.seal import (
    CardFacts,
    export_public_keys,
    make_revocation_list,
    read_revocation_list,
    seal_text,
    verify_text,
)
from lienthong.database.address import Address
from lienthong.gateways.keyring import Keyring, Purpose, add_key
from tests import postgres
from tests.browser.conftest import DESKTOP, PHONE, Site, as_the_system, opened
from tests.browser.test_journeys import (
    then_axe_finds_nothing,
    then_nothing_is_wider_than_the_screen,
)
from tests.web.world import World, actor_of

pytestmark = pytest.mark.browser

Serve = Callable[[], Site]
AT = datetime(2026, 11, 20, 9, 15, tzinfo=UTC)
ON = date(2026, 11, 21)
EPOCH = date(1970, 1, 1)
CARD = CardFacts(
    code="TE1010030000017",
    full_name="NGUYỄN MINH AN",
    birth_date=date(2026, 11, 12),
    sex="male",
    valid_from=date(2026, 11, 12),
    valid_to=date(2032, 11, 30),
    facility_code="01013",
    version=1,
)
NAMES = (
    "H'ĐIÊU Ê BAN",
    "Kơ̆ Sôr Hờ Mlŏ",
    "Công Tằng Tôn Nữ Nguyễn Thị Hoàng Bảo Trâm",
    "lê thị b",
    "МАРИЯ 123",
    "A",
)
CHECK = """async ([address, texts, bundle, list, day, book]) => {
    const {check, readKeys, readList} = await import(address);
    const keys = await readKeys(bundle);
    const bytes = list === null ? null : Uint8Array.from(list);
    const revoked = bytes === null ? null : await readList(bytes, keys);
    const answers = [];
    for (const text of texts) answers.push(await check(text, keys, revoked, day, book));
    return answers;
}"""


@pytest.fixture
def published(tmp_path: Path) -> Iterator[Path]:
    """Where the pages find what is published."""
    before = settings.PUBLISHED
    settings.PUBLISHED = tmp_path
    yield tmp_path
    settings.PUBLISHED = before


def _texts(keyring: Keyring, stranger: Keyring, seed: int) -> list[str]:
    """True seals of many kinds, each bit of one flipped, and a thousand damaged ones."""
    chance = random.Random(seed)
    true = [seal_text(replace(CARD, full_name=name), keyring, at=AT) for name in NAMES]
    true += [
        seal_text(replace(CARD, version=2), keyring, at=AT),
        seal_text(replace(CARD, code="TE101001226000123", sex="undetermined"), keyring, at=AT),
        seal_text(replace(CARD, valid_to=date(2026, 11, 20)), keyring, at=AT),
        seal_text(replace(CARD, valid_to=ON), keyring, at=AT),
        seal_text(replace(CARD, valid_from=date(2026, 11, 22)), keyring, at=AT),
        seal_text(replace(CARD, birth_date=date(2020, 2, 29), valid_from=ON), keyring, at=AT),
        seal_text(replace(CARD, facility_code=""), keyring, at=AT),
        seal_text(CARD, stranger, at=AT),
    ]
    token = envelope.from_base45(seal_text(CARD, keyring, at=AT).removeprefix(seal.PREFIX))
    flipped = [
        token[: bit // 8] + bytes([token[bit // 8] ^ 1 << bit % 8]) + token[bit // 8 + 1 :]
        for bit in range(len(token) * 8)
    ]
    texts = true + [seal.PREFIX + envelope.base45(it) for it in flipped]
    for _ in range(1_000):
        text = chance.choice(true)
        at, until = sorted(chance.sample(range(len(text) + 1), 2))
        texts.append(
            chance.choice(
                (text[:at], text[at:], text[:at] + text[until:], text[:at] + "Z" + text[at:])
            )
        )
    # Signed by our key, and still no card: other encodings and impossible facts.
    for payload in (
        cbor2.dumps([1, 2, 3]),
        cbor2.dumps({"a": 1}, canonical=True),
        b"\x9f\x01\xff",
        b"\x88" + b"\x18\x01" * 8,
        envelope.canonical([int(CARD.code, 36), "NGUYỄN MINH AN", 20769, 0, 2210, 0, "01013", 1]),
        envelope.canonical([int(CARD.code, 36), 10**30, 20769, 0, 2210, 0, "01013", 1]),
        envelope.canonical([35, letters.packed("AN"), 20769, 0, 2210, 0, "01013", 1]),
        envelope.canonical([int(CARD.code, 36), letters.packed("AN"), 20769, 0, -1, 0, "01013", 1]),
        envelope.canonical([int(CARD.code, 36), letters.packed("AN"), 20769, 0, 9, 7, "01013", 1]),
        envelope.canonical([int(CARD.code, 36), letters.packed("AN"), 20769, 0, 9, 0, "01013", 0]),
    ):
        texts.append(
            seal.PREFIX + envelope.base45(envelope.signed(b"BHYT1\0", payload, keyring, at=AT))
        )
    return texts


def _in_python(
    texts: list[str], keys: dict[str, bytes], revoked: seal.RevocationList | None
) -> list[object]:
    answers: list[object] = []
    for text in texts:
        found = verify_text(text, keys, revoked, on=ON)
        facts = found.facts and {
            "code": found.facts.code,
            "full_name": found.facts.full_name,
            "birth_day": (found.facts.birth_date - EPOCH).days,
            "sex": found.facts.sex,
            "from_day": (found.facts.valid_from - EPOCH).days,
            "to_day": (found.facts.valid_to - EPOCH).days,
            "facility_code": found.facts.facility_code,
            "version": found.facts.version,
        }
        answers.append({"status": str(found.status), "message": found.message_vi, "facts": facts})
    return answers


@pytest.mark.parametrize("list_age", [None, 0, 5])
def test_the_browser_says_of_every_text_what_python_says(
    list_age: int | None, tmp_path: Path, published: Path, site: Serve, page: Page
) -> None:
    del published
    place = tmp_path / "keys.json"
    Keyring.open(place, create=True)
    add_key(place, Purpose.CARD, since=AT - timedelta(days=1))
    keyring = Keyring.open(place, create=False)
    stranger = Keyring.open(tmp_path / "stranger.json", create=True)
    texts = _texts(keyring, stranger, seed=7)
    keys = keyring.public_keys(Purpose.CARD)
    listed = None
    if list_age is not None:
        made = datetime(2026, 11, 21, 1, tzinfo=UTC) - timedelta(days=list_age)
        listed = make_revocation_list([(CARD.code, 2), ("TE1019999999999", 1)], keyring, at=made)
    revoked = read_revocation_list(listed, keys) if listed else None
    bundle = json.loads(export_public_keys(keyring))

    page.goto(site().url + "/quet-the/")
    book = page.evaluate("JSON.parse(document.getElementById('loi').textContent)")
    address = page.evaluate(
        "async () => (await (await fetch(document.querySelector('script[type=module]').src)).text())"
        '.match(/from "([^"]+)"/)[1]'
    )
    whole = page.evaluate(
        "address => new URL(address, document.querySelector('script[type=module]').src).href",
        address,
    )
    bytes_of_list = None if listed is None else list(listed)
    day = (ON - EPOCH).days
    found = page.evaluate(CHECK, [whole, texts, bundle, bytes_of_list, day, book])
    wanted = _in_python(texts, keys, revoked)
    assert len(texts) > 2_000
    assert {it["status"] for it in wanted} >= {
        "valid",
        "expired",
        "not_yet",
        "forged",
        "unknown_key",
        "unreadable",
    }
    assert [pair for pair in zip(texts, found, wanted, strict=True) if pair[1] != pair[2]] == []


def test_a_browser_does_not_believe_a_list_that_was_changed(
    published: Path, site: Serve, page: Page
) -> None:
    publishing.publish(published, at=settings.CLOCK())
    whole = (published / publishing.REVOKED_FILE).read_bytes()
    (published / publishing.REVOKED_FILE).write_bytes(whole[:-1] + bytes([whole[-1] ^ 1]))
    page.goto(site().url + "/quet-the/")
    expect(page.get_by_text("Chưa có danh sách thu hồi.")).to_be_visible()


def _approved(world: World, name: str) -> int:
    card_id = world.child(name).card_id or 0
    actions.approve([card_id], by=actor_of(world, "so-the-01"), at=world.at)
    return card_id


def _printed_qr(card_id: int) -> str:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT code, full_name, born_on, sex, lower(valid), upper(valid) - 1, facility_code, version"
            " FROM cards_card WHERE id = %s",
            [card_id],
        )
        return seal_text(CardFacts(*cursor.fetchone()), settings.KEYRING, at=settings.CLOCK())


def when_scanned(page: Page, text: str) -> None:
    """By a hand-held scanner: it types and presses Enter."""
    page.get_by_label("Nội dung mã QR").fill(text)
    page.keyboard.press("Enter")


def then_the_latest_twenty_stay_and_the_field_is_free(page: Page, text: str) -> None:
    for _ in range(18):
        when_scanned(page, text)
    expect(page.get_by_role("heading", name="Thẻ còn giá trị")).to_be_visible()
    expect(page.locator("#vua-quet li")).to_have_count(20)
    expect(page.locator("#ma")).to_have_value("")


def then_the_network_is_back(page: Page) -> None:
    """For the service worker too, which gets it after the page."""
    page.wait_for_function(
        "async () => !(await fetch(document.getElementById('quet').dataset.list)).headers.has('X-Kept')"
    )


def test_a_clerk_scans_cards_without_a_network(
    world: World, site: Serve, chromium: Browser, published: Path, committed_db: Address
) -> None:
    name = "CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM"
    good, other = _approved(world, name), _approved(world, "LÊ VĂN HAI")
    texts = _printed_qr(good), _printed_qr(other)
    publishing.publish(published, at=settings.CLOCK())
    served = site()
    page = opened(chromium, viewport=DESKTOP)
    context = page.context
    page.goto(served.url + "/quet-the/")
    page.wait_for_selector("#quet[data-kept='1']")
    then_axe_finds_nothing(page)

    context.set_offline(True)
    page.close()
    page = context.new_page()
    page.goto(served.url + "/quet-the/")
    page.wait_for_selector("#quet[data-ready='1']")
    expect(
        page.get_by_text("Hiện không kết nối được với máy chủ, đang dùng bản đã tải.")
    ).to_be_visible()
    when_scanned(page, texts[0])
    answer = page.get_by_role("status").filter(has_text="Thẻ còn giá trị")
    expect(answer).to_contain_text(name)
    expect(answer).to_contain_text("TE1017900000001")
    when_scanned(page, texts[0][:-1] + ("0" if texts[0][-1] != "0" else "1"))
    expect(page.get_by_role("heading", name="Mã không đúng chữ ký")).to_be_visible()
    when_scanned(page, "https://vi-du.example/khong-phai-the")
    expect(page.get_by_role("heading", name="Không đọc được mã")).to_be_visible()
    then_the_latest_twenty_stay_and_the_field_is_free(page, texts[1])
    then_axe_finds_nothing(page)

    with as_the_system(committed_db):
        (dossier_id,) = _dossier_of(other)
        actions.revoke(
            [dossier_id], by=actor_of(world, "so-the-01"), at=world.at, reason="CANCELLED_BY_SENDER"
        )
        publishing.publish(published, at=settings.CLOCK())
    context.set_offline(False)
    then_the_network_is_back(page)
    when_the_network_is_said_to_be_back(page)
    expect(page.locator("#tinh-trang")).not_to_contain_text("không kết nối được")
    when_scanned(page, texts[1])
    expect(page.get_by_role("heading", name="Thẻ không còn dùng được")).to_be_visible()
    # Nothing of what was scanned is kept.
    kept = page.evaluate("[localStorage.length, sessionStorage.length, document.cookie]")
    assert kept == [0, 0, ""]
    assert name not in page.evaluate(
        "async () => (await Promise.all((await caches.keys()).map(async (k) => Promise.all((await (await caches.open(k))"
        ".matchAll()).map((r) => r.text()))))).flat().join('')"
    )
    context.close()


def when_the_network_is_said_to_be_back(page: Page) -> None:
    page.evaluate("window.dispatchEvent(new Event('online'))")


def test_a_server_that_does_not_answer_is_no_connection_and_is_asked_again_soon(
    site: Serve, page: Page, published: Path
) -> None:
    publishing.publish(published, at=settings.CLOCK())
    page.clock.install()
    page.goto(site().url + "/quet-the/")
    page.wait_for_selector("#quet[data-kept='1']")
    told = page.get_by_text("Hiện không kết nối được với máy chủ, đang dùng bản đã tải.")
    expect(told).to_have_count(0)
    with postgres.SERVED:
        when_the_network_is_said_to_be_back(page)
        expect(told).to_be_visible(timeout=10_000)
    page.clock.fast_forward("00:31")
    expect(told).to_have_count(0)


def test_a_slow_answer_does_not_take_the_place_of_a_later_one(
    site: Serve, chromium: Browser, published: Path
) -> None:
    publishing.publish(published, at=settings.CLOCK())
    page = opened(chromium, service_workers="block")
    with closing(page.context):
        page.goto(site().url + "/quet-the/")
        page.wait_for_selector("#quet[data-ready='1']")
        held: list[Route] = []

        def hold(route: Route) -> None:
            held.append(route)

        page.route("**/thu-hoi*", hold, times=1)
        with page.expect_request("**/thu-hoi*"):
            when_the_network_is_said_to_be_back(page)
        with page.expect_response("**/thu-hoi*"):
            when_the_network_is_said_to_be_back(page)
        with page.expect_response("**/thu-hoi*"):
            held[0].fulfill(body=b"an old list")
        when_scanned(page, "https://vi-du.example/khong-phai-the")
        expect(page.get_by_role("heading", name="Không đọc được mã")).to_be_visible()
        expect(page.locator("#tinh-trang")).to_contain_text("Danh sách thu hồi ngày")


def _dossier_of(card_id: int) -> list[int]:
    with connection.cursor() as cursor:
        cursor.execute("SELECT dossier_id FROM cards_card WHERE id = %s", [card_id])
        return [row[0] for row in cursor.fetchall()]


def test_the_page_fits_a_phone_and_sixty_kilobytes(
    world: World, site: Serve, phone: Page, published: Path
) -> None:
    card_id = _approved(world, "CÔNG TẰNG TÔN NỮ NGUYỄN THỊ HOÀNG BẢO TRÂM ANH PHƯƠNG DUNG")
    text = _printed_qr(card_id)
    publishing.publish(published, at=settings.CLOCK())
    sizes: dict[str, int] = {}
    phone.on(
        "response", lambda it: sizes.update({it.url: len(it.body())}) if it.status == 200 else None
    )
    phone.goto(site().url + "/quet-the/")
    phone.wait_for_selector("#quet[data-kept='1']")
    when_scanned(phone, text)
    expect(phone.get_by_role("heading", name="Thẻ còn giá trị")).to_be_visible()
    assert phone.viewport_size == PHONE
    then_nothing_is_wider_than_the_screen(phone)
    then_axe_finds_nothing(phone)
    assert sum(size for url, size in sizes.items() if not url.endswith((".ttf", ".css"))) < 60_000
    milliseconds = phone.evaluate(
        """async (text) => {
            const field = document.getElementById("ma"), begun = performance.now();
            field.value = text;
            document.getElementById("quet-ma").requestSubmit();
            while (document.getElementById("vua-quet").children.length < 2) await new Promise((done) => setTimeout(done));
            return performance.now() - begun;
        }""",
        text,
    )
    assert milliseconds < 500
