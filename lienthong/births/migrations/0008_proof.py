"""What a proof of one child needs: digests by line, and readings held to the area of who asks."""

import re
from pathlib import Path
from typing import ClassVar

from django.db import migrations
from django.db.migrations.operations.base import Operation

_HERE = Path(__file__).parent
_SQL = (_HERE / "proof.sql").read_text(encoding="utf-8")
_LATER = """
    REVOKE SELECT ON audit_leaf, audit_checkpoint FROM lienthong_web;
    DROP FUNCTION births_proof_moves(bigint[], bigint[]),
        births_proof_bodies(bigint[]), births_proof_reaches(integer);
    DROP INDEX audit_entry_batch, cards_event_batch, dossiers_event_batch;
"""
_LEAVES = """
    DROP FUNCTION dossiers_event_leaf(bigint, bigint, timestamptz, text, text, text, text),
        cards_event_leaf(bigint, bigint, timestamptz, text, text, text, text);
"""


def _before(app: str) -> str:
    """The function as it was first written."""
    text = (_HERE.parent.parent / app / "migrations" / "events.sql").read_text(encoding="utf-8")
    found = re.search(rf"CREATE FUNCTION {app}_moved\(\).*?\nEND \$\$;", text, re.DOTALL)
    return (
        "" if found is None else found[0].replace("CREATE FUNCTION", "CREATE OR REPLACE FUNCTION")
    )


class Migration(migrations.Migration):
    """Every event of a statement stands for itself in the digest that the sealed log holds."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("births", "0007_paper"),
        ("dossiers", "0006_work"),
        ("cards", "0007_electronic"),
        ("accounts", "0005_filters"),
        ("audit", "0001_log"),
    ]
    operations: ClassVar[list[Operation]] = [
        migrations.RunSQL(_SQL, _LATER + _before("dossiers") + _before("cards") + _LEAVES),
    ]
