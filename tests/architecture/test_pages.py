"""Every address is behind a permission or on the short open list; every permission opens something."""

import re

from django.urls import URLPattern, URLResolver, get_resolver
from django.urls.resolvers import RoutePattern

from lienthong.accounts.permissions import GRANTS, PERMISSIONS_VI, TITLES_VI, Permission, Role
from lienthong.web.page import PAGES
from tests.architecture import code

OPEN = {
    "front": "the citizens' first page: nobody's data",
    "register": "how a child gets the card: the law of the day, nobody's data",
    "help": "the published directory of task forces",
    "public-knowledge": "the articles that the centre opened to everybody",
    "public-article": "one of them",
    "sign-in": "the door itself",
    "sign-out": "ends a session, shows nothing",
    "follow": "a family's question and its answer: one child named exactly, answered and logged by the database",
    "follow-code": "sends a code to the address on file; says the same whether there is one",
    "follow-card": "the card and who looked, to whoever has the code; the database answers and logs it",
    "scan": "checks a card's QR in the browser; nothing is sent",
    "scan-worker": "the script that keeps the scan page without a network",
    "scan-keys": "public keys of cards",
    "scan-revoked": "the signed list of revoked cards; names nobody",
    "stop-notices": "stops optional notices by the link in one of them; shows nobody",
    "card-of-link": "one card, to whoever has its secret address; the database answers and logs it",
    "newest-card-of-link": "as above, for the card that came in its place",
    "hospital-sign-in": "the door of the hospitals' desk",
    "hospital-sign-out": "ends a clerk's session, shows nothing",
    "asset": "style sheet, script, font",
}
MACHINES = ("api/", "health/", "metrics", "fhir/", "dci/")
"""Doors of other systems prove themselves by signature or token (lienthong/web/api)."""


def _addresses(resolver: URLResolver, before: str = "") -> list[tuple[str, URLPattern]]:
    found = []
    for entry in resolver.url_patterns:
        assert isinstance(entry.pattern, RoutePattern)
        address = before + str(entry.pattern)
        found += (
            _addresses(entry, address) if isinstance(entry, URLResolver) else [(address, entry)]
        )
    return found


def _every_address() -> list[tuple[str, URLPattern]]:
    return [
        found
        for part in get_resolver().url_patterns
        for found in (
            _addresses(part, str(part.pattern))
            if isinstance(part, URLResolver)
            else [(str(part.pattern), part)]
        )
    ]


def test_every_address_needs_a_permission_or_is_on_the_open_list() -> None:
    addresses = _every_address()
    guarded = {page.name for page in PAGES if page.needs is not None}
    bad = [
        address
        for address, entry in addresses
        if not address.startswith(MACHINES) and entry.name not in guarded | set(OPEN)
    ]
    assert bad == []


def test_open_list_names_only_what_is_open() -> None:
    assert set(OPEN) - {entry.name for _, entry in _every_address()} == set()
    guarded = {page.name for page in PAGES if page.needs is not None}
    assert guarded & set(OPEN) == set()


def test_every_page_is_reached_by_an_address() -> None:
    names = {entry.name for _, entry in _every_address()}
    assert {page.name for page in PAGES} - names == set()


def test_every_permission_is_used_by_a_page_or_an_action() -> None:
    text = "\n".join(
        path.read_text(encoding="utf-8")
        for path in code.files(".py")
        if path.name != "permissions.py" and "migrations" not in path.parts
    )
    used = set(re.findall(r"Permission\.([A-Z_]+)", text))
    assert {p.name for p in Permission} - used == set()


def test_every_role_and_permission_has_its_vietnamese_name_and_a_holder() -> None:
    assert set(TITLES_VI) == set(Role) == set(GRANTS)
    assert set(PERMISSIONS_VI) == set(Permission)
    assert set(Permission) - set().union(*GRANTS.values()) == set()
