"""Tables of difficulties (khó khăn, vướng mắc) and of the knowledge base that their answers become.

A part of `models`, which brings them in. No text in them names a person: `masking` goes over each before it is written,
and the database refuses long numbers once more.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.contrib.postgres.search import SearchVectorField
from django.db import models
from django.db.models import F, Q

DIFFICULTY_STATES = ("new", "taken", "asked_back", "answered", "confirmed", "closed", "merged")
LEVELS = ("unit", "province", "centre")
_LONG_NUMBER = r"[0-9]([ .]?[0-9]){8,}"


class Article(models.Model):
    """One article of the knowledge base: a question and its answer, or a guide (hướng dẫn) of the house.

    `province_code` is '' for the whole country; a province's own article is read there and by the centre. `valid_to` is
    the last day included. `roles` are those a guide is for, none for everybody. `search` and `folded` are kept by the
    database, as is each version that stood before.
    """

    slug = models.TextField(null=True)  # noqa: DJ001 - unique where there is one
    kind = models.TextField(default="answer")
    province_code = models.TextField(default="", db_default="")
    for_hospitals = models.BooleanField(default=False, db_default=False)
    for_public = models.BooleanField(default=False, db_default=False)
    topic = models.TextField()
    title = models.TextField()
    answer = models.TextField()
    basis = models.TextField(default="", db_default="")
    keywords = models.TextField(default="", db_default="")
    pages = ArrayField(models.TextField(), default=list)
    codes = ArrayField(models.TextField(), default=list)
    roles = ArrayField(models.TextField(), default=list)
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    version = models.IntegerField(default=1)
    written_at = models.DateTimeField()
    written_by = models.TextField()
    search = SearchVectorField(null=True)
    folded = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["slug"], name="article_slug"),
            models.CheckConstraint(
                condition=Q(kind="answer") | Q(kind="guide", slug__isnull=False, province_code=""),
                name="article_kind",
            ),
            # What hospitals and families read, the whole country reads.
            models.CheckConstraint(
                condition=Q(province_code="") | Q(for_hospitals=False, for_public=False),
                name="article_open_is_nationwide",
            ),
            models.CheckConstraint(
                condition=Q(valid_to__isnull=True) | Q(valid_to__gte=F("valid_from")),
                name="article_days",
            ),
            models.CheckConstraint(
                condition=~Q(title__regex=_LONG_NUMBER) & ~Q(answer__regex=_LONG_NUMBER),
                name="article_names_nobody",
            ),
        )
        indexes = (
            GinIndex(fields=["search"], name="article_search"),
            GinIndex(fields=["pages"], name="article_pages"),
        )


class ArticleVersion(models.Model):
    """What an article said in one version; written by the database with the version, never changed."""

    article = models.ForeignKey(Article, models.PROTECT, related_name="+", db_index=False)
    version = models.IntegerField()
    title = models.TextField()
    answer = models.TextField()
    basis = models.TextField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)
    readers = models.TextField()
    written_at = models.DateTimeField()
    written_by = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["article", "version"], name="article_version_once"),
        )


class Opinion(models.Model):
    """Whether an article helped one officer (đã giúp, chưa); the latest word counts."""

    article = models.ForeignKey(Article, models.PROTECT, related_name="+", db_index=False)
    officer = models.ForeignKey("accounts.Officer", models.PROTECT, related_name="+")
    version = models.IntegerField()
    helped = models.BooleanField()
    said_at = models.DateTimeField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["article", "officer"], name="opinion_once"),)


class Difficulty(models.Model):
    """One difficulty as reported, with where it was met, and how far its answer has come.

    `area` is whose officers see it: the asker's unit, minus the code of his province, or 0. `asker` is None for a
    hospital, which has its `facility_code`. `level` is who answers now; its clock runs from `since` to `due_on`, and
    stands still (both None) while the asker is asked or once it is answered. `act` and `said` are the latest step;
    the database keeps every one. `same_as`: another difficulty whose answer is this one's too.
    """

    asked_at = models.DateTimeField()
    asked_by = models.TextField()
    asker = models.ForeignKey(
        "accounts.Officer", models.PROTECT, null=True, related_name="+", db_index=False
    )
    asker_role = models.TextField(default="")
    area = models.IntegerField(default=0)
    province_code = models.TextField(default="")
    unit_code = models.TextField(default="")
    facility_code = models.TextField(default="")
    topic = models.TextField()
    title = models.TextField()
    question = models.TextField()
    page = models.TextField(default="")
    code = models.TextField(default="")
    subject_kind = models.TextField(default="")
    subject_id = models.BigIntegerField(null=True)
    software = models.TextField(default="")
    level = models.TextField()
    state = models.TextField(default="new")
    since = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)
    taker = models.ForeignKey(
        "accounts.Officer", models.PROTECT, null=True, related_name="+", db_index=False
    )
    taken_at = models.DateTimeField(null=True)
    answer = models.TextField(default="")
    basis = models.TextField(default="")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.TextField(default="")
    article = models.ForeignKey(
        Article, models.PROTECT, null=True, related_name="+", db_index=False
    )
    same_as = models.ForeignKey("self", models.PROTECT, null=True, related_name="+", db_index=False)
    act = models.TextField(default="reported")
    said = models.TextField(default="")
    changed_at = models.DateTimeField()
    folded = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(state__in=DIFFICULTY_STATES), name="difficulty_state"
            ),
            models.CheckConstraint(condition=Q(level__in=LEVELS), name="difficulty_level"),
            models.CheckConstraint(
                condition=Q(asker__isnull=False, facility_code="")
                | (Q(asker__isnull=True) & ~Q(facility_code="")),
                name="difficulty_asker",
            ),
            models.CheckConstraint(
                condition=Q(state__in=("new", "taken"), since__isnull=False, due_on__isnull=False)
                | (~Q(state__in=("new", "taken")) & Q(since__isnull=True, due_on__isnull=True)),
                name="difficulty_clock",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("answered", "confirmed"))
                | (Q(answered_at__isnull=False) & ~Q(answer="") & ~Q(answered_by="")),
                name="difficulty_answer_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="merged") | Q(same_as__isnull=False), name="difficulty_merged"
            ),
            models.CheckConstraint(
                condition=~Q(same_as=F("id")), name="difficulty_not_its_own_double"
            ),
            models.CheckConstraint(
                condition=~Q(title__regex=_LONG_NUMBER)
                & ~Q(question__regex=_LONG_NUMBER)
                & ~Q(answer__regex=_LONG_NUMBER)
                & ~Q(said__regex=_LONG_NUMBER),
                name="difficulty_names_nobody",
            ),
        )
        indexes = (
            models.Index(
                fields=["level", "due_on"],
                condition=Q(due_on__isnull=False),
                name="difficulty_clock_runs",
            ),
            models.Index(fields=["asker", "-id"], name="difficulty_of_asker"),
            models.Index(fields=["same_as"], name="difficulty_doubles"),
            models.Index(fields=["asked_at"], name="difficulty_asked_at"),
        )


class DifficultyStep(models.Model):
    """One step of a difficulty, written by the database in the statement that made it; never changed."""

    difficulty = models.ForeignKey(Difficulty, models.PROTECT, related_name="+", db_index=False)
    at = models.DateTimeField()
    by = models.TextField()
    act = models.TextField()
    state = models.TextField()
    level = models.TextField()
    said = models.TextField(default="")

    class Meta:
        indexes = (models.Index(fields=["difficulty", "id"], name="difficulty_step_of"),)
