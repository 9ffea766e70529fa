"""Chromium and a web server for the journeys: a database of each test's own, served with the rights of the pages."""

import os
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import pytest
from django.conf import settings
from django.core.handlers.wsgi import WSGIHandler
from playwright.sync_api import Browser, Page, sync_playwright

from lienthong.database.address import Address
from tests import postgres
from tests.web import world as worlds
from tests.web.world import PASSWORD, World

# Playwright's own event loop runs in this thread; Django would take our queries for asynchronous ones.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"

CHROMIUM = "/usr/bin/chromium"
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--no-first-run",
]
DESKTOP = {"width": 1366, "height": 768}
PHONE = {"width": 390, "height": 844}
_PORTS = range(20_700, 20_900)
# Nobody clicks on a page that is still coming: a click there finds the button, and not yet what the button does.
_COMING = """(() => {
    const coming = new CSSStyleSheet();
    coming.replaceSync("* { pointer-events: none !important }");
    document.adoptedStyleSheets = [coming];
    addEventListener("load", () => { document.adoptedStyleSheets = []; });
})()"""


class _Quiet(WSGIRequestHandler):
    def log_message(self, *args: object) -> None:
        pass


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True
    allow_reuse_address = False


@dataclass(slots=True)
class Site:
    """Where the pages are served, and the world behind them."""

    url: str
    world: World


_PAGES = WSGIHandler()


def _one_at_a_time(environ: dict[str, Any], start: Callable[..., Any]) -> list[bytes]:
    """The pages, never while the system works: both would share one way to the database, with other rights."""
    with postgres.SERVED:
        answer = _PAGES(environ, start)
        try:
            return list(answer)
        finally:
            answer.close()


@contextmanager
def as_the_system(database: Address) -> Iterator[None]:
    """While the block runs, this thread has the worker's rights, and no page is served."""
    with postgres.SERVED, postgres.django_on(database):
        yield


@pytest.fixture
def world(committed_db: Address) -> World:
    """Units and officers, committed; each journey adds its children before it opens the site."""
    return worlds.build(settings.CLOCK())


@pytest.fixture
def site(world: World, committed_db: Address) -> Iterator[Callable[[], Site]]:
    """Call it when the world is complete: the pages are served on a loopback port."""
    servers: list[_Server] = []
    with ExitStack() as stack:

        def serve() -> Site:
            stack.enter_context(postgres.django_on(committed_db, role="web"))
            server = _bind()
            server.set_app(_one_at_a_time)
            threading.Thread(target=server.serve_forever, daemon=True).start()
            servers.append(server)
            return Site(f"http://127.0.0.1:{server.server_port}", world)

        yield serve
        for server in servers:
            server.shutdown()
            server.server_close()


@pytest.fixture(scope="module", autouse=True)
def chromium() -> Iterator[Browser]:
    """From before the first database of these files to after the last, and no longer.

    While Playwright's loop runs in this thread, Django keeps another set of connections than without it (and a fork,
    which has no loop, the first set again): no test may begin with one set and end with the other.
    """
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


def opened(chromium: Browser, **screen: Any) -> Page:
    """A window of a browser of its own, on which nothing is clicked or typed before the page has come."""
    context = chromium.new_context(locale="vi-VN", timezone_id="Asia/Ho_Chi_Minh", **screen)
    context.add_init_script(_COMING)
    page = context.new_page()
    keys = page.keyboard
    keys.press, keys.type = _patient(page, keys.press), _patient(page, keys.type)  # type: ignore[method-assign, assignment]
    return page


def _patient(page: Page, deed: Callable[[str], None]) -> Callable[[str], None]:
    def when_it_has_come(keys: str) -> None:
        page.wait_for_load_state()
        deed(keys)

    return when_it_has_come


@pytest.fixture
def page(chromium: Browser) -> Iterator[Page]:
    """A window of an office computer."""
    page = opened(chromium, viewport=DESKTOP)
    yield page
    page.context.close()


@pytest.fixture
def phone(chromium: Browser) -> Iterator[Page]:
    """A telephone held upright."""
    page = opened(chromium, viewport=PHONE, has_touch=True, is_mobile=True)
    yield page
    page.context.close()


def sign_in(page: Page, site: Site, username: str, *, to: str = "/can-bo/") -> None:
    """Through the form, as a person does."""
    page.goto(site.url + to)
    page.get_by_label("Tên đăng nhập").fill(username)
    page.get_by_label("Mật khẩu").fill(PASSWORD)
    page.get_by_role("button", name="Đăng nhập").click()
    page.wait_for_url(site.url + to)


def _bind() -> _Server:
    for port in _PORTS:
        try:
            return _Server(("127.0.0.1", port), _Quiet)
        except OSError:
            continue
    msg = "no free port for the web server of the tests"
    raise RuntimeError(msg)
