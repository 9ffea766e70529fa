"""Tables of what left the procedure (danh sách của công văn 5052): findings and their answers, and the search's own.

A part of `models`, which brings them in.
"""

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Q

FINDING_STATES = ("open", "answered", "returned", "confirmed")


class Finding(models.Model):
    """One operation that left the procedure (thao tác sai quy trình), one row a rule and subject, whoever finds it.

    Found is sent: the unit sees it from `found_at` on, and answers; the head of the card desk confirms or sends back.
    `due_at` is when a step should have been done at the latest, `ended_at` when its cause went away, and `delay_minutes`
    the office time between the two, kept from then on. Who did what and when is read from the card itself.
    """

    rule = models.TextField()
    subject_kind = models.TextField()
    subject_id = models.BigIntegerField()
    card = models.ForeignKey("Card", models.PROTECT, null=True, related_name="+", db_index=False)
    dossier = models.ForeignKey(
        "dossiers.Dossier", models.PROTECT, related_name="+", db_index=False
    )
    unit = models.ForeignKey(
        "catalogues.Unit", models.PROTECT, null=True, related_name="+", db_index=False
    )
    area = models.IntegerField()
    province_code = models.TextField()
    operation = models.TextField()
    found_at = models.DateTimeField()
    found_by = models.TextField()
    due_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    delay_minutes = models.IntegerField(null=True)
    old_valid = DateRangeField(null=True)
    new_valid = DateRangeField(null=True)
    detail = models.TextField(default="")
    state = models.TextField(default="open")
    reason = models.TextField(default="")
    answer = models.TextField(default="")
    answered_at = models.DateTimeField(null=True)
    answered_by = models.TextField(default="")
    answered_person = models.BigIntegerField(null=True)
    note = models.TextField(default="")
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.TextField(default="")
    confirmed_person = models.BigIntegerField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["rule", "subject_kind", "subject_id"], name="finding_once"
            ),
            models.CheckConstraint(condition=Q(state__in=FINDING_STATES), name="finding_state"),
            models.CheckConstraint(
                condition=Q(subject_kind__in=("card", "request", "dossier")),
                name="finding_subject_kind",
            ),
            models.CheckConstraint(
                condition=Q(found_by__in=("event", "night")), name="finding_found_by"
            ),
            models.CheckConstraint(
                condition=Q(state="open", answered_at__isnull=True, answer="")
                | (
                    ~Q(state="open")
                    & Q(answered_at__isnull=False, answered_person__isnull=False)
                    & ~Q(answer="")
                    & ~Q(reason="")
                    & ~Q(answered_by="")
                ),
                name="finding_answer_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(note=""), name="finding_returned_has_note"
            ),
            models.CheckConstraint(
                condition=Q(state="confirmed", confirmed_at__isnull=False)
                & Q(confirmed_person__isnull=False)
                & ~Q(confirmed_by="")
                & ~Q(confirmed_person=F("answered_person"))
                | ~Q(state="confirmed") & Q(confirmed_at__isnull=True),
                name="finding_four_eyes",
            ),
        )
        indexes = (
            models.Index(
                fields=["area", "id"], condition=~Q(state="confirmed"), name="finding_waiting"
            ),
            models.Index(fields=["found_at"], name="finding_found"),
            models.Index(fields=["dossier"], name="finding_dossier"),
        )


class FindingStep(models.Model):
    """One step of a finding's answer, written by the trigger in the statement that made it; never updated."""

    finding = models.ForeignKey(
        Finding, models.PROTECT, related_name="steps", db_index=False, db_constraint=False
    )
    at = models.DateTimeField()
    by = models.TextField()
    to_state = models.TextField()
    reason = models.TextField(default="")
    text = models.TextField(default="")

    class Meta:
        indexes = (models.Index(fields=["finding", "id"], name="finding_step_of"),)


class Look(models.Model):
    """How far the search for what left the procedure has come; one row a stream of events, and one for the nights.

    Everything up to `seen_id` was looked at for good. What was given out by `pending_id` is complete once every
    transaction before `pending_xact` has ended. `looked_on`: the last day of the whole search.
    """

    name = models.TextField(primary_key=True)
    seen_id = models.BigIntegerField(default=0)
    pending_id = models.BigIntegerField(default=0)
    pending_xact = models.BigIntegerField(default=0)
    looked_on = models.DateField(null=True)


class OfficeDay(models.Model):
    """One day of the office as the law's tables say it: filled from `law.tables`, joined by the search, never edited."""

    day = models.DateField(primary_key=True)
    next_worked = models.DateField()
    cut_off = models.TimeField()
    minutes_before = models.IntegerField()
    is_worked = models.BooleanField()
    opens = models.TimeField()
    lunch_from = models.TimeField()
    lunch_to = models.TimeField()
    closes = models.TimeField()


class StepDue(models.Model):
    """When a step of a card is due that began on a day 0: filled from `law.tables`, never edited."""

    step = models.TextField()
    day = models.DateField()
    due_at = models.DateTimeField()
    late_from = models.DateField()

    class Meta:
        constraints = (models.UniqueConstraint(fields=["step", "day"], name="step_due_once"),)
