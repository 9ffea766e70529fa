"""01/07/2025 applied to open dossiers of every commune and every state: the oracle below agrees on each of them.

The oracle is read from the letter and from the rows of the act, and knows neither the rule table nor the routes.
"""

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from lienthong.audit import checks, sealing
from lienthong.births import rebuild, rerouting
from lienthong.catalogues import acts
from lienthong.config.commands.upkeep import invariants_folder
from lienthong.database.address import Address
from lienthong.simulation import places, reform
from lienthong.simulation.benches import merger
from tests import births
from tests.births import rows, system

pytestmark = pytest.mark.timeout(1800)
COUNT = 12_000
"""More than one for each of the 10,040 places."""

_STAYS = ("ARISEN", "APPROVAL_REQUESTED", "APPROVED", "PRINTED")
_LETTER = {
    "RECEIVED": "000-5", "CREATE_FAILED": "000-5", "CREATED": "000-5", "SENT_TNHS": "000-4", "EXPORTED_TNHS": "000-4",
    "ARISEN": "000-3", "APPROVAL_REQUESTED": "000-3", "APPROVED": "000-3", "PRINTED": "000-1",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Before:
    """A dossier on the eve: its state, its unit, and the old place and address of its message."""

    state: str
    unit: str
    place: str
    address: str


def _before() -> dict[str, Before]:
    told = rows(
        "SELECT dossier.message_id, dossier.state, coalesce(unit.code, ''), message.body FROM dossiers_dossier AS dossier"
        " JOIN births_message AS message USING (source, message_id)"
        " LEFT JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id"
    )
    found = {}
    for message_id, state, unit, body in told:
        home = json.loads(bytes(body))["data"]["nksNoiCuTru"]
        found[message_id] = Before(state, unit, home["maXa"] or home["maHuyen"], home["dcChiTiet"])
    return found


def _units_afterwards() -> Mapping[str, Sequence[str]]:
    """Which units the file of 2025 declares for each new commune."""
    found: dict[str, list[str]] = defaultdict(list)
    for row in places.unit_rows(reform.DAY):
        if row.valid_from == reform.DAY.isoformat():
            found[row.commune_code].append(row.code)
    return found


def _expected(it: Before, old: reform.Old, units: Mapping[str, Sequence[str]]) -> tuple[str, ...]:
    """Rule, unit ('' while it waits), what it waits for."""
    rule = _LETTER[it.state]
    if it.state in _STAYS:
        return rule, it.unit, ""
    # What an address says in the name of the old commune itself says nothing of the new one that took it.
    named = [
        code for code, name in old.heirs if name != old.name and name.lower() in it.address.lower()
    ]
    if len(old.heirs) > 1 and len(named) != 1:
        return rule, "", "H-AREA-SPLIT"
    (heir,) = named if len(old.heirs) > 1 else [code for code, _ in old.heirs]
    declared = units.get(heir, [])
    if len(declared) == 1:
        return rule, declared[0], ""
    return rule, "", "UNIT_AMBIGUOUS" if declared else "UNIT_NOT_DECLARED"


def _disagreements(before: Mapping[str, Before], units: Mapping[str, Sequence[str]]) -> list[Any]:
    heirs = {it.code or it.district_code: it for it in reform.olds()}
    wrong = []
    for message_id, rule, unit, reason, area, unit_id in rows(
        "SELECT dossier.message_id, dossier.unit_rule, coalesce(unit.code, ''), dossier.reason, dossier.area,"
        " dossier.unit_id FROM dossiers_dossier AS dossier LEFT JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id"
    ):
        old = heirs[before[message_id].place]
        told = _expected(before[message_id], old, units)
        owner = (unit_id is None and area <= 0) or area == unit_id
        if (rule, unit, reason) != told or not owner:
            wrong.append((message_id, before[message_id], (rule, unit, reason), told))
    return wrong


def _breaches() -> list[Any]:
    sealing.seal_once(reform.FIRST_MINUTE)
    return [*checks.verify([invariants_folder()]), *rebuild.breaches(on=reform.DAY)]


def _reform(count: int) -> tuple[dict[str, Before], int]:
    reform.live(count)
    before = _before()
    act_id = merger.enter()
    return before, act_id


def test_the_reform_moves_every_dossier_as_the_letter_says(committed_db: Address) -> None:
    before, act_id = _reform(COUNT)
    assert Counter(it.state for it in before.values()) >= Counter(
        dict.fromkeys(reform.STATES, COUNT // 8 * 98 // 100)
    )
    assert len({it.place for it in before.values()}) == len(reform.olds())
    foretold = rerouting.dry_run(act_id, by=system(), at=reform.FIRST_MINUTE)
    merger.apply(act_id)
    assert acts.act(act_id).state == acts.APPLIED
    assert _disagreements(before, _units_afterwards()) == []
    told = {it.message_id: (it.rule, it.to_unit or "", it.reason) for it in foretold.lines}
    now = rows(
        "SELECT message_id, unit_rule, coalesce(unit.code, ''), reason FROM dossiers_dossier AS dossier"
        " LEFT JOIN catalogues_unit AS unit ON unit.id = dossier.unit_id"
    )
    assert {message_id: tuple(rest) for message_id, *rest in now} == told
    assert _breaches() == []
    # Each moved once, and again changes nothing.
    state = rows("SELECT count(*), count(DISTINCT dossier_id) FROM dossiers_reroute")
    merger.apply(act_id)
    assert (
        rows("SELECT count(*), count(DISTINCT dossier_id) FROM dossiers_reroute")
        == state
        == [(COUNT, COUNT)]
    )
    # Nothing is left on the way: what waits says for what, and every other child has a card to approve.
    births.run(reform.FIRST_MINUTE)
    assert set(births.column("SELECT DISTINCT state FROM dossiers_dossier")) == {
        "APPROVAL_REQUESTED", "APPROVED", "PRINTED", "CREATE_FAILED", "MANUAL_REVIEW",
    }  # fmt: skip
    assert _breaches() == []


def test_all_communes_of_the_eve_find_their_heirs() -> None:
    assert len(reform.olds()) == 10_035 + 5
    assert sum(len(it.heirs) > 1 for it in reform.olds()) == 440
