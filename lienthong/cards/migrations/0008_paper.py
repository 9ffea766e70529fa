"""The cards that wait for paper stand in a list; what is seen with a card is asked for row by row."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

_PAPER = (Path(__file__).parent / "paper.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP FUNCTION cards_paper_asked() CASCADE;
    DROP FUNCTION cards_paper_over() CASCADE;
"""
_SEEN = (Path(__file__).parent / "seen.sql").read_text(encoding="utf-8")


class Migration(migrations.Migration):
    dependencies = [
        ("cards", "0007_electronic"),
        ("dossiers", "0007_closed"),
    ]

    operations = [
        migrations.CreateModel(
            name="PaperWaiting",
            fields=[
                (
                    "card",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="+",
                        serialize=False,
                        to="cards.card",
                    ),
                ),
            ],
        ),
        migrations.RunSQL(_PAPER, _UNDO),
        # The same policies, as they were.
        migrations.RunSQL(_SEEN, _SEEN.replace(" OFFSET 0)", ")")),
    ]
