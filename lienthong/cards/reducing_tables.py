"""The table of cards that officers report as reduced. A part of `models`, which brings it in."""

from django.db import models
from django.db.models import F, Q

KINDS = ("REDUCED", "REDUCED_MOVED_OUT", "REDUCED_MOVED_WITHIN", "REDUCED_STOPPED")


class Reduction(models.Model):
    """A card reported as reduced (báo giảm): why, since which day, on what evidence; asked by one, confirmed by another.

    Unless the child stopped being insured at all, `new_card_code` is the card that another place issued, in force from
    `new_valid_from`, no later than `on_day`: no day without cover. Written once, but for the second officer's word.
    """

    card = models.ForeignKey("cards.Card", models.PROTECT, related_name="+")
    kind = models.TextField()
    on_day = models.DateField()
    note = models.TextField()
    evidence = models.TextField()
    new_card_code = models.TextField(db_default="")
    new_valid_from = models.DateField(null=True)
    asked_person = models.BigIntegerField()
    asked_by = models.TextField()
    asked_at = models.DateTimeField()
    confirmed_person = models.BigIntegerField(null=True)
    confirmed_by = models.TextField(db_default="")
    confirmed_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)
    dropped_by = models.TextField(db_default="")
    dropped_note = models.TextField(db_default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["card"],
                condition=Q(dropped_at__isnull=True),
                name="reduction_one_live_a_card",
            ),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="reduction_kind"),
            models.CheckConstraint(
                condition=~Q(note="") & ~Q(evidence=""), name="reduction_has_evidence"
            ),
            models.CheckConstraint(
                condition=Q(kind="REDUCED_STOPPED")
                | (~Q(new_card_code="") & Q(new_valid_from__lte=F("on_day"))),
                name="reduction_leaves_no_gap",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_person__isnull=True, confirmed_at__isnull=True)
                | (
                    Q(confirmed_person__gt=0, confirmed_at__isnull=False)
                    & ~Q(confirmed_person=F("asked_person"))
                ),
                name="reduction_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(dropped_at__isnull=True) | Q(confirmed_at__isnull=True),
                name="reduction_confirmed_stands",
            ),
        )
