"""Tables of work: whose it is, and to whom what is overdue has climbed. Part of `models`, which names them."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

_ONE_SUBJECT = Q(dossier__isnull=False, task__isnull=True) | Q(
    dossier__isnull=True, task__isnull=False
)


class Assignment(models.Model):
    """Work that is one officer's (phân công): a dossier at one step, or a task. Written once, ended once.

    `step` is the dossier's state: when the dossier has moved on, the assignment says nothing more and is ended by the
    system. At most one is open for a subject.
    """

    dossier = models.ForeignKey(
        "dossiers.Dossier", models.PROTECT, null=True, related_name="+", db_index=False
    )
    task = models.ForeignKey(
        "dossiers.Task", models.PROTECT, null=True, related_name="+", db_index=False
    )
    officer = models.ForeignKey(
        "accounts.Officer", models.PROTECT, related_name="+", db_index=False
    )
    step = models.TextField(default="")
    given_at = models.DateTimeField()
    given_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=_ONE_SUBJECT, name="assignment_one_subject"),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by="")
                | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
                name="assignment_end_whole",
            ),
            models.UniqueConstraint(
                fields=["dossier"],
                condition=Q(ended_at__isnull=True),
                name="assignment_one_a_dossier",
            ),
            models.UniqueConstraint(
                fields=["task"], condition=Q(ended_at__isnull=True), name="assignment_one_a_task"
            ),
        )
        indexes = (
            models.Index(
                fields=["officer"], condition=Q(ended_at__isnull=True), name="assignment_of"
            ),
        )


class Escalation(models.Model):
    """One level that something overdue has climbed to (báo lên), and who was told. Written once a level.

    `clock` says whose time ran out: `approval` (the request's), `dossier` (the due day) or `task`; `since` is the
    instant from which that clock runs, so that another request or another opening climbs anew. `told` are account
    names; nobody may stand at a level.
    """

    clock = models.TextField()
    dossier = models.ForeignKey(
        "dossiers.Dossier", models.PROTECT, null=True, related_name="+", db_index=False
    )
    task = models.ForeignKey(
        "dossiers.Task", models.PROTECT, null=True, related_name="+", db_index=False
    )
    since = models.DateTimeField()
    level = models.SmallIntegerField()
    reached_at = models.DateTimeField()
    told = ArrayField(models.TextField(), default=list)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(clock__in=("approval", "dossier"), dossier__isnull=False)
                | Q(clock="task", task__isnull=False),
                name="escalation_clock",
            ),
            models.CheckConstraint(condition=_ONE_SUBJECT, name="escalation_one_subject"),
            models.CheckConstraint(condition=Q(level__in=(1, 2, 3)), name="escalation_level"),
            models.UniqueConstraint(
                fields=["dossier", "clock", "since", "level"],
                condition=Q(dossier__isnull=False),
                name="escalation_once_a_dossier",
            ),
            models.UniqueConstraint(
                fields=["task", "since", "level"],
                condition=Q(task__isnull=False),
                name="escalation_once_a_task",
            ),
        )
