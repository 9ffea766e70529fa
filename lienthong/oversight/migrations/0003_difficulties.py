"""Difficulties and the knowledge base: their tables, who may read and write them."""

from pathlib import Path

import django.contrib.postgres.fields
import django.contrib.postgres.indexes
import django.contrib.postgres.search
import django.db.models.deletion
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

_RIGHTS = (Path(__file__).parent / "difficulties.sql").read_text(encoding="utf-8")
_UNDO = """
    DELETE FROM audit_subject WHERE kind IN ('difficulty', 'article');
    DROP FUNCTION oversight_opinions(bigint[]), oversight_hospital_reports(jsonb, jsonb),
        oversight_hospital_difficulties(jsonb), oversight_hospital_says(jsonb, jsonb);
    DROP TRIGGER oversight_articleversion_kept ON oversight_articleversion;
    DROP TRIGGER oversight_article_versioned ON oversight_article;
    DROP TRIGGER oversight_article_kept ON oversight_article;
    DROP TRIGGER oversight_difficultystep_kept ON oversight_difficultystep;
    DROP TRIGGER oversight_difficulty_stepped ON oversight_difficulty;
    DROP TRIGGER oversight_difficulty_reported ON oversight_difficulty;
    DROP TRIGGER oversight_difficulty_kept ON oversight_difficulty;
    DROP FUNCTION oversight_article_versioned(), oversight_article_kept(), oversight_written_once(),
        oversight_difficulty_stepped(), oversight_difficulty_kept();
    DROP POLICY of_area ON oversight_difficulty;
    DROP POLICY of_area_moves ON oversight_difficulty;
    DROP POLICY of_asker ON oversight_difficulty;
    DROP POLICY of_readers ON oversight_article;
    DROP POLICY of_publishers_new ON oversight_article;
    DROP POLICY of_publishers ON oversight_article;
    DROP FUNCTION oversight_rank(), oversight_home(), oversight_words(text);
"""


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0008_agents"),
        ("audit", "0001_log"),
        ("cards", "0012_temporary"),
        ("catalogues", "0005_contacts"),
        ("database", "0006_name_keys"),
        ("oversight", "0002_coordination"),
    ]

    operations = [
        TrigramExtension(),
        migrations.CreateModel(
            name="Article",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("slug", models.TextField(null=True)),
                ("kind", models.TextField(default="answer")),
                ("province_code", models.TextField(db_default="", default="")),
                ("for_hospitals", models.BooleanField(db_default=False, default=False)),
                ("for_public", models.BooleanField(db_default=False, default=False)),
                ("topic", models.TextField()),
                ("title", models.TextField()),
                ("answer", models.TextField()),
                ("basis", models.TextField(db_default="", default="")),
                ("keywords", models.TextField(db_default="", default="")),
                (
                    "pages",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                (
                    "codes",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                (
                    "roles",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.TextField(), default=list, size=None
                    ),
                ),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("version", models.IntegerField(default=1)),
                ("written_at", models.DateTimeField()),
                ("written_by", models.TextField()),
                ("search", django.contrib.postgres.search.SearchVectorField(null=True)),
                ("folded", models.TextField(db_default="", default="")),
            ],
            options={
                "indexes": [
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["search"], name="article_search"
                    ),
                    django.contrib.postgres.indexes.GinIndex(
                        fields=["pages"], name="article_pages"
                    ),
                ],
                "constraints": [
                    models.UniqueConstraint(fields=("slug",), name="article_slug"),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("kind", "answer"),
                            models.Q(
                                ("kind", "guide"), ("province_code", ""), ("slug__isnull", False)
                            ),
                            _connector="OR",
                        ),
                        name="article_kind",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("province_code", ""),
                            models.Q(("for_hospitals", False), ("for_public", False)),
                            _connector="OR",
                        ),
                        name="article_open_is_nationwide",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            ("valid_to__isnull", True),
                            ("valid_to__gte", models.F("valid_from")),
                            _connector="OR",
                        ),
                        name="article_days",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("title__regex", "[0-9]([ .]?[0-9]){8,}"), _negated=True),
                            models.Q(("answer__regex", "[0-9]([ .]?[0-9]){8,}"), _negated=True),
                        ),
                        name="article_names_nobody",
                    ),
                ],
            },
        ),
        migrations.CreateModel(
            name="Difficulty",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("asked_at", models.DateTimeField()),
                ("asked_by", models.TextField()),
                ("asker_role", models.TextField(default="")),
                ("area", models.IntegerField(default=0)),
                ("province_code", models.TextField(default="")),
                ("unit_code", models.TextField(default="")),
                ("facility_code", models.TextField(default="")),
                ("topic", models.TextField()),
                ("title", models.TextField()),
                ("question", models.TextField()),
                ("page", models.TextField(default="")),
                ("code", models.TextField(default="")),
                ("subject_kind", models.TextField(default="")),
                ("subject_id", models.BigIntegerField(null=True)),
                ("software", models.TextField(default="")),
                ("level", models.TextField()),
                ("state", models.TextField(default="new")),
                ("since", models.DateTimeField(null=True)),
                ("due_on", models.DateField(null=True)),
                ("taken_at", models.DateTimeField(null=True)),
                ("answer", models.TextField(default="")),
                ("basis", models.TextField(default="")),
                ("answered_at", models.DateTimeField(null=True)),
                ("answered_by", models.TextField(default="")),
                ("act", models.TextField(default="reported")),
                ("said", models.TextField(default="")),
                ("changed_at", models.DateTimeField()),
                ("folded", models.TextField(db_default="", default="")),
                (
                    "article",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="oversight.article",
                    ),
                ),
                (
                    "asker",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.officer",
                    ),
                ),
                (
                    "same_as",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="oversight.difficulty",
                    ),
                ),
                (
                    "taker",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.officer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="DifficultyStep",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("at", models.DateTimeField()),
                ("by", models.TextField()),
                ("act", models.TextField()),
                ("state", models.TextField()),
                ("level", models.TextField()),
                ("said", models.TextField(default="")),
                (
                    "difficulty",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="oversight.difficulty",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="Opinion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.IntegerField()),
                ("helped", models.BooleanField()),
                ("said_at", models.DateTimeField()),
                (
                    "article",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="oversight.article",
                    ),
                ),
                (
                    "officer",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.officer",
                    ),
                ),
            ],
        ),
        migrations.CreateModel(
            name="ArticleVersion",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("version", models.IntegerField()),
                ("title", models.TextField()),
                ("answer", models.TextField()),
                ("basis", models.TextField()),
                ("valid_from", models.DateField()),
                ("valid_to", models.DateField(null=True)),
                ("readers", models.TextField()),
                ("written_at", models.DateTimeField()),
                ("written_by", models.TextField()),
                (
                    "article",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="oversight.article",
                    ),
                ),
            ],
            options={
                "constraints": [
                    models.UniqueConstraint(
                        fields=("article", "version"), name="article_version_once"
                    )
                ],
            },
        ),
        migrations.AddIndex(
            model_name="difficulty",
            index=models.Index(
                condition=models.Q(("due_on__isnull", False)),
                fields=["level", "due_on"],
                name="difficulty_clock_runs",
            ),
        ),
        migrations.AddIndex(
            model_name="difficulty",
            index=models.Index(fields=["asker", "-id"], name="difficulty_of_asker"),
        ),
        migrations.AddIndex(
            model_name="difficulty",
            index=models.Index(fields=["same_as"], name="difficulty_doubles"),
        ),
        migrations.AddIndex(
            model_name="difficulty",
            index=models.Index(fields=["asked_at"], name="difficulty_asked_at"),
        ),
        migrations.AddConstraint(
            model_name="difficulty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "state__in",
                        ("new", "taken", "asked_back", "answered", "confirmed", "closed", "merged"),
                    )
                ),
                name="difficulty_state",
            ),
        ),
        migrations.AddConstraint(
            model_name="difficulty",
            constraint=models.CheckConstraint(
                condition=models.Q(("level__in", ("unit", "province", "centre"))),
                name="difficulty_level",
            ),
        ),
        migrations.AddConstraint(
            model_name="difficulty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("asker__isnull", False), ("facility_code", "")),
                    models.Q(
                        ("asker__isnull", True), models.Q(("facility_code", ""), _negated=True)
                    ),
                    _connector="OR",
                ),
                name="difficulty_asker",
            ),
        ),
        migrations.AddConstraint(
            model_name="difficulty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(
                        ("due_on__isnull", False),
                        ("since__isnull", False),
                        ("state__in", ("new", "taken")),
                    ),
                    models.Q(
                        models.Q(("state__in", ("new", "taken")), _negated=True),
                        ("due_on__isnull", True),
                        ("since__isnull", True),
                    ),
                    _connector="OR",
                ),
                name="difficulty_clock",
            ),
        ),
        migrations.AddConstraint(
            model_name="difficulty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ("answered", "confirmed")), _negated=True),
                    models.Q(
                        ("answered_at__isnull", False),
                        models.Q(("answer", ""), _negated=True),
                        models.Q(("answered_by", ""), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="difficulty_answer_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="difficulty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state", "merged"), _negated=True),
                    ("same_as__isnull", False),
                    _connector="OR",
                ),
                name="difficulty_merged",
            ),
        ),
        migrations.AddConstraint(
            model_name="difficulty",
            constraint=models.CheckConstraint(
                condition=models.Q(("same_as", models.F("id")), _negated=True),
                name="difficulty_not_its_own_double",
            ),
        ),
        migrations.AddConstraint(
            model_name="difficulty",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("title__regex", "[0-9]([ .]?[0-9]){8,}"), _negated=True),
                    models.Q(("question__regex", "[0-9]([ .]?[0-9]){8,}"), _negated=True),
                    models.Q(("answer__regex", "[0-9]([ .]?[0-9]){8,}"), _negated=True),
                    models.Q(("said__regex", "[0-9]([ .]?[0-9]){8,}"), _negated=True),
                ),
                name="difficulty_names_nobody",
            ),
        ),
        migrations.AddIndex(
            model_name="difficultystep",
            index=models.Index(fields=["difficulty", "id"], name="difficulty_step_of"),
        ),
        migrations.AddConstraint(
            model_name="opinion",
            constraint=models.UniqueConstraint(fields=("article", "officer"), name="opinion_once"),
        ),
        migrations.RunSQL(_RIGHTS, _UNDO),
    ]
