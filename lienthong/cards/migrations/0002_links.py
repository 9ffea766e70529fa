"""Tables of requests, approvals, cards, copies, hand-overs."""

import django.contrib.postgres.constraints
import django.db.models.constraints
import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("cards", "0001_tables"),
        ("catalogues", "0001_tables"),
        ("dossiers", "0001_tables"),
        ("persons", "0001_tables"),
    ]

    operations = [
        migrations.AddField(
            model_name="request",
            name="dossier",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="dossiers.dossier",
            ),
        ),
        migrations.AddField(
            model_name="request",
            name="person",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="persons.person",
            ),
        ),
        migrations.AddField(
            model_name="request",
            name="unit",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogues.unit",
            ),
        ),
        migrations.CreateModel(
            name="HandOver",
            fields=[
                (
                    "card",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        primary_key=True,
                        related_name="hand_over",
                        serialize=False,
                        to="cards.card",
                    ),
                ),
                ("area", models.IntegerField()),
                ("at", models.DateTimeField()),
                ("by", models.TextField()),
                ("recipient", models.TextField()),
                ("relation", models.TextField()),
            ],
        ),
        migrations.AddField(
            model_name="card",
            name="dossier",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="dossiers.dossier",
            ),
        ),
        migrations.AddField(
            model_name="card",
            name="person",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="persons.person"
            ),
        ),
        migrations.AddField(
            model_name="card",
            name="request",
            field=models.OneToOneField(
                on_delete=django.db.models.deletion.PROTECT, related_name="+", to="cards.request"
            ),
        ),
        migrations.AddField(
            model_name="card",
            name="unit",
            field=models.ForeignKey(
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogues.unit",
            ),
        ),
        migrations.AddField(
            model_name="copy",
            name="card",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT, related_name="copies", to="cards.card"
            ),
        ),
        migrations.AddField(
            model_name="event",
            name="card",
            field=models.ForeignKey(
                db_constraint=False,
                db_index=False,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="events",
                to="cards.card",
            ),
        ),
        migrations.AddField(
            model_name="printrun",
            name="unit",
            field=models.ForeignKey(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="catalogues.unit",
            ),
        ),
        migrations.AddField(
            model_name="copy",
            name="run",
            field=models.ForeignKey(
                on_delete=django.db.models.deletion.PROTECT,
                related_name="copies",
                to="cards.printrun",
            ),
        ),
        migrations.AddField(
            model_name="card",
            name="approval",
            field=models.OneToOneField(
                null=True,
                on_delete=django.db.models.deletion.PROTECT,
                related_name="+",
                to="cards.approval",
            ),
        ),
        migrations.AddConstraint(
            model_name="approval",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("approver_person", models.F("requester_person")), _negated=True),
                    ("approver_person__gt", 0),
                ),
                name="approval_four_eyes",
            ),
        ),
        migrations.AddConstraint(
            model_name="request",
            constraint=models.UniqueConstraint(
                fields=("id", "body_sha256", "requester_person"), name="request_content"
            ),
        ),
        migrations.AddConstraint(
            model_name="request",
            constraint=models.UniqueConstraint(
                condition=models.Q(("kind", "first"), ("withdrawn_at__isnull", True)),
                fields=("dossier",),
                name="request_one_live_a_dossier",
            ),
        ),
        migrations.AddConstraint(
            model_name="handover",
            constraint=models.CheckConstraint(
                condition=models.Q(("recipient", ""), _negated=True), name="hand_over_has_recipient"
            ),
        ),
        migrations.AddIndex(
            model_name="event",
            index=models.Index(fields=["card", "id"], name="card_event_of"),
        ),
        migrations.AddConstraint(
            model_name="copy",
            constraint=models.UniqueConstraint(fields=("card", "copy_number"), name="copy_once"),
        ),
        migrations.AddConstraint(
            model_name="copy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("copy_number", 1), models.Q(("reason", ""), _negated=True), _connector="OR"
                ),
                name="copy_reprint_has_reason",
            ),
        ),
        migrations.AddConstraint(
            model_name="copy",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("spoilt_at__isnull", True),
                    models.Q(("spoilt_reason", ""), _negated=True),
                    _connector="OR",
                ),
                name="copy_spoilt_has_reason",
            ),
        ),
        migrations.AddIndex(
            model_name="card",
            index=models.Index(fields=["area", "status", "id"], name="card_area_status"),
        ),
        migrations.AddIndex(
            model_name="card",
            index=models.Index(fields=["insurance_number"], name="card_number"),
        ),
        migrations.AddIndex(
            model_name="card",
            index=models.Index(fields=["dossier"], name="card_dossier"),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ("requested", "active", "superseded", "revoked", "cancelled"))
                ),
                name="card_status",
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(("code__regex", "^[A-Z]{2}[1-5][0-9]{2}([0-9]{10}|[0-9]{12})$")),
                name="card_code_form",
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("status__in", ("requested", "cancelled")),
                    ("approval__isnull", False),
                    _connector="OR",
                ),
                name="card_approved_before_active",
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("approval__isnull", True),
                    ("approval_id", models.F("request_id")),
                    _connector="OR",
                ),
                name="card_approval_of_its_request",
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=models.CheckConstraint(
                condition=models.Q(("valid__isempty", False)), name="card_valid_not_empty"
            ),
        ),
        migrations.AddConstraint(
            model_name="card",
            constraint=django.contrib.postgres.constraints.ExclusionConstraint(
                condition=models.Q(("status", "active")),
                deferrable=django.db.models.constraints.Deferrable["IMMEDIATE"],
                expressions=[("person", "="), ("valid", "&&")],
                name="card_one_active_a_day",
            ),
        ),
    ]
