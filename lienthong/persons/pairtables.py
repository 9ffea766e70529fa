"""Tables of the review desk: two persons who may be one, and the merging of one record into another."""

from django.db import models
from django.db.models import F, Q

ORIGINS = ("register", "number", "officer", "intake")
STATES = ("open", "same", "different", "later")


class Pair(models.Model):
    """Two persons who may be one (nghi trùng): who says so, how surely, and what an officer decided.

    `low` and `high` are the two by id. `probability` is None where nobody worked one out. `score` holds agreements and
    weights by field, never a value. `mark` is a digest of what both registered when the pair was opened: decided to be
    `different`, it is opened again only when that has changed. `area_…` is the unit that answers for each of the two.
    """

    low = models.ForeignKey("Person", models.PROTECT, related_name="+", db_index=False)
    high = models.ForeignKey("Person", models.PROTECT, related_name="+")
    origin = models.TextField()
    probability = models.FloatField(null=True)
    reason = models.TextField(default="", db_default="")
    score = models.JSONField(default=dict, db_default={})
    mark = models.TextField(default="", db_default="")
    state = models.TextField(default="open", db_default="open")
    later_until = models.DateField(null=True)
    area_low = models.IntegerField(default=0, db_default=0)
    area_high = models.IntegerField(default=0, db_default=0)
    opened_at = models.DateTimeField()
    opened_by = models.TextField()
    decided_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="", db_default="")
    note = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(low__lt=F("high")), name="pair_low_before_high"),
            models.CheckConstraint(condition=Q(origin__in=ORIGINS), name="pair_origin"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="pair_state"),
            models.CheckConstraint(
                condition=Q(probability__isnull=True)
                | Q(probability__gte=0.0, probability__lte=1.0),
                name="pair_probability",
            ),
            models.CheckConstraint(
                condition=Q(state="open", decided_at__isnull=True, decided_by="")
                | (~Q(state="open") & Q(decided_at__isnull=False) & ~Q(decided_by="")),
                name="pair_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="later", later_until__isnull=False)
                | (~Q(state="later") & Q(later_until__isnull=True)),
                name="pair_later_until_a_day",
            ),
            models.CheckConstraint(
                condition=~Q(state="different") | ~Q(note=""), name="pair_different_for_a_reason"
            ),
            models.UniqueConstraint(
                fields=["low", "high"],
                condition=Q(state__in=("open", "later")),
                name="pair_open_once",
            ),
        )
        indexes = (
            models.Index(fields=["low", "high"], name="pair_of_two"),
            models.Index(
                fields=["opened_at", "id"],
                condition=Q(state__in=("open", "later")),
                name="pair_waiting",
            ),
            models.Index(
                fields=["decided_at", "id"],
                condition=Q(decided_at__isnull=False),
                name="pair_decided",
            ),
        )


class Merge(models.Model):
    """One record merged into another by pointing (gộp), from the proposal to its undoing (bỏ gộp).

    `touches`: a number, a card or a dossier on its way follows, so that a second officer confirms; the database finds
    that out itself. `effects` are the rows that changed, as they were before and after: what an undoing brings back.
    """

    pair = models.ForeignKey(Pair, models.PROTECT, null=True, related_name="merges")
    loser = models.ForeignKey("Person", models.PROTECT, related_name="+", db_index=False)
    survivor = models.ForeignKey("Person", models.PROTECT, related_name="+")
    area_loser = models.IntegerField(default=0, db_default=0)
    area_survivor = models.IntegerField(default=0, db_default=0)
    touches = models.BooleanField(default=True, db_default=True)
    basis = models.TextField()
    note = models.TextField()
    asked_person = models.BigIntegerField()
    asked_by = models.TextField()
    asked_at = models.DateTimeField()
    confirmed_person = models.BigIntegerField(null=True)
    confirmed_by = models.TextField(default="", db_default="")
    confirmed_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)
    dropped_by = models.TextField(default="", db_default="")
    dropped_note = models.TextField(default="", db_default="")
    undone_at = models.DateTimeField(null=True)
    undone_by = models.TextField(default="", db_default="")
    undone_note = models.TextField(default="", db_default="")
    effects = models.JSONField(default=list, db_default=[])

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(loser=F("survivor")), name="merge_of_two"),
            models.CheckConstraint(condition=~Q(basis="") & ~Q(note=""), name="merge_for_a_reason"),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True, confirmed_person__isnull=True)
                | Q(confirmed_at__isnull=False, confirmed_person__isnull=False),
                name="merge_confirmed_whole",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=True)
                | Q(touches=False)
                | (Q(confirmed_person__gt=0) & ~Q(confirmed_person=F("asked_person"))),
                name="merge_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(dropped_at__isnull=True)
                | (Q(confirmed_at__isnull=True) & ~Q(dropped_by="") & ~Q(dropped_note="")),
                name="merge_dropped_before_confirmed",
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True)
                | (Q(confirmed_at__isnull=False) & ~Q(undone_by="") & ~Q(undone_note="")),
                name="merge_undone_after_confirmed",
            ),
            models.UniqueConstraint(
                fields=["loser"],
                condition=Q(dropped_at__isnull=True, undone_at__isnull=True),
                name="merge_one_live_a_loser",
            ),
        )
        indexes = (
            models.Index(
                fields=["asked_at", "id"],
                condition=Q(
                    confirmed_at__isnull=True, dropped_at__isnull=True, undone_at__isnull=True
                ),
                name="merge_waiting",
            ),
            models.Index(
                fields=["confirmed_at", "id"],
                condition=Q(confirmed_at__isnull=False),
                name="merge_done",
            ),
        )
