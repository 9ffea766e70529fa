"""What shows an outsider that an entry stands in the sealed log: its bytes, the hashes beside it, the signed checkpoints.

Of other entries only their leaves leave the house. Checking is `inclusion`'s business, which needs no database.
"""

from collections.abc import Sequence

from django.db import connection
from psycopg import sql

from lienthong.audit import chain, sealing
from lienthong.audit.inclusion import Evidence, Segment
from lienthong.audit.witness import Checkpoint
from lienthong.kernel.actor import Actor

_ABOUT = sql.SQL("""
    SELECT entry.id, {canonical}
    FROM audit_entry AS entry
    JOIN unnest(%s::text[], %s::bigint[]) AS asked (kind, subject_id)
      ON entry.subject_kind = asked.kind AND entry.subject_id = asked.subject_id
    ORDER BY entry.id
""").format(canonical=chain.CANONICAL)
_PLACES = "SELECT entry_id, seq FROM audit_leaf WHERE entry_id = ANY (%s) ORDER BY seq"
# The checkpoint that closes each leaf, and the one before it.
_SEGMENTS = """
    SELECT DISTINCT coalesce(before.size, 0), coalesce(before.root, %(genesis)s), closing.size, closing.root, closing.prev,
           closing.at, closing.key_id, closing.signature
    FROM unnest(%(seqs)s::bigint[]) AS place (seq)
    JOIN LATERAL (SELECT * FROM audit_checkpoint WHERE size >= place.seq ORDER BY size LIMIT 1) AS closing ON true
    LEFT JOIN LATERAL (
        SELECT size, root FROM audit_checkpoint WHERE size < closing.size ORDER BY size DESC LIMIT 1) AS before ON true
    ORDER BY closing.size
"""
_LEAVES = "SELECT string_agg(leaf, '' ORDER BY seq) FROM audit_leaf WHERE seq > %s AND seq <= %s"


def entries_about(by: Actor, subjects: Sequence[tuple[str, int]]) -> dict[int, bytes]:
    """The bytes of every entry about these subjects, by id; of those the actor may see. One statement."""
    del by  # row-level security reads the actor of the transaction
    with connection.cursor() as cursor:
        cursor.execute(_ABOUT, [[kind for kind, _ in subjects], [key for _, key in subjects]])
        return {row[0]: bytes(row[1]) for row in cursor.fetchall()}


def evidence_for(by: Actor, entries: dict[int, bytes]) -> Evidence:
    """What shows that these entries are sealed. Two statements, and one for each segment of the log they lie in."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_PLACES, [list(entries)])
        places = dict(cursor.fetchall())
        cursor.execute(_SEGMENTS, {"seqs": list(places.values()), "genesis": chain.GENESIS})
        rows = cursor.fetchall()
        segments = []
        for after, root, size, closing, prev, at, key_id, signature in rows:
            cursor.execute(_LEAVES, [after, size])
            leaves = bytes(cursor.fetchone()[0])
            checkpoint = Checkpoint(size, bytes(closing), bytes(prev), at, key_id, bytes(signature))
            segments.append(Segment(after, bytes(root), leaves, checkpoint))
    return Evidence(entries, places, tuple(segments), _witnessed(segments))


def _witnessed(segments: Sequence[Segment]) -> tuple[Checkpoint, ...]:
    """Those of these checkpoints that the first witness which can be read holds too, as it holds them."""
    wanted = {segment.checkpoint.size for segment in segments}
    for witness in sealing.witnesses():
        try:
            return tuple(each for each in witness.checkpoints() if each.size in wanted)
        except OSError:
            continue
    return ()
