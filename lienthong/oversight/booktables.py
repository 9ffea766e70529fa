"""Tables of the books that balance (đối soát): what the ministry says it sent, and what is here of it, commune by commune.

A statement is kept for ever as it came; of one day and province the newest version counts. A book and a difference are
written by the reconciliation alone and never edited: what changes ends, and the next begins, so that the books can be read
as of any past instant.
"""

from django.db import models
from django.db.models import F, Func, Q

STATEMENT_STATES = ("taken", "superseded", "refused")
BOOKS = ("statement", "sent", "bytes", "child", "number", "card")


class Statement(models.Model):
    """A statement of one day and province (bảng kê ngày), to the byte, with the signature of its call.

    `taken`: it counts. `superseded`: a newer version does. `refused`: kept as evidence, its `code` says why. `key_id` is our
    key of the receipt, `signer` the sender's of the call; `packed` is the body as sent where that was packed.
    """

    source = models.TextField()
    day = models.DateField(null=True)
    province_code = models.TextField(default="")
    version = models.IntegerField(null=True)
    channel = models.TextField()
    peer = models.TextField(default="")
    received_at = models.DateTimeField()
    body = models.BinaryField()
    body_sha256 = models.GeneratedField(
        expression=Func(F("body"), function="sha256"),
        output_field=models.BinaryField(),
        db_persist=True,
    )
    state = models.TextField()
    code = models.TextField(default="")
    field = models.TextField(default="")
    correlation_id = models.UUIDField()
    key_id = models.TextField(default="")
    signer = models.TextField(default="")
    public_key = models.BinaryField(null=True)
    base = models.TextField(default="")
    signature_input = models.TextField(default="")
    signature = models.TextField(default="")
    coding = models.TextField(default="")
    packed = models.BinaryField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["source", "body_sha256"], name="statement_once"),
            models.UniqueConstraint(
                fields=["source", "day", "province_code", "version"],
                condition=~Q(state="refused"),
                name="statement_one_a_version",
            ),
            models.UniqueConstraint(
                fields=["source", "day", "province_code"],
                condition=Q(state="taken"),
                name="statement_one_taken",
            ),
            models.CheckConstraint(condition=Q(state__in=STATEMENT_STATES), name="statement_state"),
            models.CheckConstraint(
                condition=Q(channel__in=("http", "file")), name="statement_channel"
            ),
            models.CheckConstraint(
                condition=Q(state="refused")
                | (
                    Q(code="", day__isnull=False, version__gt=0)
                    & Q(province_code__regex=r"^[0-9]{2}$")
                ),
                name="statement_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="refused") | ~Q(code=""), name="statement_refused_why"
            ),
        )
        indexes = (models.Index(fields=["day"], condition=Q(state="taken"), name="statement_day"),)


class StatedCount(models.Model):
    """What a statement says of one commune: how many messages were sent. The list beside it has `listed_count`."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="counts", db_index=False)
    commune_code = models.TextField()
    sent_count = models.IntegerField()
    listed_count = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["statement", "commune_code"], name="stated_count_once"),
            models.CheckConstraint(
                condition=Q(sent_count__gte=0, listed_count__gte=0), name="stated_count_natural"
            ),
        )


class Stated(models.Model):
    """One message that a statement names, with the digest of the bytes that the ministry sent."""

    statement = models.ForeignKey(Statement, models.PROTECT, related_name="lines", db_index=False)
    commune_code = models.TextField()
    message_id = models.TextField()
    sha256 = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["statement", "message_id"], name="stated_once"),
        )
        indexes = (
            models.Index(fields=["message_id"], name="stated_message"),
            models.Index(fields=["sha256"], name="stated_digest"),
        )


class Book(models.Model):
    """The book of one commune and day (sổ đối soát), as it stood in [`since`, `until`); open when it stands.

    Each message counts once: on the day and commune that its statement names, else on the day it came. The identities are
    constraints, so that no book that does not add up can be kept. `area` is minus the province's code.
    """

    day = models.DateField()
    commune_code = models.TextField()
    province_code = models.TextField()
    area = models.IntegerField()
    is_stated = models.BooleanField()
    said_count = models.IntegerField()
    listed_count = models.IntegerField()
    twice_count = models.IntegerField()
    missing_count = models.IntegerField()
    unknown_count = models.IntegerField()
    bytes_count = models.IntegerField()
    received_count = models.IntegerField()
    aside_count = models.IntegerField()
    repeat_count = models.IntegerField()
    child_count = models.IntegerField()
    numberless_count = models.IntegerField()
    number_count = models.IntegerField()
    cardless_count = models.IntegerField()
    card_count = models.IntegerField()
    open_count = models.IntegerField()
    unexplained_count = models.IntegerField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["day", "province_code", "commune_code"],
                condition=Q(until__isnull=True),
                name="book_one_open",
            ),
            models.CheckConstraint(
                condition=Q(until__isnull=True) | Q(until__gte=F("since")), name="book_ends_after"
            ),
            models.CheckConstraint(
                condition=Q(
                    received_count=F("listed_count")
                    - F("twice_count")
                    - F("missing_count")
                    + F("unknown_count")
                ),
                name="book_sent_is_received",
            ),
            models.CheckConstraint(
                condition=Q(received_count=F("aside_count") + F("repeat_count") + F("child_count")),
                name="book_received_is_children",
            ),
            models.CheckConstraint(
                condition=Q(child_count=F("numberless_count") + F("number_count")),
                name="book_children_are_numbers",
            ),
            models.CheckConstraint(
                condition=Q(number_count=F("cardless_count") + F("card_count")),
                name="book_numbers_are_cards",
            ),
        )
        indexes = (
            models.Index(fields=["day", "province_code"], name="book_day"),
            models.Index(
                fields=["day"],
                condition=Q(until__isnull=True, open_count__gt=0),
                name="book_unsettled",
            ),
        )


class Difference(models.Model):
    """One difference between the two sides (chênh lệch), with its reason, as it stood in [`opened_at`, `closed_at`).

    A reason that changes closes the row and opens the next. `message_id` is empty for what concerns a whole province and
    day. `area` is the dossier's, else minus the province's code.
    """

    day = models.DateField()
    commune_code = models.TextField(default="")
    province_code = models.TextField(default="")
    area = models.IntegerField(default=0)
    source = models.TextField()
    message_id = models.TextField(default="")
    book = models.TextField()
    reason = models.TextField()
    code = models.TextField(default="")
    message_ref = models.BigIntegerField(null=True)
    dossier_id = models.BigIntegerField(null=True)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["source", "day", "province_code", "commune_code", "message_id", "book"],
                condition=Q(closed_at__isnull=True),
                name="difference_one_open",
            ),
            models.CheckConstraint(condition=Q(book__in=BOOKS), name="difference_book"),
            models.CheckConstraint(condition=~Q(reason=""), name="difference_has_reason"),
            models.CheckConstraint(
                condition=Q(closed_at__isnull=True) | Q(closed_at__gte=F("opened_at")),
                name="difference_ends_after",
            ),
        )
        indexes = (
            models.Index(fields=["day", "commune_code"], name="difference_day"),
            models.Index(
                fields=["message_id"], condition=~Q(message_id=""), name="difference_message"
            ),
            models.Index(
                fields=["reason", "day"],
                condition=Q(closed_at__isnull=True),
                name="difference_open_reason",
            ),
        )


class Resend(models.Model):
    """A message that the ministry was asked to send again (đề nghị gửi lại): how often, last by whom."""

    source = models.TextField()
    message_id = models.TextField()
    area = models.IntegerField()
    asked_count = models.IntegerField(default=1)
    asked_at = models.DateTimeField()
    asked_by = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["source", "message_id"], name="resend_once"),
        )


class ArrivedDay(models.Model):
    """How many messages came from a province on a day, by the books: whether it is connected, without reading them all."""

    day = models.DateField()
    province_code = models.TextField()
    message_count = models.IntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["province_code", "day"], name="arrived_day_once"),
            models.CheckConstraint(condition=Q(message_count__gt=0), name="arrived_day_some"),
        )


class LookedDay(models.Model):
    """When a day was last reconciled; `touched` days are to be looked at again at once."""

    day = models.DateField(primary_key=True)
    looked_at = models.DateTimeField(null=True)
    is_touched = models.BooleanField(default=False, db_default=False)
