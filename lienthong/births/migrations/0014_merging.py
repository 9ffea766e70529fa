"""Two persons merged and parted again, and a birth that may be of a child already known."""

from pathlib import Path

import django.db.models.deletion
from django.db import migrations, models

_HERE = Path(__file__).parent
_MERGING = (_HERE / "merging.sql").read_text(encoding="utf-8")
_DOUBLES = (_HERE / "doubles.sql").read_text(encoding="utf-8")
_UNMERGING = """
    DROP FUNCTION births_merged() CASCADE;
    DROP FUNCTION births_merge_lock(bigint, bigint);
    DROP FUNCTION births_merge_touches(bigint, bigint);
    DROP FUNCTION births_closed_dossiers(jsonb);
    DROP FUNCTION births_answer_double(bigint[], text);
    DROP FUNCTION births_undo_hindrance(persons_merge);
    DROP FUNCTION births_effects_undo(jsonb);
    DROP FUNCTION births_merge_apply(persons_merge);
    DROP FUNCTION births_merge_homes(persons_merge);
    DROP FUNCTION births_end_stays(bigint, bigint, boolean, persons_merge);
    REVOKE UPDATE (person_id) ON persons_member FROM lienthong_worker;
    DROP FUNCTION births_merge_effects(jsonb, jsonb);
    DROP FUNCTION births_merge_rows(bigint, bigint, bigint);
    DROP FUNCTION births_merge_hindrance(bigint, bigint);
    DROP FUNCTION births_standing(bigint, bigint);
    CREATE OR REPLACE FUNCTION births_family_of(nonce uuid) RETURNS bigint
    LANGUAGE sql STABLE SECURITY DEFINER SET search_path = public, pg_temp AS $$
        SELECT code.person_id FROM notices_passcode AS code
        WHERE code.nonce = births_family_of.nonce AND code.opened_at > clock_timestamp() - interval '15 minutes'
    $$;
    DROP FUNCTION births_claim(bigint);
"""
_UNDOUBLES = """
    DROP FUNCTION births_double_names(bigint[], bigint[], bigint[]);
    DROP FUNCTION births_merge_sides(bigint);
    DROP FUNCTION births_task_side(bigint);
    DROP FUNCTION births_pair_sides(bigint);
    DROP FUNCTION births_side(bigint, integer, boolean);
    DROP TRIGGER births_evidence_kept ON births_evidence;
    DROP FUNCTION births_duplicate_undone() CASCADE;
    DROP FUNCTION births_duplicate_decided() CASCADE;
    DROP FUNCTION births_duplicate_rows(bigint, bigint, bigint);
    DROP FUNCTION births_register(bigint, bigint, timestamptz);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("births", "0013_moved"),
        ("cards", "0014_doubles"),
        ("collection", "0004_voided"),
        ("dossiers", "0009_doubles"),
        ("persons", "0006_pairs"),
    ]

    operations = [
        migrations.CreateModel(
            name="Duplicate",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("area", models.IntegerField()),
                ("kind", models.TextField()),
                ("later_until", models.DateField(null=True)),
                ("note", models.TextField(db_default="", default="")),
                ("decided_by", models.TextField()),
                ("decided_at", models.DateTimeField()),
                ("effects", models.JSONField(db_default=[], default=list)),
                ("undone_at", models.DateTimeField(null=True)),
                ("undone_by", models.TextField(db_default="", default="")),
                ("undone_note", models.TextField(db_default="", default="")),
                (
                    "dossier",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dossiers.dossier",
                    ),
                ),
                (
                    "other",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="persons.person",
                    ),
                ),
                (
                    "person",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="persons.person",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dossiers.task",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ("same", "different", "later"))),
                        name="duplicate_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("kind", "later"), ("later_until__isnull", False)),
                            models.Q(
                                models.Q(("kind", "later"), _negated=True),
                                ("later_until__isnull", True),
                                models.Q(("note", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="duplicate_for_a_reason",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(
                                ("undone_at__isnull", True), ("undone_by", ""), ("undone_note", "")
                            ),
                            models.Q(
                                ("undone_at__isnull", False),
                                models.Q(("undone_by", ""), _negated=True),
                                models.Q(("undone_note", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="duplicate_undone_whole",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(
                            models.Q(("kind", "later"), _negated=True), ("undone_at__isnull", True)
                        ),
                        fields=("task",),
                        name="duplicate_one_live_a_task",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Evidence",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("name", models.TextField()),
                ("form", models.TextField()),
                ("size", models.IntegerField()),
                ("sha256", models.BinaryField()),
                ("added_by", models.TextField()),
                ("added_at", models.DateTimeField()),
                (
                    "pair",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="persons.pair",
                    ),
                ),
                (
                    "task",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="dossiers.task",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(fields=("name",), name="evidence_name_once"),
                    models.CheckConstraint(
                        condition=models.Q(("name__regex", "^[0-9a-f]{32}$")),
                        name="evidence_name_is_ours",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("form__in", ("pdf", "jpeg", "png")), ("size__gt", 0)),
                        name="evidence_form",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("pair__isnull", False), ("task__isnull", True)),
                            models.Q(("pair__isnull", True), ("task__isnull", False)),
                            _connector="OR",
                        ),
                        name="evidence_of_one_question",
                    ),
                ],
            },
        ),
        migrations.RunSQL(_MERGING, _UNMERGING),
        migrations.RunSQL(_DOUBLES, _UNDOUBLES),
    ]
