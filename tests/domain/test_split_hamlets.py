"""A choice for a whole hamlet of a divided commune, and officers who choose at once."""

from concurrent.futures import ThreadPoolExecutor
from threading import Barrier

import pytest
from django.db import DatabaseError, connections
from django.db.transaction import atomic

from lienthong.accounts.permissions import Role, permissions_of
from lienthong.audit import trail
from lienthong.database.address import Address
from lienthong.database.scope import acting
from lienthong.dossiers import splitting
from lienthong.dossiers.splitting import Hamlet
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.errors import Refused
from tests import births
from tests.conftest import BecomeWeb
from tests.declared import officer
from tests.mergers import stand
from tests.splits import (
    CENTRE,
    DAY,
    FAR,
    NEW,
    OLD,
    ON_DAY,
    OTHER,
    TO_5,
    UNITS,
    country,
    divide,
    later,
    split_of,
    waiting,
)


def _hamlet(message_id: str) -> Hamlet:
    return Hamlet(OLD, DAY, split_of(message_id, "hamlet_key"))


@pytest.mark.django_db
def test_a_hamlet_is_decided_once_for_those_waiting_and_those_to_come(
    as_web_role: BecomeWeb,
) -> None:
    country()
    *of_hamlet, other = waiting(TO_5, "TDP số 5", "Tổ 6")
    divide()
    hamlet, by = _hamlet(of_hamlet[0]), officer("cu", "reception", "01", UNITS[OLD])
    with as_web_role(), acting(by, at=ON_DAY):
        outcome = splitting.choose_for_hamlet(hamlet, OTHER, note="", by=by, at=ON_DAY)
    assert outcome.done == tuple(split_of(each) for each in of_hamlet)
    births.run(ON_DAY)
    assert {stand(each)[2:] for each in of_hamlet} == {(UNITS[OTHER], "000-5", OTHER)}
    assert stand(other)[0] == "MANUAL_REVIEW"
    late = later(7, "Ngõ 8, Tổ dân phố 05")
    assert stand(late)[2:] == (UNITS[OTHER], "Q2", OTHER)
    assert split_of(late, "chosen_basis, note, chosen_by") == ("hamlet", "tổ 5", "system")


@pytest.mark.django_db
def test_one_that_comes_while_its_hamlet_is_decided_follows_too(as_web_role: BecomeWeb) -> None:
    country()
    first, second = waiting(TO_5, TO_5)
    divide()
    # As if the second came into the queue after the officer had locked the first.
    births.rows("UPDATE dossiers_split SET areas = '{}' WHERE id = %s RETURNING id", split_of(second))  # fmt: skip
    hamlet, by = _hamlet(first), officer("cu", "reception", "01", UNITS[OLD])
    with as_web_role(), acting(by, at=ON_DAY):
        done = splitting.choose_for_hamlet(hamlet, NEW, note="", by=by, at=ON_DAY).done
    assert done == (split_of(first),)
    births.run(ON_DAY)
    assert stand(second)[2:] == (UNITS[NEW], "000-5", NEW)


@pytest.mark.django_db
def test_a_later_decision_about_a_hamlet_replaces_the_earlier_and_is_audited(
    as_web_role: BecomeWeb,
) -> None:
    country()
    first, second = waiting(TO_5, TO_5)
    divide()
    hidden, hamlet = split_of(second), _hamlet(first)
    births.rows("UPDATE dossiers_split SET areas = '{}' WHERE id = %s RETURNING id", hidden)
    by = officer("cu", "reception", "01", UNITS[OLD])
    with as_web_role(), acting(by, at=ON_DAY):
        splitting.choose_for_hamlet(hamlet, NEW, note="", by=by, at=ON_DAY)
        with pytest.raises(Refused) as caught:
            splitting.choose_for_hamlet(hamlet, OTHER, note="", by=by, at=ON_DAY)
    assert caught.value.code == "CHANGED"
    assert splitting.choose_for_hamlet(hamlet, OTHER, note="", by=CENTRE, at=ON_DAY).done == (hidden,)  # fmt: skip
    assert births.rows("SELECT new_code, decided_by FROM dossiers_hamlet") == [(OTHER, "officer:trung-uong")]  # fmt: skip
    (entry,) = [it for it in trail.history_of("split", hidden, by=CENTRE) if it.action == "split.hamlet"]  # fmt: skip
    assert (entry.detail["chosen"], entry.detail["replaced"]) == (OTHER, NEW)


@pytest.mark.django_db
def test_a_hamlet_decision_outside_the_candidates_or_without_a_split_in_sight_writes_nothing(
    as_web_role: BecomeWeb,
) -> None:
    country()
    (sent,) = waiting(TO_5)
    divide()
    by = officer("cu", "reception", "01", UNITS[OLD])
    far = officer("don-vi-khac", "reception", "01", UNITS[FAR])
    hamlet = _hamlet(sent)
    for who, code, refused_as in ((by, FAR, "NOT_CANDIDATE"), (far, NEW, "CHANGED")):
        with as_web_role(), acting(who, at=ON_DAY), pytest.raises(Refused) as caught:
            splitting.choose_for_hamlet(hamlet, code, note="", by=who, at=ON_DAY)
        assert caught.value.code == refused_as
    write = (
        "INSERT INTO dossiers_hamlet (old_code, split_on, hamlet_key, hamlet_name, new_code, chosen_on, decided_at,"
        " decided_by) VALUES (%s, %s, 'x', 'x', %s, %s, now(), 'x') RETURNING id"
    )
    with as_web_role(), acting(far, at=ON_DAY):
        with pytest.raises(DatabaseError, match="row-level security"), atomic():
            births.rows(write, OLD, DAY, NEW, DAY)
    assert births.rows("SELECT * FROM dossiers_hamlet") == []


@pytest.mark.timeout(180)
def test_of_racing_officers_one_wins_and_the_others_are_refused(committed_db: Address) -> None:
    country()
    sent = waiting(TO_5, TO_5, TO_5)
    divide()
    split_ids = [split_of(each) for each in sent]
    hamlet, crowd = _hamlet(sent[0]), 8
    gate = Barrier(crowd)

    def run(place: int) -> tuple[str, int]:
        code = (NEW, OTHER)[place % 2]
        by = Actor(
            f"can-bo-{place}",
            ActorKind.OFFICER,
            permissions_of(Role.CENTRE),
            100 + place,
            everywhere=True,
        )
        gate.wait()
        try:
            if place < crowd // 2:
                done = splitting.choose(split_ids, code, note="", by=by, at=ON_DAY).done_count
            else:
                done = splitting.choose_for_hamlet(
                    hamlet, code, note="", by=by, at=ON_DAY
                ).done_count
        except Refused:
            return code, 0
        finally:
            connections.close_all()
        return code, done

    with ThreadPoolExecutor(crowd) as pool:
        told = list(pool.map(run, range(crowd)))
    (winner,) = [code for code, count in told if count]
    assert [count for _, count in told if count] == [3]
    births.run(ON_DAY)
    assert {stand(each)[4] for each in sent} == {winner}
