"""What officers decide about a registration that changed after the card was out."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

_SQL = (Path(__file__).parent / "decisions.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP FUNCTION births_undecided() CASCADE;
    DROP FUNCTION births_decided() CASCADE;
    DROP FUNCTION births_decision_kept() CASCADE;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("births", "0008_proof"),
        ("cards", "0005_exchange"),
        ("dossiers", "0005_exchange"),
    ]

    operations = [
        migrations.CreateModel(
            name="Decision",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("kind", models.TextField()),
                ("reason", models.TextField(default="")),
                ("note", models.TextField(default="")),
                ("personal_id_before", models.TextField(default="")),
                ("asked_person", models.BigIntegerField()),
                ("asked_by", models.TextField()),
                ("asked_at", models.DateTimeField()),
                ("confirmed_person", models.BigIntegerField(null=True)),
                ("confirmed_by", models.TextField(default="")),
                ("confirmed_at", models.DateTimeField(null=True)),
                ("dropped_at", models.DateTimeField(null=True)),
                ("dropped_by", models.TextField(default="")),
                ("dropped_note", models.TextField(default="")),
                (
                    "birth",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="births.birth",
                    ),
                ),
                (
                    "card",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cards.card",
                    ),
                ),
                (
                    "further",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cards.card",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dossiers.task",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("dropped_at__isnull", True)),
                        fields=("task",),
                        name="decision_one_live_a_task",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind__in", ("exchange", "keep", "attach", "revoke", "told"))
                        ),
                        name="decision_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind__in", ("keep", "revoke", "attach")), _negated=True),
                            models.Q(("note", ""), _negated=True),
                            _connector="OR",
                        ),
                        name="decision_has_note",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("further__isnull", False), ("kind", "exchange")),
                            models.Q(
                                models.Q(("kind", "exchange"), _negated=True),
                                ("further__isnull", True),
                            ),
                            _connector="OR",
                        ),
                        name="decision_further_card",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "revoke"), _negated=True),
                            models.Q(
                                models.Q(("reason", ""), _negated=True), ("card__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="decision_revokes_for_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("confirmed_at__isnull", True), ("confirmed_person__isnull", True)
                            ),
                            models.Q(
                                ("confirmed_at__isnull", False),
                                ("confirmed_person__gt", 0),
                                ("kind", "revoke"),
                                models.Q(
                                    ("confirmed_person", models.F("asked_person")), _negated=True
                                ),
                            ),
                            _connector="OR",
                        ),
                        name="decision_four_eyes",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("dropped_at__isnull", True),
                            ("confirmed_at__isnull", True),
                            _connector="OR",
                        ),
                        name="decision_confirmed_stands",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
