"""Tables of the review desk: what was decided about a birth that may be of a child already known, and the evidence."""

from django.db import models
from django.db.models import Q

KINDS = ("same", "different", "later")


class Duplicate(models.Model):
    """What an officer decided about a dossier whose child may be one already known (đối chiếu nghi trùng).

    `same`: the dossier is refused, or goes on with that child (`person`) where nothing of it is live. `different`: it goes
    on, and is not asked about this child again. `later`: put off until a day. `effects` are the rows that changed, as for
    a merger of two persons.
    """

    task = models.ForeignKey("dossiers.Task", models.PROTECT, related_name="+")
    dossier = models.ForeignKey("dossiers.Dossier", models.PROTECT, related_name="+")
    other = models.ForeignKey("persons.Person", models.PROTECT, related_name="+", db_index=False)
    person = models.ForeignKey(
        "persons.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    area = models.IntegerField()
    kind = models.TextField()
    later_until = models.DateField(null=True)
    note = models.TextField(default="", db_default="")
    decided_by = models.TextField()
    decided_at = models.DateTimeField()
    effects = models.JSONField(default=list, db_default=[])
    undone_at = models.DateTimeField(null=True)
    undone_by = models.TextField(default="", db_default="")
    undone_note = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="duplicate_kind"),
            models.CheckConstraint(
                condition=Q(kind="later", later_until__isnull=False)
                | (~Q(kind="later") & Q(later_until__isnull=True) & ~Q(note="")),
                name="duplicate_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by="", undone_note="")
                | (Q(undone_at__isnull=False) & ~Q(undone_by="") & ~Q(undone_note="")),
                name="duplicate_undone_whole",
            ),
            models.UniqueConstraint(
                fields=["task"],
                condition=~Q(kind="later") & Q(undone_at__isnull=True),
                name="duplicate_one_live_a_task",
            ),
        )


class Evidence(models.Model):
    """One scanned page or file shown for two persons (bằng chứng); its bytes stand in the scans folder. Written once.

    It belongs to a pair of persons, or to the task of a dossier whose child may be known.
    """

    pair = models.ForeignKey("persons.Pair", models.PROTECT, null=True, related_name="+")
    task = models.ForeignKey("dossiers.Task", models.PROTECT, null=True, related_name="+")
    name = models.TextField()
    form = models.TextField()
    size = models.IntegerField()
    sha256 = models.BinaryField()
    added_by = models.TextField()
    added_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["name"], name="evidence_name_once"),
            models.CheckConstraint(
                condition=Q(name__regex=r"^[0-9a-f]{32}$"), name="evidence_name_is_ours"
            ),
            models.CheckConstraint(
                condition=Q(form__in=("pdf", "jpeg", "png"), size__gt=0), name="evidence_form"
            ),
            models.CheckConstraint(
                condition=Q(pair__isnull=False, task__isnull=True)
                | Q(pair__isnull=True, task__isnull=False),
                name="evidence_of_one_question",
            ),
        )
