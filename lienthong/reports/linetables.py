"""Tables behind the figures: where every dossier stood when. Part of `models`, which names them.

Nothing here is a fact of its own: lines are made from events and can be made again; shifts, waits and identified keep of
a change what no event keeps, each written by a trigger in the statement that changed it.
"""

from django.db import models
from django.db.models import Q


class Line(models.Model):
    """The way of one first dossier as a row: the first instant of each step, and where it stands now.

    Places are numbers: `area` as in the dossier, `province` and `commune` their codes, 0 for none. `position`, `ending`,
    `cause`, `paper` and the `pace_…` (rounded office minutes between two steps) are codes of `reports.states`.
    `is_plain` when the instants alone say where it stood at any instant; otherwise its events do. `last_at`: nothing has
    changed since, `lasted` days after the day of receipt. `is_closed` when nothing waits any more.
    """

    dossier = models.OneToOneField(
        "dossiers.Dossier", models.PROTECT, primary_key=True, related_name="+", db_constraint=False
    )
    received_at = models.DateTimeField()
    last_at = models.DateTimeField()
    since_at = models.DateTimeField()
    born_at = models.DateTimeField()
    created_at = models.DateTimeField(null=True)
    sent_at = models.DateTimeField(null=True)
    arisen_at = models.DateTimeField(null=True)
    approved_at = models.DateTimeField(null=True)
    issued_at = models.DateTimeField(null=True)
    returned_at = models.DateTimeField(null=True)
    identified_at = models.DateTimeField(null=True)
    area = models.IntegerField()
    commune = models.IntegerField()
    received_on = models.DateField()
    due_on = models.DateField()
    province = models.SmallIntegerField()
    position = models.SmallIntegerField()
    ending = models.SmallIntegerField()
    cause = models.SmallIntegerField()
    paper = models.SmallIntegerField()
    pace_create = models.IntegerField(null=True)
    pace_send = models.IntegerField(null=True)
    pace_arise = models.IntegerField(null=True)
    pace_approve = models.IntegerField(null=True)
    pace_issue = models.IntegerField(null=True)
    pace_hand_over = models.IntegerField(null=True)
    has_id = models.BooleanField()
    was_moved = models.BooleanField()
    is_plain = models.BooleanField()
    is_closed = models.BooleanField()
    lasted = models.SmallIntegerField()

    class Meta:
        indexes = (
            models.Index(fields=["received_on"], name="line_received"),
            models.Index(fields=["province", "received_on"], name="line_province"),
            models.Index(fields=["area", "received_on"], name="line_area"),
            models.Index(fields=["received_on"], condition=Q(is_closed=False), name="line_open"),
            models.Index(
                fields=["received_on"], condition=Q(is_closed=True, lasted__gt=31), name="line_slow"
            ),
            models.Index(fields=["last_at"], condition=Q(is_plain=False), name="line_not_plain"),
        )


class Cell(models.Model):
    """How many closed lines of one month of receipt and one province are of a category, or took so long for a step.

    `what` is 0 for a category and a `states.Pace` else. Changed with the lines, in the same transaction.
    """

    month = models.DateField()
    province = models.SmallIntegerField()
    what = models.SmallIntegerField()
    value = models.IntegerField()
    count = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["month", "province", "what", "value"], name="cell_once"
            ),
        )


class Shift(models.Model):
    """What a dossier was until an instant, where a change is no move or moves more than the state: place, reason, person.

    `area`, `province`, `commune` and `person_id` are those before; `state` and `reason` those after. `is_same_state` when
    the state did not change with it.
    """

    dossier = models.ForeignKey(
        "dossiers.Dossier", models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    at = models.DateTimeField()
    area = models.IntegerField()
    province = models.SmallIntegerField()
    commune = models.IntegerField()
    person_id = models.BigIntegerField(null=True)
    state = models.TextField()
    reason = models.TextField()
    is_same_state = models.BooleanField()

    class Meta:
        indexes = (models.Index(fields=["dossier", "id"], name="shift_of"),)


class Wait(models.Model):
    """A time in which a message was held or in quarantine, once it is over; `since` is included, `until` is not."""

    message = models.ForeignKey(
        "births.Message", models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    state = models.TextField()
    code = models.TextField()
    kind = models.TextField()
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        indexes = (models.Index(fields=["message"], name="wait_of"),)


class Identified(models.Model):
    """A person got a personal id, or lost it, at an instant: whether there was one before."""

    person = models.ForeignKey(
        "persons.Person", models.PROTECT, related_name="+", db_constraint=False, db_index=False
    )
    at = models.DateTimeField()
    had_id = models.BooleanField()

    class Meta:
        indexes = (models.Index(fields=["person", "id"], name="identified_of"),)


class Mark(models.Model):
    """How far the lines have been made, in the ids of one source; nobody can still commit a lower one.

    The next mark is `pending_id`, once every transaction before `pending_xact` has ended.
    """

    name = models.TextField(primary_key=True)
    seen_id = models.BigIntegerField(default=0)
    pending_id = models.BigIntegerField(default=0)
    pending_xact = models.BigIntegerField(default=0)
