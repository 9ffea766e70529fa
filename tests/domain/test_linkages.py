"""Linkages as officers order and confirm them: whose rows, four eyes, what is written and taken back whole, what is not."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from django.db import connection

from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.persons import linkageapplying, linkageresults, linkages
from lienthong.persons.linkagerunning import Runner
from lienthong.persons.linkages import Linkage, Order
from tests import births
from tests.births import AT, column, rows
from tests.conftest import BecomeWeb
from tests.declared import officer
from tests.linkages import (
    BOTH,
    LATER,
    SMALL,
    centre,
    databases,
    done,
    ordered,
    province,
    results,
    state,
    tended,
    truth,
    written,
)
from tests.officers import SYSTEM

pytestmark = [pytest.mark.django_db, pytest.mark.timeout(300)]
_PERSONS = 1_500
_TIED = "SELECT id, person_id FROM persons_entry WHERE person_id IS NOT NULL ORDER BY id"


@pytest.fixture(autouse=True)
def _country(db: None) -> None:
    births.small_country()


def _of(by: Actor, linkage_id: int, become: BecomeWeb) -> Linkage:
    with acting(by, at=AT), become():
        return linkages.one(linkage_id, by=by)


def _code(deed: Callable[[], object]) -> str:
    with pytest.raises((Refused, Conflict)) as caught:
        deed()
    return caught.value.code


def test_an_order_names_two_registers_and_is_given_once(as_web_role: BecomeWeb) -> None:
    by = centre()
    with as_web_role():
        assert _code(lambda: ordered(by, Order("household", "household"))) == "SIDES"
        assert _code(lambda: ordered(by, Order("household", "elsewhere"))) == "SIDES"
        assert _code(lambda: ordered(by, Order("household", "collection", "sqlite"))) == "ENGINE"
        asked = Order("household", "collection", certain_from=0.5)
        assert _code(lambda: ordered(by, asked)) == "CERTAIN"
        first = ordered(by)
        assert _code(lambda: ordered(by)) == "UNDER_WAY"
        linkages.stop(first, by=by, at=AT)
        assert ordered(by) > first
    assert state(first) == "stopped"


def test_only_who_may_orders_and_looks(as_web_role: BecomeWeb) -> None:
    thu = officer("thu-lien-ket", "collection", "01")
    with as_web_role():
        for deed in (lambda: ordered(thu), lambda: linkages.lines(thu)):
            with pytest.raises(NotAllowed):
                deed()


def test_a_province_links_its_own_rows_and_sees_its_own_linkages(
    tmp_path: Path, as_web_role: BecomeWeb
) -> None:
    databases(tmp_path, 300, area=-1)
    with acting(SYSTEM, at=AT), connection.cursor() as cursor:
        cursor.execute("UPDATE persons_entry SET area = -24 WHERE id %% 3 = 0", [])
        cursor.execute(
            "UPDATE persons_entry SET area = (SELECT id FROM catalogues_unit WHERE code = 'TE01001') WHERE id %% 3 = 1",
            [],
        )
    here, there, everywhere = province(), province("tinh-24", "24"), centre()
    with as_web_role():
        assert _code(lambda: ordered(replace(here, province_code=""))) == "SCOPE"
        mine = ordered(here)
        whole = ordered(everywhere)
    runner = Runner(tmp_path / "linkages", SMALL)
    assert tended(runner, mine) == "done"
    assert tended(runner, whole) == "done"
    own = column("SELECT count(*) FROM persons_entry WHERE area <> -24 AND source = 'household'")[0]
    assert _of(here, mine, as_web_role).figures["left"] == own
    every = column("SELECT count(*) FROM persons_entry WHERE source = 'household'")[0]
    assert _of(everywhere, whole, as_web_role).figures["left"] == every > own
    assert _of(everywhere, mine, as_web_role).province_code == "01"
    for by, hidden in ((there, mine), (here, whole)):
        with pytest.raises(NotFound):
            _of(by, hidden, as_web_role)
    with acting(there, at=AT), as_web_role(), pytest.raises(Conflict):
        linkages.stop(whole, by=there, at=AT)


def test_links_are_written_after_another_officer_and_taken_back_whole(
    tmp_path: Path, as_web_role: BecomeWeb
) -> None:
    databases(tmp_path, _PERSONS)
    before = rows(_TIED)
    by, other = centre(), centre("trung-uong-hai")
    root = tmp_path / "linkages"
    linkage_id = done(root, by)
    assert rows(_TIED) == before
    assert linkageapplying.write(root, by=SYSTEM, at=LATER) == 0
    with as_web_role():
        assert _code(lambda: linkages.confirm(linkage_id, by=by, at=LATER)) == "FOUR_EYES"
        linkages.confirm(linkage_id, by=other, at=LATER)
        assert _code(lambda: linkages.confirm(linkage_id, by=other, at=LATER)) == "CHANGED"
    assert written(root, linkage_id) == "applied"
    figures = _of(by, linkage_id, as_web_role).figures
    assert figures["tied_count"] == len(rows(_TIED)) - len(before) > 0.9 * len(truth(tmp_path))
    # Every collection row that got a person got the one whose household row is its own.
    found = rows(
        "SELECT one.source_ref, other.source_ref FROM persons_linkedentry AS linked"
        " JOIN persons_entry AS other ON other.id = linked.entry_id"
        " JOIN persons_entry AS one ON one.person_id = linked.person_id AND one.source = 'household'"
        " WHERE other.source = 'collection'"
    )
    assert set(found) <= truth(tmp_path)
    assert len(found) == figures["tied_count"]
    with as_web_role():
        assert _code(lambda: linkages.undo(linkage_id, " ", by=by, at=LATER)) == "NOTE"
        linkages.undo(linkage_id, "Nhầm kỳ dữ liệu.", by=by, at=LATER)
    assert written(root, linkage_id) == "undone"
    assert rows(_TIED) == before
    assert _of(by, linkage_id, as_web_role).figures["loosed_count"] == figures["tied_count"]


def test_an_entry_that_was_given_to_another_since_keeps_him(tmp_path: Path) -> None:
    databases(tmp_path, 300)
    by, root = centre(), tmp_path / "linkages"
    linkage_id = done(root, by)
    linkages.confirm(linkage_id, by=centre("trung-uong-hai"), at=LATER)
    written(root, linkage_id)
    entry, person = rows("SELECT entry_id, person_id FROM persons_linkedentry ORDER BY id LIMIT 1")[
        0
    ]
    another = column("SELECT id FROM persons_person WHERE id <> %s LIMIT 1", person)[0]
    with acting(SYSTEM, at=LATER), connection.cursor() as cursor:
        cursor.execute("UPDATE persons_entry SET person_id = %s WHERE id = %s", [another, entry])
    linkages.undo(linkage_id, "Nhầm.", by=by, at=LATER)
    assert written(root, linkage_id) == "undone"
    assert column("SELECT person_id FROM persons_entry WHERE id = %s", entry) == [another]
    left = (
        "SELECT count(*) FROM persons_entry WHERE source = 'collection' AND person_id IS NOT NULL"
    )
    assert column(left) == [1]


def test_two_persons_that_a_link_joins_are_asked_about_and_nothing_is_merged(
    tmp_path: Path,
) -> None:
    databases(tmp_path, 300)
    with acting(SYSTEM, at=AT), connection.cursor() as cursor:
        # The collection rows of all are said to be of one other person each.
        cursor.execute(
            "UPDATE persons_entry AS entry SET person_id = other.person_id FROM ("
            " SELECT id, row_number() OVER (ORDER BY id) AS n FROM persons_entry WHERE source = 'collection') AS mine"
            " JOIN (SELECT person_id, row_number() OVER (ORDER BY id DESC) AS n FROM persons_entry"
            " WHERE source = 'household') AS other USING (n) WHERE entry.id = mine.id"
        )
    before = rows(_TIED)
    root = tmp_path / "linkages"
    linkage_id = done(root, centre())
    linkages.confirm(linkage_id, by=centre("trung-uong-hai"), at=LATER)
    assert written(root, linkage_id) == "applied"
    assert rows(_TIED) == before
    asked = rows("SELECT origin, reason, state FROM persons_pair")
    assert len(asked) > 100
    assert set(asked) == {("register", "LINKAGE", "open")}
    assert column("SELECT count(*) FROM persons_person WHERE merged_into_id IS NOT NULL") == [0]


def test_rows_of_nobody_stay_without_and_are_counted(tmp_path: Path) -> None:
    databases(tmp_path, 300, are_known=False)
    root = tmp_path / "linkages"
    linkage_id = done(root, centre())
    linkages.confirm(linkage_id, by=centre("trung-uong-hai"), at=LATER)
    assert written(root, linkage_id) == "applied"
    assert rows(_TIED) == []
    by = centre("trung-uong-nhin")
    figures = linkages.one(linkage_id, by=by).figures
    assert figures["nobody_count"] == figures["links"]
    assert figures["tied_count"] == 0


def test_a_stricter_officer_leaves_the_less_likely_links_unwritten(tmp_path: Path) -> None:
    databases(tmp_path, _PERSONS)
    root = tmp_path / "linkages"
    linkage_id = done(root, centre(), Order("household", "collection", certain_from=0.9999))
    linkages.confirm(linkage_id, by=centre("trung-uong-hai"), at=LATER)
    written(root, linkage_id)
    by = centre("trung-uong-nhin")
    figures = linkages.one(linkage_id, by=by).figures
    assert figures["below"] > 0
    assert figures["tied_count"] == figures["links"] - figures["below"]
    assert min(column("SELECT probability FROM persons_linkedentry")) >= 0.9999


def test_a_database_is_tied_to_the_persons_of_the_register(tmp_path: Path) -> None:
    databases(tmp_path, 300)
    root = tmp_path / "linkages"
    linkage_id = done(root, centre(), Order("persons", "collection"))
    linkages.confirm(linkage_id, by=centre("trung-uong-hai"), at=LATER)
    assert written(root, linkage_id) == "applied"
    found = rows(
        "SELECT one.source_ref, other.source_ref FROM persons_entry AS other"
        " JOIN persons_entry AS one ON one.person_id = other.person_id AND one.source = 'household'"
        " WHERE other.source = 'collection'"
    )
    assert set(found) <= truth(tmp_path)
    assert len(found) > 0.3 * len(truth(tmp_path))


def test_a_province_links_a_database_to_the_persons_of_its_own_area_alone(
    tmp_path: Path, as_web_role: BecomeWeb
) -> None:
    databases(tmp_path, 300, area=-1)
    with acting(SYSTEM, at=AT), connection.cursor() as cursor:
        # Every third person is another province's; its collection database speaks of all of them still.
        cursor.execute(
            "UPDATE persons_entry SET area = -24 WHERE source = 'household' AND id %% 3 = 0", []
        )
    root, by = tmp_path / "linkages", province()
    linkage_id = done(root, by, Order("persons", "collection"))
    own = set(
        column("SELECT person_id FROM persons_entry WHERE source = 'household' AND area = -1")
    )
    it = _of(by, linkage_id, as_web_role)
    assert it.figures["left"] == len(own) > 150
    sample = linkageresults.sampled(it.figures["sample"])
    with acting(by, at=AT), as_web_role():
        beside = linkageresults.beside(sample, (it.left, it.right), by=by)
    assert all(row.left and row.right for row in beside)
    linkages.confirm(linkage_id, by=centre(), at=LATER)
    assert written(root, linkage_id) == "applied"
    tied = set(
        column(
            "SELECT person_id FROM persons_entry WHERE source = 'collection' AND person_id IS NOT NULL"
        )
    )
    assert tied
    assert tied <= own


def test_what_came_of_it_is_counted_shown_and_downloaded(
    tmp_path: Path, as_web_role: BecomeWeb
) -> None:
    databases(tmp_path, _PERSONS)
    by, root = centre(), tmp_path / "linkages"
    it = _of(by, linkage_id := done(root, by), as_web_role)
    figures = it.figures
    assert sum(figures["reasons"].values()) == figures["links"]
    assert set(figures["reasons"]) | set(figures["doubtful_reasons"]) <= set(
        linkageresults.REASONS_VI
    )
    for side in ("left", "right"):
        assert sum(figures[f"{side}_over"].values()) == figures[side] - figures["links"]
    assert len(figures["sample"]) == 50
    assert it.memory_mb > 0
    folder = results(root, linkage_id)
    assert not list(folder.glob("left.csv")) + list(folder.glob("right.csv"))
    sample = linkageresults.sampled(figures["sample"])
    with acting(by, at=AT), as_web_role():
        shown = linkageresults.beside(sample, (it.left, it.right), by=by)
        file = linkageresults.as_csv(folder, (it.left, it.right)).decode("utf-8-sig")
    assert {found.reason for found in sample} == set(figures["reasons"])
    assert all(each.left and each.right for each in shown)
    marks = {tuple(line.split(",")[:2]) for line in file.splitlines()[1:]}
    assert len(marks) == figures["links"]
    assert marks <= truth(tmp_path)


def test_a_linkage_whose_files_are_gone_says_so_and_what_was_written_can_be_taken_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(linkageapplying, "BATCH", 50)
    databases(tmp_path, 300)
    before = rows(_TIED)
    by, root = centre(), tmp_path / "linkages"
    linkage_id = done(root, by)
    linkages.confirm(linkage_id, by=centre("trung-uong-hai"), at=LATER)
    assert linkageapplying.write(root, by=SYSTEM, at=LATER) == 50
    for path in results(root, linkage_id).glob("*.csv"):
        path.unlink()
    assert written(root, linkage_id) == "failed"
    assert "Không còn tệp" in linkages.one(linkage_id, by=by).error
    linkages.undo(linkage_id, "Mất tệp.", by=by, at=LATER)
    assert written(root, linkage_id) == "undone"
    assert rows(_TIED) == before


def test_a_database_without_rows_gives_no_link(tmp_path: Path) -> None:
    root = tmp_path / "linkages"
    linkage_id = done(root, centre())
    assert linkages.one(linkage_id, by=centre("trung-uong-hai")).figures["links"] == 0
    assert BOTH.engine == "duckdb"
