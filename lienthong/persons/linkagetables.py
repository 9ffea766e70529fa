"""Tables of the linkages of whole registers that officers start and watch. Part of `models`, which names them.

A linkage's registers and results lie in a folder of its own (`linkagerunning`); here stands how far it is, who
answers for it, and which entries it tied to whom.
"""

from django.db import models
from django.db.models import F, Q

SIDES = ("household", "collection", "persons")
STATES = (
    "waiting",
    "running",
    "done",
    "failed",
    "stopped",
    "confirmed",
    "applied",
    "undo_asked",
    "undone",
)
UNDER_WAY = ("waiting", "running", "confirmed", "undo_asked")


class Linkage(models.Model):
    """One linkage (lần liên kết dữ liệu) of two registers, from the officer's order to its links and their undoing.

    `province_code` is whose rows were linked; empty for the whole country. `attempts` is the fence of the worker that
    runs it until `lease_until`. `stage_no` of `stage_count` stages are done. `written_count`: rows of the results that
    have been applied or taken back. `certain_from` is the probability from which a link is written; what is below goes the
    way of the doubtful. `memory_mb` is what the process that runs it holds.
    """

    left = models.TextField()
    right = models.TextField()
    engine = models.TextField(default="duckdb")
    certain_from = models.FloatField(default=0.99, db_default=0.99)
    province_code = models.TextField(default="", blank=True)
    state = models.TextField(default="waiting")
    stage = models.TextField(default="", db_default="")
    stage_no = models.IntegerField(default=0, db_default=0)
    stage_count = models.IntegerField(default=0, db_default=0)
    memory_mb = models.IntegerField(default=0, db_default=0)
    attempts = models.IntegerField(default=0, db_default=0)
    lease_until = models.DateTimeField(null=True)
    asked_by = models.TextField()
    asked_person = models.BigIntegerField()
    asked_at = models.DateTimeField()
    started_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    stop_asked_by = models.TextField(default="", db_default="")
    figures = models.JSONField(default=dict, db_default={})
    error = models.TextField(default="", db_default="")
    confirmed_by = models.TextField(default="", db_default="")
    confirmed_person = models.BigIntegerField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    written_count = models.IntegerField(default=0, db_default=0)
    undone_by = models.TextField(default="", db_default="")
    undone_at = models.DateTimeField(null=True)
    undone_note = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(left__in=SIDES, right__in=SIDES) & ~Q(left=F("right")),
                name="linkage_sides",
            ),
            models.CheckConstraint(condition=Q(state__in=STATES), name="linkage_state"),
            models.CheckConstraint(
                condition=Q(engine__in=("duckdb", "spark")), name="linkage_engine"
            ),
            models.CheckConstraint(
                condition=Q(certain_from__gte=0.99, certain_from__lte=1), name="linkage_certain"
            ),
            models.CheckConstraint(
                condition=Q(confirmed_person__isnull=True) | ~Q(confirmed_person=F("asked_person")),
                name="linkage_four_eyes",
            ),
            models.CheckConstraint(
                condition=~Q(state__in=("confirmed", "applied"))
                | Q(confirmed_person__isnull=False, confirmed_at__isnull=False),
                name="linkage_confirmed_by_somebody",
            ),
        )
        indexes = (
            models.Index(fields=["id"], condition=Q(state__in=UNDER_WAY), name="linkage_under_way"),
        )


class LinkedEntry(models.Model):
    """An entry that a linkage tied to a person, so that the linkage can be taken back whole."""

    linkage = models.ForeignKey(Linkage, models.PROTECT, related_name="+", db_index=False)
    entry = models.ForeignKey("persons.Entry", models.PROTECT, related_name="+")
    person = models.ForeignKey("persons.Person", models.PROTECT, related_name="+", db_index=False)
    probability = models.FloatField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["linkage", "entry"], name="linked_entry_once"),
        )
