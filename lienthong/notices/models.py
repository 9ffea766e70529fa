"""Tables of notices: the addresses people can be reached at, what was told to whom, how far events were read."""

from typing import ClassVar

from django.db import models
from django.db.models import Func, Q

CHANNELS = ("email", "sms")
SOURCES = ("message", "officer", "self", "link")


class Contact(models.Model):
    """Where a family or an officer is reached on one channel, and whether optional notices are wanted there.

    Effective-dated: a change of address or of consent ends the row and begins another. `token` stands in the link by
    which the reader stops optional notices without signing in.
    """

    subject_kind = models.TextField()
    subject_id = models.BigIntegerField()
    channel = models.TextField()
    address = models.TextField()
    name = models.TextField(default="", db_default="")
    wants_optional = models.BooleanField(default=False, db_default=False)
    source = models.TextField()
    token = models.UUIDField(db_default=Func(function="gen_random_uuid"))
    since = models.DateTimeField()
    entered_by = models.TextField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(default="", db_default="")

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(subject_kind__in=("officer", "person", "dossier")),
                name="contact_subject",
            ),
            models.CheckConstraint(condition=Q(channel__in=CHANNELS), name="contact_channel"),
            models.CheckConstraint(condition=Q(source__in=SOURCES), name="contact_source"),
            models.CheckConstraint(
                condition=Q(channel="sms", address__regex=r"^\+84[0-9]{9}$")
                | Q(
                    channel="email",
                    address__regex=r"^[^[:cntrl:][:space:]<>@,;]+@[^[:space:]<>@,;]+$",
                ),
                name="contact_address_form",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by="")
                | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
                name="contact_ended_whole",
            ),
            models.UniqueConstraint(fields=["token"], name="contact_token_once"),
            models.UniqueConstraint(
                fields=["subject_kind", "subject_id", "channel"],
                condition=Q(ended_at__isnull=True),
                name="contact_one_current",
            ),
        ]


class Notice(models.Model):
    """One thing told to one recipient on one channel (thông báo). Its letter stands in the outbox; `page` needs none.

    `key` names what happened, so that it is told once for ever. `words` fill the template when it is read or sent; the
    text itself is not kept, nor is the address.
    """

    kind = models.TextField()
    key = models.TextField()
    channel = models.TextField()
    recipient = models.TextField()
    account = models.ForeignKey(
        "accounts.Officer", models.PROTECT, null=True, related_name="+", db_index=False
    )
    subject_kind = models.TextField()
    subject_id = models.BigIntegerField()
    area = models.IntegerField(default=0)
    words = models.JSONField(default=dict)
    made_at = models.DateTimeField()
    made_by = models.TextField()
    read_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(
                condition=Q(channel__in=(*CHANNELS, "page")), name="notice_channel"
            ),
            models.CheckConstraint(
                condition=Q(channel="page", account__isnull=False) | ~Q(channel="page"),
                name="notice_page_has_reader",
            ),
            models.UniqueConstraint(
                fields=["kind", "key", "recipient", "channel"], name="notice_once"
            ),
        ]
        indexes: ClassVar = [
            models.Index(
                fields=["account", "-id"], condition=Q(channel="page"), name="notice_of_account"
            ),
            models.Index(
                fields=["account"],
                condition=Q(channel="page", read_at__isnull=True),
                name="notice_unread",
            ),
            models.Index(fields=["subject_kind", "subject_id"], name="notice_of_subject"),
        ]


class Watermark(models.Model):
    """How far one table of events has been read: up to `done_id`, and safely up to `ceiling_id` once `ceiling_xid` is past."""

    name = models.TextField(primary_key=True)
    done_id = models.BigIntegerField(default=0)
    ceiling_id = models.BigIntegerField(default=0)
    ceiling_xid = models.BigIntegerField(default=0)


class Passcode(models.Model):
    """A one-time code that was sent to a child's family (mã xác nhận), as a hash; opened, it lets them see its data.

    `person_id` has no foreign key: persons stand on a floor of their own, and a code lives for minutes.
    """

    nonce = models.UUIDField(primary_key=True)
    person_id = models.BigIntegerField()
    code_sha256 = models.BinaryField()
    made_at = models.DateTimeField(
        db_default=Func(function="clock_timestamp", output_field=models.DateTimeField())
    )
    try_count = models.SmallIntegerField(db_default=0)
    opened_at = models.DateTimeField(null=True)

    class Meta:
        constraints: ClassVar = [
            models.CheckConstraint(condition=Q(try_count__range=(0, 5)), name="passcode_tries"),
        ]
        indexes: ClassVar = [
            models.Index(fields=["person_id", "made_at"], name="passcode_of_person"),
        ]
