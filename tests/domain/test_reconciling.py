"""Books that balance (INV-45): a day with every kind of planted difference is explained exactly, and comes right."""

import pytest

from tests import births, books
from tests.births import BA_DINH

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _country() -> None:
    births.small_country()


def test_a_day_that_is_whole_balances() -> None:
    sent = [births.message(n) for n in (1, 2)]
    births.send(*sent)
    births.run()
    books.state(books.statement(books.line(it) for it in sent))
    found = books.reconcile()
    assert found == {
        it["message_id"]: {("card", "AWAITING_APPROVAL", "")} for it in sent
    }
    assert books.book() == {
        "said": 2, "listed": 2, "received": 2, "child": 2, "number": 2, "cardless": 2, "open": 2
    }
