"""Tables of the case file: the dossier, its events, and the tasks the system opens for officers."""

from django.db import models
from django.db.models import Q

from lienthong.dossiers.lifecycle import SEEN_BY_OFFICERS, STATES


class Dossier(models.Model):
    """A child's case file (hồ sơ) from reception to the card in the family's hands.

    `state` is the queue; `reason` says why it waits; `area` is what row-level security reads. The facts of the
    child stand here as registered, so that a queue needs no other table. `received_at` is the ministry's
    message's arrival and never changes, whatever the dossier waits for.
    """

    code = models.TextField()
    source = models.TextField()
    message_id = models.TextField()
    channel = models.TextField(default="electronic")
    state = models.TextField()
    reason = models.TextField(default="")
    area = models.IntegerField(default=0)
    unit = models.ForeignKey(
        "catalogues.Unit", models.PROTECT, null=True, related_name="+", db_index=False
    )
    unit_rule = models.TextField(default="")
    commune_code = models.TextField()
    district_code = models.TextField(default="")
    registered_on = models.DateField()
    resolved_commune_code = models.TextField(default="")
    province_code = models.TextField(default="")
    received_at = models.DateTimeField()
    due_on = models.DateField()
    closed_on = models.DateField(null=True)
    child_name = models.TextField()
    child_fold_key = models.TextField()
    child_born_on = models.DateField()
    child_sex = models.TextField()
    facility_code = models.TextField(default="")
    area_code = models.TextField(default="")
    urgent = models.BooleanField(default=False)
    person = models.ForeignKey(
        "persons.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    insurance_number = models.TextField(null=True)  # noqa: DJ001 - not given yet is not empty
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["code"], name="dossier_code_once"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="dossier_state"),
            models.CheckConstraint(
                condition=Q(channel__in=("electronic", "paper")), name="dossier_channel"
            ),
            models.CheckConstraint(
                condition=Q(insurance_number__isnull=True) | Q(person__isnull=False),
                name="dossier_number_has_person",
            ),
        )
        # Every move rewrites every index of the row: each one here has to earn its place.
        indexes = (
            models.Index(fields=["state", "id"], name="dossier_queue"),
            models.Index(
                fields=["area", "state", "due_on"],
                condition=Q(state__in=SEEN_BY_OFFICERS),
                name="dossier_area_state",
            ),
            models.Index(
                fields=["person"], condition=Q(person__isnull=False), name="dossier_person"
            ),
        )


class Event(models.Model):
    """One move of one dossier, written by the trigger in the statement that moved it; never updated."""

    # No constraint: only the trigger writes here, from the rows themselves, and no dossier is ever deleted.
    dossier = models.ForeignKey(
        Dossier, models.PROTECT, related_name="events", db_index=False, db_constraint=False
    )
    machine = models.TextField(default="dossier")
    batch = models.BigIntegerField()
    at = models.DateTimeField()
    from_state = models.TextField()
    to_state = models.TextField()
    by = models.TextField()
    reason = models.TextField(default="")

    class Meta:
        indexes = (models.Index(fields=["dossier", "id"], name="dossier_event_of"),)


class Task(models.Model):
    """Something an officer must look at (việc cần xử lý): opened by the system, closed by people.

    `subject_key` makes opening it twice impossible: the same finding about the same thing is one task.
    """

    kind = models.TextField()
    subject_key = models.TextField()
    area = models.IntegerField(default=0)
    dossier = models.ForeignKey(Dossier, models.PROTECT, null=True, related_name="tasks")
    person = models.ForeignKey("persons.Person", models.PROTECT, null=True, related_name="+")
    detail = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["kind", "subject_key"], name="task_once"),)
        indexes = (
            models.Index(
                fields=["area", "id"], condition=Q(closed_at__isnull=True), name="task_open"
            ),
        )
