"""Which codes the same people stand under before and after mergers: a commune with those it came from and went into."""

from collections import defaultdict
from collections.abc import Collection

from django.db import connection

# Land without people leads nowhere. UNION ends a ring.
_KIN = """
    WITH RECURSIVE forward AS (
        SELECT code AS of, code FROM unnest(%(codes)s::text[]) AS asked (code)
        UNION
        SELECT forward.of, heir.new_code FROM forward
        JOIN catalogues_succession AS heir ON heir.old_code = forward.code AND heir.share <> 'land_only'
    ),
    back AS (
        SELECT code AS of, code FROM unnest(%(codes)s::text[]) AS asked (code)
        UNION
        SELECT back.of, heir.old_code FROM back
        JOIN catalogues_succession AS heir ON heir.new_code = back.code AND heir.share <> 'land_only'
    )
    SELECT of, code FROM forward UNION SELECT of, code FROM back
"""


def kin_of(codes: Collection[str]) -> dict[str, frozenset[str]]:
    """For each code: itself, every code its people stood under before and stand under since. One statement.

    Two communes that were merged into one are no kin of each other: each is only of the new one.
    """
    if not codes:
        return {}
    found: dict[str, set[str]] = defaultdict(set)
    with connection.cursor() as cursor:
        cursor.execute(_KIN, {"codes": sorted(codes)})
        for of, code in cursor.fetchall():
            found[of].add(code)
    return {of: frozenset(kin) for of, kin in found.items()}
