"""Tables of the audit log: entries, their leaves in the hash chain, and the signed checkpoints.

Written by plain SQL (`trail`, `audit_write`, `sealing`), never through these classes: they describe the schema.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Func, Q

_NOW = Func(function="clock_timestamp", output_field=models.DateTimeField())
_THIS_TRANSACTION = Func(
    function="pg_current_xact_id",
    template="%(function)s()::text::bigint",
    output_field=models.BigIntegerField(),
)


class Entry(models.Model):
    """One act or one look at one subject. `at` and `xact` are the database's own; `decided_at` is the caller's.

    `by` is the actor's label, `fields` the names of the facts shown, `digest` binds rows kept elsewhere.
    """

    at = models.DateTimeField(db_default=_NOW)
    decided_at = models.DateTimeField(null=True)
    xact = models.BigIntegerField(db_default=_THIS_TRANSACTION)
    by = models.TextField()
    account_id = models.BigIntegerField(db_default=0)
    action = models.TextField()
    subject_kind = models.TextField(db_default="")
    subject_id = models.BigIntegerField(null=True)
    purpose = models.TextField(db_default="")
    fields = ArrayField(models.TextField(), default=list)
    request_id = models.TextField(db_default="")
    detail = models.JSONField(default=dict)
    digest = models.BinaryField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(by=""), name="audit_entry_has_actor"),
            models.CheckConstraint(condition=~Q(action=""), name="audit_entry_has_action"),
        )
        indexes = (
            models.Index(fields=["xact"], name="audit_entry_xact"),
            models.Index(fields=["subject_kind", "subject_id", "id"], name="audit_entry_subject"),
        )


class Leaf(models.Model):
    """The place of one entry in the sealed order: contiguous from 1, in the order of sealing."""

    seq = models.BigIntegerField(primary_key=True)
    entry_id = models.BigIntegerField(unique=True)
    leaf = models.BinaryField()


class Checkpoint(models.Model):
    """The signed state of the chain after its first `size` leaves.

    `horizon` is the oldest transaction still running at that moment: what it wrote may be sealed later.
    """

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    prev = models.BinaryField()
    at = models.DateTimeField()
    decided_at = models.DateTimeField()
    horizon = models.BigIntegerField()
    key_id = models.TextField()
    signature = models.BinaryField()


class Subject(models.Model):
    """The table whose visibility decides who may read the entries about a kind of subject."""

    kind = models.TextField(primary_key=True)
    table_name = models.TextField()
