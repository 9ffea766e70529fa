"""The dossiers that an act of merger touches: as its dry run foretold them, then as its cut-overs took them.

Row-level security decides which lines an officer sees: of a dry run those of his areas on either side, of what was
done those of dossiers he has. No child is named; a dossier that is not his yet has no code here.
"""

from dataclasses import asdict, dataclass

from django.db import connection

from lienthong.database.rows import rows_as
from lienthong.dossiers import lifecycle
from lienthong.kernel.actor import Actor
from lienthong.law.rerouting import QUALIFIERS_VI, RULES_VI, Owner, Rule, caught_rulings

_FORETOLD = """
    SELECT told.dossier_id AS key, told.dossier_id, told.state, told.rule, told.qualifier, told.reason,
           told.from_unit_id, told.to_unit_id, told.from_commune_code, told.to_commune_code, false AS voids_target,
           act.effective AS day
    FROM dossiers_forecast AS told JOIN catalogues_act AS act ON act.id = told.act_id WHERE told.act_id = %(act)s
"""
_DONE = """
    SELECT told.id AS key, told.dossier_id, told.state, told.rule, told.qualifier, NULL AS reason, told.from_unit_id,
           told.to_unit_id, told.from_commune_code, told.to_commune_code, told.voids_target,
           greatest(act.effective, told.at::date) AS day
    FROM dossiers_reroute AS told
    JOIN catalogues_act AS act ON act.id = told.act_id
    JOIN catalogues_cutover AS cutover ON cutover.id = told.cutover_id AND cutover.kind = 'apply'
    WHERE told.act_id = %(act)s
"""
# First the page, then its names. A commune that a draft forms has its name in the draft alone; what a dossier waits
# for after a cut-over is told while nothing has happened to it since.
_LINES = """
, page AS MATERIALIZED (
    SELECT * FROM told
    WHERE key > %(after)s AND %(rule)s IN ('', rule) AND %(qualifier)s IN ('', qualifier)
      AND (%(unit_code)s = ''
           OR (SELECT id FROM catalogues_unit WHERE code = %(unit_code)s) IN (from_unit_id, to_unit_id))
    ORDER BY key LIMIT %(limit)s
),
named_by_act AS MATERIALIZED (
    SELECT line ->> 'new_code' AS code, max(line ->> 'new_name') AS name
    FROM catalogues_act, jsonb_array_elements(rows) AS line
    WHERE id = %(act)s AND line ->> 'new_name' <> '' GROUP BY 1
)
SELECT page.key, coalesce(dossier.code, '') AS code, coalesce(dossier.message_id, '') AS message_id, page.state,
       page.rule, page.qualifier,
       coalesce(page.reason, CASE WHEN page.to_unit_id IS NULL AND NOT EXISTS (
           SELECT 1 FROM dossiers_reroute AS later
           WHERE later.dossier_id = page.dossier_id AND later.id > page.key) THEN dossier.reason END, '') AS reason,
       coalesce(old_unit.code, '') AS from_unit, coalesce(old_unit.name, '') AS from_unit_name,
       coalesce(new_unit.code, '') AS to_unit, coalesce(new_unit.name, '') AS to_unit_name,
       page.from_commune_code AS from_commune, coalesce(old_place.name, '') AS from_commune_name,
       page.to_commune_code AS to_commune,
       coalesce(named_by_act.name, new_place.name,
                CASE WHEN page.to_commune_code = page.from_commune_code THEN old_place.name END, '') AS to_commune_name,
       page.voids_target
FROM page
JOIN catalogues_act AS act ON act.id = %(act)s
LEFT JOIN dossiers_dossier AS dossier ON dossier.id = page.dossier_id
LEFT JOIN catalogues_unit AS old_unit ON old_unit.id = page.from_unit_id
LEFT JOIN catalogues_unit AS new_unit ON new_unit.id = page.to_unit_id
LEFT JOIN catalogues_division AS old_place
    ON old_place.code = page.from_commune_code AND old_place.valid @> act.effective - 1
LEFT JOIN catalogues_division AS new_place
    ON new_place.code = page.to_commune_code AND new_place.valid @> page.day
LEFT JOIN named_by_act ON named_by_act.code = page.to_commune_code
ORDER BY page.key
"""
_TOTALS = """
SELECT rule, qualifier, count(*) AS count, count(*) FILTER (WHERE to_unit_id IS NULL) AS unitless_count
FROM told GROUP BY rule, qualifier ORDER BY rule, qualifier
"""
_LINES_OF = {
    False: f"WITH told AS ({_FORETOLD}){_LINES}",
    True: f"WITH told AS ({_DONE}){_LINES}",
}
_TOTALS_OF = {
    False: f"WITH told AS ({_FORETOLD}){_TOTALS}",
    True: f"WITH told AS ({_DONE}){_TOTALS}",
}
KEEPING = frozenset(it.rule for _, it in caught_rulings() if it.owner is Owner.OLD)
"""The rules by which a dossier stays with its old unit."""


@dataclass(frozen=True, slots=True)
class ForecastLine:
    """One dossier: by which row of the table, from which unit and commune to which; `code` is empty for a foreign one.

    `to_unit` is empty while it waits for a declaration or a choice; `key` turns the pages.
    """

    key: int
    code: str
    message_id: str
    state: str
    rule: str
    qualifier: str
    reason: str
    from_unit: str
    from_unit_name: str
    to_unit: str
    to_unit_name: str
    from_commune: str
    from_commune_name: str
    to_commune: str
    to_commune_name: str
    voids_target: bool

    @property
    def state_vi(self) -> str:
        """The most advanced state it was found in."""
        return lifecycle.LABELS_VI[self.state]

    @property
    def rule_vi(self) -> str:
        """The row of the decision table, as an officer reads it."""
        return RULES_VI[Rule(self.rule)]

    @property
    def qualifier_vi(self) -> str:
        """How the new unit was found, or why not yet."""
        return QUALIFIERS_VI.get(self.qualifier, "")

    @property
    def reason_vi(self) -> str:
        """What it waits for; empty for nothing."""
        return lifecycle.REASONS_VI.get(self.reason, self.reason)

    @property
    def is_kept(self) -> bool:
        """True when the old unit finishes it."""
        return self.rule in KEEPING


@dataclass(frozen=True, slots=True)
class Total:
    """How many dossiers fall under a rule and qualifier; `unitless_count` of them have no unit afterwards."""

    rule: str
    qualifier: str
    count: int
    unitless_count: int

    @property
    def is_kept(self) -> bool:
        """True when the old unit finishes them."""
        return self.rule in KEEPING


@dataclass(frozen=True, slots=True)
class Wanted:
    """Which lines: empty strings ask for everything; `after` is the last key of the page before."""

    rule: str = ""
    qualifier: str = ""
    unit_code: str = ""
    after: int = 0


def lines(
    by: Actor, act_id: int, *, wanted: Wanted, is_done: bool, limit: int
) -> list[ForecastLine]:
    """What the dry run foretold of each touched dossier, or, with `is_done`, what was done with it. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_LINES_OF[is_done], {"act": act_id, "limit": limit, **asdict(wanted)})
        return rows_as(ForecastLine, cursor)


def totals(by: Actor, act_id: int, *, is_done: bool) -> list[Total]:
    """How many of the lines that the officer sees fall under each rule. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_TOTALS_OF[is_done], {"act": act_id})
        return rows_as(Total, cursor)
