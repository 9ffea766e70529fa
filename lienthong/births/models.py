"""Tables of what the ministry sends: the message as received, the register entry, the birth read from it.

The message is kept for ever, byte for byte. A birth is one version of the facts; the register entry points to
the version in force and to its dossier.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Func, Q

MESSAGE_STATES = ("pending", "held", "quarantined", "applied", "not_entitled", "superseded")


def _sha256_of_body() -> models.GeneratedField:
    return models.GeneratedField(
        expression=Func(F("body"), function="sha256"),
        output_field=models.BinaryField(),
        db_persist=True,
    )


class Registration(models.Model):
    """One entry of one register book (việc đăng ký khai sinh): the natural key of a birth.

    `applied_version` is the newest version of the facts, `cancelled_version` the newest cancellation, which
    may come before the first create (a tombstone). Live when the former is greater.
    """

    commune_code = models.TextField()
    book = models.TextField()
    number = models.TextField()
    year = models.SmallIntegerField()
    applied_version = models.IntegerField(null=True)
    cancelled_version = models.IntegerField(null=True)
    dossier = models.OneToOneField("dossiers.Dossier", models.PROTECT, null=True, related_name="+")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["commune_code", "book", "number", "year"], name="registration_once"
            ),
        )


class Message(models.Model):
    """A message as received (thông điệp): its bytes, what became of it, and why. Bytes are never changed."""

    source = models.TextField()
    message_id = models.TextField()
    body = models.BinaryField()
    body_sha256 = _sha256_of_body()
    received_at = models.DateTimeField()
    channel = models.TextField()
    key_id = models.TextField(default="")
    state = models.TextField(default="pending")
    code = models.TextField(default="")
    field = models.TextField(default="")
    warnings = ArrayField(models.TextField(), default=list)
    kind = models.TextField(default="")
    version = models.IntegerField(null=True)
    commune_code = models.TextField(default="")
    registration = models.ForeignKey(
        Registration, models.PROTECT, null=True, related_name="messages"
    )
    held_for = models.TextField(default="")
    attempts = models.SmallIntegerField(default=0)
    judged_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["source", "message_id"], name="message_once"),
            models.CheckConstraint(condition=Q(state__in=MESSAGE_STATES), name="message_state"),
            models.CheckConstraint(
                condition=Q(channel__in=("http", "file", "paper")), name="message_channel"
            ),
            models.CheckConstraint(
                condition=~Q(state="held") | ~Q(held_for=""), name="message_held_for_something"
            ),
        )
        indexes = (
            models.Index(fields=["id"], condition=Q(state="pending"), name="message_pending"),
            models.Index(fields=["held_for"], condition=Q(state="held"), name="message_held"),
            models.Index(
                fields=["commune_code", "judged_at"],
                condition=Q(kind="cancel", state="applied"),
                name="message_cancels",
            ),
            models.Index(fields=["registration"], name="message_registration"),
        )


class Conflict(models.Model):
    """Other bytes under a known message id: kept as evidence, changes nothing."""

    message = models.ForeignKey(Message, models.PROTECT, related_name="conflicts")
    body = models.BinaryField()
    body_sha256 = _sha256_of_body()
    received_at = models.DateTimeField()
    equivalent = models.BooleanField(default=False)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["message", "body_sha256"], name="conflict_once"),
        )


class Delivery(models.Model):
    """Each delivery that reached us, refused ones too: nothing that a sender tried is without a trace."""

    received_at = models.DateTimeField()
    channel = models.TextField()
    peer = models.TextField(default="")
    size = models.BigIntegerField()
    sha256 = models.BinaryField()
    head = models.BinaryField(null=True)
    outcome = models.TextField()
    message_ref = models.ForeignKey(
        Message, models.PROTECT, null=True, related_name="deliveries", db_column="message_ref"
    )
    code = models.TextField(default="")
    field = models.TextField(default="")
    correlation_id = models.UUIDField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(outcome__in=("stored", "duplicate", "conflict", "refused")),
                name="delivery_outcome",
            ),
            models.CheckConstraint(
                condition=Q(outcome="refused") | Q(message_ref__isnull=False),
                name="delivery_points_to_message",
            ),
        )


class Birth(models.Model):
    """The facts of one birth in one version, as read from one message. One row per accepted version."""

    registration = models.ForeignKey(
        Registration, models.PROTECT, related_name="births", db_index=False
    )
    version = models.IntegerField()
    message = models.OneToOneField(Message, models.PROTECT, related_name="birth")
    facts_sha256 = models.BinaryField()
    entitled = models.BooleanField(default=True)
    entitlement_code = models.TextField(default="")
    facts = models.JSONField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["registration", "version"], name="birth_one_a_version"),
        )


class Release(models.Model):
    """Two persons' word that a cancellation held by the brake may be applied: one asks, another confirms."""

    message = models.OneToOneField(Message, models.PROTECT, related_name="release")
    asked_person = models.BigIntegerField()
    asked_by = models.TextField()
    asked_at = models.DateTimeField()
    confirmed_person = models.BigIntegerField(null=True)
    confirmed_by = models.TextField(default="")
    confirmed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(asked_person__gt=0)
                & (
                    Q(confirmed_person__isnull=True)
                    | (Q(confirmed_person__gt=0) & ~Q(confirmed_person=F("asked_person")))
                ),
                name="release_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_person__isnull=True, confirmed_at__isnull=True)
                | Q(confirmed_person__isnull=False, confirmed_at__isnull=False),
                name="release_confirmed_whole",
            ),
        )
