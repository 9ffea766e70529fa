"""A line of cards: one request that waits a card, whatever was approved before; and who answers for it now."""

from pathlib import Path
from typing import ClassVar

import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

_FOLDER = Path(__file__).parent
_SQL = (_FOLDER / "line.sql").read_text(encoding="utf-8")
_UNDO = (_FOLDER / "line_undo.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    """Undone only while no card was exchanged beside its renewal: the constraint of before knows no such line."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("cards", "0008_paper"),
        ("dossiers", "0008_answering"),
    ]
    operations: ClassVar[list[Operation]] = [
        migrations.RemoveConstraint(
            model_name="request",
            name="request_one_live_a_replaced_card",
        ),
        migrations.AddField(
            model_name="card",
            name="replaces",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cards.card",
            ),
        ),
        migrations.RunSQL(_SQL, _UNDO),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replaces__isnull", False), ("status", "requested")),
                fields=("replaces",),
                name="card_one_waiting_a_replaced_card",
            ),
        ),
    ]
