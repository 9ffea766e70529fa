"""INV-12 whole, in scaled time: births arrive all along while the population database is down, slow, lying, then well."""

from datetime import timedelta
from typing import Any

import pytest

from lienthong.cards import actions as cards
from lienthong.dossiers import actions as dossiers
from lienthong.gateways.fakes import Citizen, Mode, PopulationTwin
from lienthong.kernel.names import fold_key
from tests import births
from tests.births import AT, column, message, rows, run, send
from tests.finished_world import OFFICER
from tests.identity import BORN, Clock, a_client, ask

pytestmark = pytest.mark.django_db

TICK = timedelta(minutes=10)
TICKS = 72 * 6
A_BIRTH_EVERY = 12
MANY = TICKS // A_BIRTH_EVERY
PHASES = (
    Mode.REFUSE,
    Mode.ERROR,
    Mode.SLOW,
    Mode.OVERLOAD,
    Mode.WRONG_CHILD,
    Mode.HTML,
    Mode.DUPLICATE,
    Mode.NEVER,
)
SENT = ("", "00322600001", "", "003326000009", "", "003196000456")
"""What the messages bring in place of an id: nothing, a wrong form, a girl's for a boy, the mother's."""
_MIDDLES = ("GIA", "HỮU", "NGỌC", "QUANG", "ĐỨC", "THÁI")
_GIVENS = ("AN", "BÌNH", "CHI", "DUNG", "GIANG", "KHOA")
CARDS = """
    SELECT md5(string_agg((to_jsonb(c) - 'status' - 'print_count')::text, '|' ORDER BY id)) FROM cards_card AS c
"""
NUMBERS = "SELECT md5(string_agg(to_jsonb(n)::text, '|' ORDER BY number)) FROM persons_number AS n"
LATE = """
    SELECT count(*) FROM dossiers_dossier AS dossier LEFT JOIN cards_card AS card ON card.dossier_id = dossier.id
    WHERE card.status IS DISTINCT FROM 'active'
       OR (card.approved_at AT TIME ZONE 'Asia/Ho_Chi_Minh')::date > dossier.due_on
"""
TO_APPROVE = "SELECT id FROM cards_card WHERE status = 'requested'"
TASKS = "SELECT kind, count(*) FROM dossiers_task GROUP BY kind ORDER BY kind"
ALARMS = "SELECT count(*), count(*) FILTER (WHERE closed_at IS NULL) FROM database_alarm WHERE name = 'identity.lane'"


def _name(number: int) -> str:
    return f"LÊ {_MIDDLES[number // len(_GIVENS)]} {_GIVENS[number % len(_GIVENS)]}"


def _birth(number: int) -> dict[str, Any]:
    return message(
        number + 1,
        nksHoTen=_name(number),
        soDinhDanh=SENT[number % len(SENT)],
        meSoDDCN="003196000456",
    )


def _citizens() -> list[Citizen]:
    return [Citizen(_name(it), BORN, "male", f"003226900{it:03}") for it in range(MANY)]


@pytest.mark.rule("001-2", "001-8")
def test_three_days_of_outage_delay_nothing_but_the_id() -> None:
    births.small_country()
    clock = Clock()
    clock.at = AT
    twin = PopulationTwin(_citizens(), late_after=10_000)
    client = a_client(twin, clock, rate=1.0)
    for tick in range(TICKS):
        twin.mode = PHASES[tick * len(PHASES) // TICKS]
        if tick % A_BIRTH_EVERY == 0:
            send(_birth(tick // A_BIRTH_EVERY), at=clock.at)
            run(clock.at)
            waiting = column(TO_APPROVE)
            assert not cards.approve(waiting, by=OFFICER, at=clock.at).refused
            assert column(LATE) == [0], f"{twin.mode}: every child has its card by its due day"
        ask(client, clock)
        dossiers.follow_identity(by=births.system(), at=clock.at)
        clock.at += TICK
    _nothing_but_the_id_is_missing(twin)
    _everything_comes_after_recovery(twin, client, clock)


def _nothing_but_the_id_is_missing(twin: PopulationTwin) -> None:
    assert column("SELECT count(*) FROM cards_card WHERE status = 'active'") == [MANY]
    assert column("SELECT count(*) FROM persons_person WHERE personal_id IS NOT NULL") == [0]
    assert column("SELECT count(*) FROM persons_identityrequest WHERE state = 'waiting'") == [MANY]
    asked_while_broken = column("SELECT sum(asked_count) FROM persons_identityhour")[0]
    assert asked_while_broken == twin.asked
    # One probe a tick while it is broken; the last phase, in which it works and says "not yet", may ask by the hour.
    assert twin.asked <= TICKS + MANY * (TICKS // len(PHASES) // 6 + 1)
    sent_wrong = MANY // 2
    told = dict(rows(TASKS))
    assert sum(told.values()) == sent_wrong, f"no storm of tasks: {told}"
    assert rows(ALARMS)[0][0] <= len(PHASES), "no storm of alarms"


def _everything_comes_after_recovery(twin: PopulationTwin, client: Any, clock: Clock) -> None:
    before = column(CARDS), column(NUMBERS)
    twin.mode, twin.asked = Mode.HONEST, 0
    recovered = clock.at
    missing = "SELECT count(*) FROM persons_person WHERE personal_id IS NULL"
    while column(missing) != [0] and clock.at < recovered + timedelta(hours=1, minutes=10):
        asked_before = twin.asked
        ask(client, clock)
        assert twin.asked - asked_before <= 60 + 1, "the agreed rate is kept"
        clock.wait(minutes=1)
    dossiers.follow_identity(by=births.system(), at=clock.at)
    held = dict(rows("SELECT fold_key, personal_id FROM persons_person"))
    assert held == {fold_key(it.full_name): it.personal_id for it in _citizens()}
    run(clock.at)
    assert (column(CARDS), column(NUMBERS)) == before, "no new card, no changed number"
    assert column("SELECT count(*) FROM dossiers_task WHERE closed_at IS NULL") == [0]
    assert rows(ALARMS)[0][1] == 0
    assert column(LATE) == [0]
