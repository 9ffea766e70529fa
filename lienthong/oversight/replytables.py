"""Tables of the provinces' replies to the centre's letters (trả lời công văn), and the closed lists of reasons."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

STATES = ("draft", "presented", "sent")


class Reason(models.Model):
    """A reason that a reply may give (lý do), in one of the closed lists, with the days on which it may be chosen."""

    list_name = models.TextField()
    code = models.TextField()
    place = models.SmallIntegerField()
    label = models.TextField()
    valid_from = models.DateField()
    valid_to = models.DateField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["list_name", "code"], name="reason_code_once"),
        )


class Reply(models.Model):
    """One version of a province's reply. Only a sent one counts, and of several sent ones the last.

    A further version corrects the one before and says why (`reason`). `as_of` is the instant whose live figures it has.
    `editors` are the persons who wrote in it: none of them may sign it. `due_on` is the day that held at the sending.
    `edit_no` grows with every save.
    """

    addressee = models.ForeignKey(
        "oversight.Addressee", models.PROTECT, related_name="replies", db_index=False
    )
    province_code = models.TextField()
    version = models.SmallIntegerField()
    state = models.TextField(default="draft", db_default="draft")
    reason = models.TextField(default="", db_default="")
    as_of = models.DateTimeField(null=True)
    edit_no = models.IntegerField(default=0, db_default=0)
    drafted_by = models.TextField()
    drafted_at = models.DateTimeField()
    editors = ArrayField(models.BigIntegerField(), default=list, db_default=[])
    edited_by = models.TextField(default="", db_default="")
    edited_at = models.DateTimeField(null=True)
    presented_by = models.TextField(default="", db_default="")
    presented_at = models.DateTimeField(null=True)
    returned_by = models.TextField(default="", db_default="")
    returned_at = models.DateTimeField(null=True)
    returned_note = models.TextField(default="", db_default="")
    number = models.TextField(default="", db_default="")
    signed_by = models.TextField(default="", db_default="")
    signed_person = models.BigIntegerField(null=True)
    signer_name = models.TextField(default="", db_default="")
    signer_title = models.TextField(default="", db_default="")
    sent_at = models.DateTimeField(null=True)
    due_on = models.DateField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["addressee", "version"], name="reply_version_once"),
            models.UniqueConstraint(
                fields=["addressee"], condition=~Q(state="sent"), name="reply_one_open"
            ),
            models.CheckConstraint(condition=Q(state__in=STATES), name="reply_state"),
            models.CheckConstraint(
                condition=Q(version=1) | (Q(version__gt=1) & ~Q(reason="")),
                name="reply_correction_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(state="draft") | ~Q(presented_by=""), name="reply_presented_by_somebody"
            ),
            models.CheckConstraint(
                condition=(
                    Q(state="sent", sent_at__isnull=False, due_on__isnull=False)
                    & Q(signed_person__isnull=False)
                    & ~Q(signer_name="")
                    & ~Q(signer_title="")
                    & ~Q(signed_by="")
                )
                | (~Q(state="sent") & Q(sent_at__isnull=True, signed_person__isnull=True)),
                name="reply_sent_is_signed",
            ),
        )
        indexes = (
            models.Index(
                fields=["province_code", "state"], condition=~Q(state="sent"), name="reply_open"
            ),
        )


class ReplyLine(models.Model):
    """What a reply says to one question; the columns of the question's kind, the rest stay empty.

    `live` is the figure that the system counted, `own` the province's with its `own_reason` for the difference. `plans` is a
    list of {"work", "who", "until"}.
    """

    reply = models.ForeignKey(Reply, models.PROTECT, related_name="lines", db_index=False)
    question = models.ForeignKey(
        "oversight.Question", models.PROTECT, related_name="+", db_index=False
    )
    live = models.FloatField(null=True)
    own = models.FloatField(null=True)
    own_reason = models.TextField(default="", db_default="")
    reasons = ArrayField(models.TextField(), default=list, db_default=[])
    text = models.TextField(default="", db_default="")
    day = models.DateField(null=True)
    is_yes = models.BooleanField(null=True)
    plans = models.JSONField(default=list, db_default=[])

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["reply", "question"], name="reply_line_once"),
        )
