"""Addresses that nobody means: days that no calendar goes to, digits that are none, NUL. Every list and board answers them."""

import pytest

from lienthong.web.staff import urls
from tests.web.conftest import SignedIn
from tests.web.world import World

pytestmark = pytest.mark.timeout(300)
_WORDS = (
    "tu",
    "den",
    "ngay",
    "luc",
    "so-voi",
    "tinh",
    "xa",
    "don-vi",
    "trong",
    "dong",
    "ma",
    "tim",
    "q",
    "sau",
)


@pytest.mark.parametrize(
    "odd", ["9999-12-31", "0001-01-01", "0001-01-01T00:00", "%00", "%C2%B2%C2%B2", "9" * 20]
)
def test_no_page_fails_on_an_odd_address(world: World, signed_in: SignedIn, odd: str) -> None:
    world.child("NGUYỄN MINH AN", days_ago=1)
    client = signed_in("trung-uong")
    client.raise_request_exception = False
    query = "&".join(f"{word}={odd}" for word in _WORDS)
    pages = [str(it.pattern) for it in urls.urlpatterns if "<" not in str(it.pattern)]
    asked = [it if it.startswith("can-bo/") else f"can-bo/{it}" for it in pages]
    failed = {
        page: told for page in asked if (told := client.get(f"/{page}?{query}").status_code) >= 500
    }
    assert len(asked) > 40
    assert failed == {}
