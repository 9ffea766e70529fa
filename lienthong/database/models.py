"""Tables without a subject of their own: the allowed moves, the law as rows, the outbox, alarms."""

from django.db import models
from django.db.models import Func
from django.db.models.functions import Coalesce

_NOW = Func(function="clock_timestamp", output_field=models.DateTimeField())


class Move(models.Model):
    """One allowed move of one lifecycle; the Python tables are mirrored here (`moves.mirror`)."""

    pk = models.CompositePrimaryKey("machine", "from_state", "to_state")
    machine = models.TextField()
    from_state = models.TextField()
    to_state = models.TextField()

    class Meta:
        db_table = "database_move"


class LawStamp(models.Model):
    """Which version of the law the rows below were written from, and for which day."""

    name = models.TextField(primary_key=True)
    version = models.TextField()
    on_day = models.DateField()

    class Meta:
        db_table = "database_law_stamp"


class LawValidity(models.Model):
    """Cover by birth date: first day, day after the last, five-year day. One row per birth date that matters."""

    birth_date = models.DateField(primary_key=True)
    first_day = models.DateField()
    end_day = models.DateField()
    five_year_on = models.DateField()

    class Meta:
        db_table = "database_law_validity"


class LawRerouting(models.Model):
    """Who finishes a dossier that a change of divisions finds in a state (law.rerouting). One row per open state."""

    state = models.TextField(primary_key=True)
    rule = models.TextField()
    owner = models.TextField()
    voids_target = models.BooleanField()

    class Meta:
        db_table = "database_law_rerouting"


class Outbox(models.Model):
    """One call to the outside that a committed change owes: what to whom, and how far it has come.

    Insert (kind, key, version, payload) in the transaction of the change; the database fills the rest. `key`
    names the thing and `version` its state, so that a repeated step owes nothing twice. Ids and codes only.
    """

    kind = models.TextField()
    key = models.TextField()
    version = models.IntegerField()
    payload = models.JSONField(default=dict)
    created_at = models.DateTimeField(db_default=_NOW)
    state = models.TextField(db_default="pending")
    attempts = models.IntegerField(db_default=0)
    next_at = models.DateTimeField(db_default=_NOW)
    lease_until = models.DateTimeField(null=True)
    fence = models.BigIntegerField(db_default=0)
    sent_at = models.DateTimeField(null=True)
    answer = models.TextField(db_default="")
    trace = models.TextField(
        db_default=Coalesce(
            models.Func(
                models.Value("lienthong.trace"), models.Value(True), function="current_setting"
            ),
            models.Value(""),
        )
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["kind", "key", "version"], name="outbox_once"),
            models.CheckConstraint(
                condition=models.Q(state__in=("pending", "sent", "dead")), name="outbox_state"
            ),
            models.CheckConstraint(
                condition=models.Q(sent_at__isnull=False) | ~models.Q(state="sent"),
                name="outbox_sent_when",
            ),
        )
        indexes = (
            models.Index(
                fields=["kind", "next_at", "id"],
                name="outbox_due",
                condition=models.Q(state="pending"),
            ),
        )


class Alarm(models.Model):
    """Something a person must look at. One open alarm for one subject, however often it is raised."""

    name = models.TextField()
    subject = models.TextField()
    detail = models.JSONField(default=dict)
    raised_at = models.DateTimeField(db_default=_NOW)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["name", "subject"],
                name="alarm_once_open",
                condition=models.Q(closed_at__isnull=True),
            ),
        )


class Pulse(models.Model):
    """When a task of the worker last ran (nhịp): written every few seconds, read by alarms, metrics and readiness."""

    task = models.TextField(primary_key=True)
    ran_at = models.DateTimeField()
    moved_count = models.BigIntegerField(default=0, db_default=0)
    failed_count = models.BigIntegerField(default=0, db_default=0)


class Gauge(models.Model):
    """A figure about the whole, as the worker counted it last (đại lượng vận hành): for `/metrics`, which sees no table."""

    pk = models.CompositePrimaryKey("name", "label")
    name = models.TextField()
    label = models.TextField()
    value = models.FloatField()
    at = models.DateTimeField()
