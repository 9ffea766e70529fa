"""The pages of letters and replies as tests click through them: what a page shows, its form, a letter issued, a reply written."""

import html
import re
from datetime import timedelta

from django.db import connection
from django.test import Client

from lienthong.kernel.dates import vietnam_date
from lienthong.law.deadlines import official_calendar
from tests.web.world import World

LIST = "/can-bo/cong-van/"


def shown(client: Client, address: str, status: int = 200) -> str:
    response = client.get(address)
    assert response.status_code == status
    return html.unescape(response.content.decode())


def posted(client: Client, address: str, form: dict[str, object], status: int = 303) -> str:
    response = client.post(address, form)
    assert response.status_code == status, html.unescape(response.content.decode())
    if status == 303:
        return str(response.headers["Location"])
    return html.unescape(response.content.decode())


def as_worker(statement: str) -> list[tuple[object, ...]]:
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL ROLE lienthong_worker")
        cursor.execute(statement)
        found = list(cursor.fetchall())
        cursor.execute("SET LOCAL ROLE lienthong_web")
    return found


def form_of(text: str) -> dict[str, object]:
    """Every field of the form as the page shows it, ready to be sent back."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*>", text):
        name = re.search(r'name="([^"]+)"', tag)
        if not name or 'name="csrf' in tag:
            continue
        if re.search(r'type="(radio|checkbox)"', tag) and " checked" not in tag:
            continue
        value = re.search(r'value="([^"]*)"', tag)
        found.setdefault(name[1], []).append(value[1] if value else "")
    for name, value in re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', text):
        found.setdefault(name, []).append(value)
    for name, body in re.findall(
        r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', text, re.DOTALL
    ):
        chosen = re.search(r'value="([^"]*)" selected', body)
        found.setdefault(name, []).append(chosen[1] if chosen else "")
    return dict(found)


def seen(client: Client, address: str) -> str:
    """The edit number of the reply that the director reads."""
    found = re.search(r'name="ban-so" value="(\d+)"', shown(client, address))
    assert found
    return found[1]


def working_day(world: World, days: int) -> str:
    """The first working day later than so many days from now."""
    return (
        official_calendar()
        .next_working_day(vietnam_date(world.at) + timedelta(days=days))
        .isoformat()
    )


def drafted(client: Client, key: str = "680") -> str:
    return posted(client, f"{LIST}moi/", {"mau": key})


def issued(client: Client, world: World, key: str = "680", **changes: object) -> str:
    """A letter that went to Hà Nội and Bắc Ninh; its address."""
    draft = drafted(client, key)
    form = form_of(shown(client, draft))
    form |= {
        "so": f"{key}/BHXH-CNTT", "nguoi-ky": "Nguyễn Văn Ký", "noi-nhan": "mot-so", "tinh": ["01", "24"],
        "han": working_day(world, 9), "da-xem": "1", "thao-tac": "ban-hanh",
    }  # fmt: skip
    return posted(client, draft, form | changes).partition("?")[0]


def answered(client: Client, address: str) -> str:
    """A reply of Hà Nội, laid before the director; its address."""
    here = f"{address}tra-loi/01/"
    draft = posted(client, here, {"thao-tac": "bat-dau"})
    text = shown(client, draft)
    form = form_of(text)
    for name in re.findall(r'name="(c\d+-co)"', text):
        form[name] = "co"
    for name in set(re.findall(r'name="(c\d+-viec)"', text)):
        key = name.removesuffix("viec")
        form |= {
            name: ["Rà soát", ""],
            f"{key}ai": ["Phòng Thu", ""],
            f"{key}den": ["2026-12-31", ""],
        }
    (reasons,) = re.findall(r'name="(c\d+-ly-do)" value="WORKLOAD"', text)
    return posted(client, draft, form | {reasons: ["WORKLOAD"], "thao-tac": "trinh"})
