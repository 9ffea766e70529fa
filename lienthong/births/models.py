"""Tables of what the ministry sends: the message as received, the register entry, the birth read from it.

The message is kept for ever, byte for byte. A birth is one version of the facts; the register entry points to
the version in force and to its dossier.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import BrinIndex
from django.db import models
from django.db.models import F, Func, Q

from lienthong.births.doubletables import Duplicate, Evidence  # noqa: F401 - tables of this app

MESSAGE_STATES = ("pending", "held", "quarantined", "applied", "not_entitled", "superseded")
_NO_DOSSIER = Q(state__in=("held", "quarantined", "superseded", "not_entitled"))
_JOINED = Q(joined_dossier__isnull=False)
_CANCELS = Q(kind="cancel", state="applied")
_CAME = ["received_at", "judged_at"]


def _sha256_of_body() -> models.GeneratedField:
    return models.GeneratedField(
        expression=Func(F("body"), function="sha256"),
        output_field=models.BinaryField(),
        db_persist=True,
    )


class Registration(models.Model):
    """One entry of one register book (việc đăng ký khai sinh): the natural key of a birth.

    `applied_version` is the newest version of the facts, `cancelled_version` the newest cancellation, which may come before
    the first create (a tombstone). Live when the former is greater. What comes on paper ranks right behind the electronic
    version it was written after, by `…_paper_no` (`ranks`); 0 is electronic. `joined_dossier`: a paper's entry whose
    child came electronically under another one. That one has the dossier.
    """

    commune_code = models.TextField()
    book = models.TextField()
    number = models.TextField()
    year = models.SmallIntegerField()
    applied_version = models.IntegerField(null=True)
    applied_paper_no = models.SmallIntegerField(default=0, db_default=0)
    cancelled_version = models.IntegerField(null=True)
    cancelled_paper_no = models.SmallIntegerField(default=0, db_default=0)
    dossier = models.OneToOneField("dossiers.Dossier", models.PROTECT, null=True, related_name="+")
    joined_dossier = models.ForeignKey(
        "dossiers.Dossier", models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["commune_code", "book", "number", "year"], name="registration_once"
            ),
            models.CheckConstraint(
                condition=Q(dossier__isnull=True) | Q(joined_dossier__isnull=True),
                name="registration_one_dossier",
            ),
        )
        indexes = (
            models.Index(fields=["joined_dossier"], condition=_JOINED, name="registration_joined"),
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
                fields=["commune_code", "judged_at"], condition=_CANCELS, name="message_cancels"
            ),
            models.Index(fields=["registration"], name="message_registration"),
            BrinIndex(fields=_CAME, name="message_received", pages_per_range=16),
            models.Index(fields=["received_at"], condition=_NO_DOSSIER, name="message_aside"),
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


class SentBody(models.Model):
    """The body of a call as sent, where no message is it to the byte: a batch, or one that came packed. Once for all calls."""

    sha256 = models.BinaryField(primary_key=True)
    body = models.BinaryField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(sha256=Func(F("body"), function="sha256")), name="sent_body_as_named"
            ),
        )


class Signature(models.Model):
    """The sender's signature of one call (chữ ký của bên gửi), shared by the deliveries of its batch; kept for ever.

    The key is as our accounts knew it when the call came. `sent` is null where the one message is the body as sent.
    """

    correlation_id = models.UUIDField(primary_key=True)
    key_id = models.TextField()
    public_key = models.BinaryField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    base = models.TextField()
    signature_input = models.TextField()
    signature = models.TextField()
    coding = models.TextField(default="")
    items = models.SmallIntegerField(default=1)
    sent = models.ForeignKey(
        SentBody, models.PROTECT, null=True, db_column="sent_sha256", db_index=False
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(sent__isnull=False, coding__in=("", "gzip"), items__gte=1)
                | Q(sent__isnull=True, coding="", items=1),
                name="signature_has_body",
            ),
        )


class Birth(models.Model):
    """The facts of one birth in one version, as read from one message. One row per accepted version."""

    registration = models.ForeignKey(
        Registration, models.PROTECT, related_name="births", db_index=False
    )
    version = models.IntegerField()
    paper_no = models.SmallIntegerField(default=0, db_default=0)
    message = models.OneToOneField(Message, models.PROTECT, related_name="birth")
    facts_sha256 = models.BinaryField()
    entitled = models.BooleanField(default=True)
    entitlement_code = models.TextField(default="")
    facts = models.JSONField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["registration", "version", "paper_no"], name="birth_one_a_version"
            ),
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


DECISIONS = ("exchange", "keep", "attach", "revoke", "told")


class Decision(models.Model):
    """What officers decided about a registration that changed after the card was out (xử lý điều chỉnh sau cấp thẻ).

    It is about one version of the facts (`birth`) and the `card` that was out. `exchange`: a further card was asked for
    (`further`). `keep`: card and child stay as they are. `attach`: the child takes the personal id that is registered
    now, in place of `personal_id_before`. `revoke`: one officer asks, another confirms. `told`: the family knows that
    the card was taken away. Written once, but for the second officer's word and for its being dropped.
    """

    task = models.ForeignKey("dossiers.Task", models.PROTECT, related_name="+", db_index=False)
    birth = models.ForeignKey(Birth, models.PROTECT, related_name="+", db_index=False)
    card = models.ForeignKey(
        "cards.Card", models.PROTECT, null=True, related_name="+", db_index=False
    )
    further = models.ForeignKey("cards.Card", models.PROTECT, null=True, related_name="+")
    kind = models.TextField()
    reason = models.TextField(default="")
    note = models.TextField(default="")
    personal_id_before = models.TextField(default="")
    asked_person = models.BigIntegerField()
    asked_by = models.TextField()
    asked_at = models.DateTimeField()
    confirmed_person = models.BigIntegerField(null=True)
    confirmed_by = models.TextField(default="")
    confirmed_at = models.DateTimeField(null=True)
    dropped_at = models.DateTimeField(null=True)
    dropped_by = models.TextField(default="")
    dropped_note = models.TextField(default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["task"],
                condition=Q(dropped_at__isnull=True),
                name="decision_one_live_a_task",
            ),
            models.CheckConstraint(condition=Q(kind__in=DECISIONS), name="decision_kind"),
            models.CheckConstraint(
                condition=~Q(kind__in=("keep", "revoke", "attach")) | ~Q(note=""),
                name="decision_has_note",
            ),
            models.CheckConstraint(
                condition=Q(kind="exchange", further__isnull=False)
                | (~Q(kind="exchange") & Q(further__isnull=True)),
                name="decision_further_card",
            ),
            models.CheckConstraint(
                condition=~Q(kind="revoke") | (~Q(reason="") & Q(card__isnull=False)),
                name="decision_revokes_for_a_reason",
            ),
            models.CheckConstraint(
                condition=Q(confirmed_person__isnull=True, confirmed_at__isnull=True)
                | (
                    Q(kind="revoke", confirmed_person__gt=0, confirmed_at__isnull=False)
                    & ~Q(confirmed_person=F("asked_person"))
                ),
                name="decision_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(dropped_at__isnull=True) | Q(confirmed_at__isnull=True),
                name="decision_confirmed_stands",
            ),
        )


class Paper(models.Model):
    """What an officer typed from paper (hồ sơ giấy), beside the message that it became: why, by whom, ranking where.

    `after_version` is the electronic version that the officer had before him, 0 for none; `paper_no` orders papers
    behind one version. `replaces` is the cancelled dossier whose child this is, under new facts (A3). `seen` are the
    dossiers of children alike that the officer was shown and said to be others. Written once.
    """

    message = models.OneToOneField(Message, models.PROTECT, related_name="paper")
    reason = models.TextField()
    kind = models.TextField()
    note = models.TextField(default="")
    commune_code = models.TextField()
    book = models.TextField()
    number = models.TextField()
    year = models.SmallIntegerField()
    after_version = models.IntegerField(default=0)
    paper_no = models.SmallIntegerField(default=1)
    replaces = models.ForeignKey(
        "dossiers.Dossier", models.PROTECT, null=True, related_name="+", db_index=False
    )
    seen = ArrayField(models.BigIntegerField(), default=list)
    area = models.IntegerField()
    province_code = models.TextField()
    entered_person = models.BigIntegerField()
    entered_by = models.TextField()
    entered_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["commune_code", "book", "number", "year", "after_version", "paper_no"],
                name="paper_one_a_rank",
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("create", "correct", "cancel")), name="paper_kind"
            ),
            models.CheckConstraint(condition=Q(paper_no__gt=0), name="paper_counts_from_one"),
            models.CheckConstraint(
                condition=~Q(reason="") & (~Q(reason="K") | ~Q(note="")), name="paper_reason"
            ),
        )
        indexes = (models.Index(fields=["area", "id"], name="paper_area"),)


class Scan(models.Model):
    """One scanned page or file of a paper's evidence; its bytes stand in the scans folder under `name`. Written once."""

    paper = models.ForeignKey(Paper, models.PROTECT, related_name="scans")
    place = models.SmallIntegerField()
    name = models.TextField()
    form = models.TextField()
    size = models.IntegerField()
    sha256 = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["name"], name="scan_name_once"),
            models.CheckConstraint(
                condition=Q(name__regex=r"^[0-9a-f]{32}$"), name="scan_name_is_ours"
            ),
            models.CheckConstraint(
                condition=Q(form__in=("pdf", "jpeg", "png"), size__gt=0), name="scan_form"
            ),
        )


class PaperRefusal(models.Model):
    """A paper that was not taken (mã X, or a reason that does not fit): counted, as a signal; nobody is named in it."""

    at = models.DateTimeField()
    by = models.TextField()
    reason = models.TextField()
    code = models.TextField()
    area = models.IntegerField()
    province_code = models.TextField()

    class Meta:
        indexes = (models.Index(fields=["province_code", "at"], name="paper_refusal_of"),)
