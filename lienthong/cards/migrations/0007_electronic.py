"""Electronic cards, paper on request, and the form that a province prints."""

from pathlib import Path
from typing import ClassVar

import django.contrib.postgres.constraints
import django.contrib.postgres.fields.ranges
import django.db.models.deletion
from django.db import migrations, models
from django.db.migrations.operations.base import Operation

_SQL = (Path(__file__).parent / "electronic.sql").read_text(encoding="utf-8")
_UNDO = """
DROP FUNCTION cards_open_link(text, text, boolean, text);
DROP TABLE authz.link_attempt;
DROP TRIGGER cards_link_kept ON cards_link;
DROP TRIGGER cards_paper_request_kept ON cards_paperrequest;
DROP TRIGGER cards_form_choice_kept ON cards_formchoice;
DROP FUNCTION cards_link_kept();
DROP FUNCTION cards_form_choice_kept();
"""


class Migration(migrations.Migration):
    """Every run before this one printed CARD_1666: the system has printed since 2026."""

    dependencies: ClassVar[list[tuple[str, str]]] = [
        ("accounts", "0004_head"),
        ("cards", "0006_findings"),
    ]
    operations: ClassVar[list[Operation]] = [
        migrations.AddField(
            model_name="copy",
            name="form",
            field=models.TextField(db_default="CARD_1666"),
        ),
        migrations.AddConstraint(
            model_name="copy",
            constraint=models.CheckConstraint(
                condition=models.Q(("form__in", ("CARD_1313", "CARD_1666"))), name="copy_form"
            ),
        ),
        migrations.AddField(
            model_name="handover",
            name="manner",
            field=models.TextField(db_default="paper"),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(("manner__in", ("paper", "electronic"))),
                name="hand_over_manner",
            ),
        ),
        migrations.CreateModel(
            name="FormChoice",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("province_code", models.TextField()),
                ("form", models.TextField()),
                ("valid", django.contrib.postgres.fields.ranges.DateRangeField()),
                ("source", models.TextField()),
                ("entered_by", models.TextField()),
                ("entered_at", models.DateTimeField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="formchoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("form__in", ("CARD_1313", "CARD_1666"))),
                name="form_choice_form",
            ),
        ),
        migrations.AddConstraint(
            model_name="formchoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("source", ""), _negated=True), name="form_choice_has_source"
            ),
        ),
        migrations.AddConstraint(
            model_name="formchoice",
            constraint=models.CheckConstraint(
                condition=models.Q(("province_code__regex", "^[0-9]{2}$")),
                name="form_choice_province",
            ),
        ),
        migrations.AddConstraint(
            model_name="formchoice",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                expressions=[("province_code", "="), ("valid", "&&")],
                name="form_choice_one_a_day",
            ),
        ),
        migrations.CreateModel(
            name="PaperRequest",
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
                ("ground", models.TextField()),
                ("asked_by", models.TextField()),
                ("relation", models.TextField()),
                ("at", models.DateTimeField()),
                ("by", models.TextField()),
            ],
        ),
        migrations.AddConstraint(
            model_name="paperrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("ground__in", ("no app", "no account", "no chip card", "on request"))
                ),
                name="paper_request_ground",
            ),
        ),
        migrations.AddConstraint(
            model_name="paperrequest",
            constraint=models.CheckConstraint(
                condition=models.Q(("asked_by", ""), _negated=True), name="paper_request_asked_by"
            ),
        ),
        migrations.CreateModel(
            name="Link",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("token_sha256", models.BinaryField(unique=True)),
                (
                    "card",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="cards.card",
                    ),
                ),
                ("made_by", models.TextField()),
                ("made_at", models.DateTimeField()),
                ("ends_at", models.DateTimeField()),
                ("revoked_at", models.DateTimeField(null=True)),
                ("revoked_by", models.TextField(db_default="")),
            ],
        ),
        migrations.AddConstraint(
            model_name="link",
            constraint=models.CheckConstraint(
                condition=models.Q(("ends_at__gt", models.F("made_at"))), name="link_ends"
            ),
        ),
        migrations.AddConstraint(
            model_name="link",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("revoked_at__isnull", True), ("revoked_by", "")),
                    models.Q(
                        ("revoked_at__isnull", False),
                        models.Q(("revoked_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="link_revoked_by_somebody",
            ),
        ),
        migrations.RunSQL(_SQL, _UNDO),
    ]
