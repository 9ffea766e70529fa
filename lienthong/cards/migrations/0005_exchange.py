"""Further cards: re-issued, exchanged, renewed; each names the card it replaces."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

_EXCHANGE = Path(__file__).with_name("exchange.sql").read_text(encoding="utf-8")
_UNDO = """
    DROP TRIGGER cards_restate ON cards_card;
    DROP FUNCTION cards_restate();
    DROP POLICY opens_exchange ON dossiers_dossier;
    REVOKE INSERT ON cards_card, cards_request, dossiers_dossier FROM lienthong_web;
"""


class Migration(migrations.Migration):
    dependencies = [
        ("cards", "0004_moved"),
        ("catalogues", "0003_acts"),
        ("dossiers", "0005_exchange"),
        ("persons", "0002_numbers"),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name="card",
            name="card_status",
        ),
        migrations.AddField(
            model_name="request",
            name="ground",
            field=models.TextField(db_default="", default=""),
        ),
        migrations.AddField(
            model_name="request",
            name="replaces",
            field=models.ForeignKey(
                db_index=False,
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cards.card",
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "status__in",
                        ("requested", "active", "superseded", "expired", "revoked", "cancelled"),
                    )
                ),
                name="card_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="request",
            constraint=models.UniqueConstraint(
                condition=models.Q(("replaces__isnull", False), ("withdrawn_at__isnull", True)),
                fields=("replaces",),
                name="request_one_live_a_replaced_card",
            ),
        ),
        migrations.AddConstraint(
            model_name="request",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("ground", ""), ("kind", "first"), ("replaces__isnull", True)),
                    models.Q(
                        ("kind__in", ("reissue", "exchange", "renewal")),
                        ("replaces__isnull", False),
                        models.Q(("ground", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="request_further_names_its_card",
            ),
        ),
        migrations.RunSQL(_EXCHANGE, _UNDO),
    ]
