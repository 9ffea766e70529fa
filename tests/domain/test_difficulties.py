"""Difficulties: reported, taken, answered, passed up, merged; the clock; who sees and writes what."""

import pytest

from lienthong.database.scope import acting
from lienthong.oversight import answering, difficulties, reporting
from lienthong.oversight.reporting import Met, Question
from tests.births import AT, ON
from tests.conftest import BecomeWeb
from tests.declared import officer

pytestmark = pytest.mark.django_db
ASKED = Question("card", "Không in được thẻ", "Máy in báo lỗi E-PRINTER khi in lô thẻ.")


def test_try(as_web_role: BecomeWeb) -> None:
    asker = officer("so-the-01", "card_desk", "01")
    head = officer("truong-01", "head", "01")
    with as_web_role(), acting(asker, at=AT):
        key = reporting.report(ASKED, Met("print", "E-PRINTER"), by=asker, at=AT)
        (line,) = difficulties.listed(asker, filters=difficulties.DifficultyFilter(), on=ON)
        assert line.id == key and line.level == "unit", line
    with as_web_role(), acting(head, at=AT):
        answering.take(key, by=head, at=AT)
        answering.answer(key, "Chọn lại máy in.", by=head, at=AT)
    with as_web_role(), acting(asker, at=AT):
        answering.confirm(key, by=asker, at=AT)
        assert [it.act for it in difficulties.steps(asker, key)] == [
            "reported",
            "taken",
            "answered",
            "confirmed",
        ]
