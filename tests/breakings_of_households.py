"""Ways of breaking the promises about households and merged records: see `breakings`."""

from tests.breaking_case import Breaking

_HOME = (
    "WITH home AS (INSERT INTO persons_household (code, commune_code, commune_on, area, address, origin, made_by, made_at,"
    " closed_on, closed_by) VALUES ('0100200300', '00004', '2026-01-01', 0, '', 'officer', 'x', now(), {closed})"
    " RETURNING id), living AS (INSERT INTO persons_member (household_id, person_id, relation, during, origin, began_by,"
    " said_by, said_at) SELECT home.id, {person}, '{relation}', daterange('2026-01-01', NULL), '{origin}', 'found', 'x', now()"
    " FROM home RETURNING id) SELECT id FROM {told}"
)
_OPEN, _CLOSED = "NULL, ''", "'2026-06-01', 'x'"
_APPROVED = "(SELECT person_id FROM dossiers_dossier WHERE message_id = %(approved)s)"
_CANCELLED = (
    "(SELECT min(one.person_id) FROM dossiers_dossier AS one WHERE one.state = 'CANCELLED' AND NOT EXISTS"
    " (SELECT 1 FROM dossiers_dossier AS other WHERE other.person_id = one.person_id AND other.state <> 'CANCELLED'))"
)


def _home(closed: str, person: str, relation: str, origin: str, told: str) -> str:
    return _HOME.format(closed=closed, person=person, relation=relation, origin=origin, told=told)


BREAKINGS_OF_HOUSEHOLDS = (
    Breaking(
        "HOUSEHOLD_HEAD",
        "people live in a household that has no head",
        (),
        _home(_OPEN, _APPROVED, "08", "officer", "home"),
    ),
    Breaking(
        "HOUSEHOLD_MEMBER",
        "somebody still lives in a closed household",
        (),
        _home(_CLOSED, _APPROVED, "00", "officer", "living"),
    ),
    Breaking(
        "HOUSEHOLD_BIRTH",
        "a child whose birth was cancelled still lives where the birth put it",
        (),
        _home(_OPEN, _CANCELLED, "00", "birth", "living"),
    ),
    Breaking(
        "HOUSEHOLD_AREA",
        "a household in a foreign area",
        (),
        "WITH placed AS (INSERT INTO persons_placing (id, lists_version, placed_on)"
        " SELECT 1, routes_version, routes_on FROM catalogues_version RETURNING id)"
        " INSERT INTO persons_household (code, commune_code, commune_on, area, address, origin, made_by, made_at)"
        " SELECT '0100200300', '00004', routes_on, 999, '', 'officer', 'x', now() FROM catalogues_version RETURNING id",
    ),
    Breaking(
        "PERSON_MERGED",
        "a record points at another, and nobody decided it",
        ("persons_person",),
        "UPDATE persons_person SET merged_into_id = (SELECT person_id FROM dossiers_dossier WHERE message_id = %(printed)s)"
        " WHERE id = (SELECT person_id FROM dossiers_dossier WHERE message_id = %(approved)s) RETURNING id",
    ),
)
