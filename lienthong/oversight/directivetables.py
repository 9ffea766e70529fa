"""Tables of the centre's letters (công văn đôn đốc): the letter, its questions, whom it went to, what was added later."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

STATES = ("draft", "issued", "closed")
KINDS = ("figure", "reasons", "text", "day", "yes_no", "plan")
LEVELS = ("office", "director")
MOST_NUMBER, MOST_SUBJECT, MOST_BODY = 60, 400, 20_000


class Directive(models.Model):
    """A letter of the centre that asks the provinces for a reply by a day (công văn đôn đốc).

    Written once it is issued: from then on the database refuses every change but its closing. `provinces` are the codes
    that the draft is meant for, all of the day when `everyone`. `period_first` to `period_last` are the days that its
    figures are about. `search_key` is number, subject and text without tones. `edit_no` grows with every save of the draft.
    """

    state = models.TextField(default="draft", db_default="draft")
    template = models.TextField(default="", db_default="")
    number = models.TextField(default="", db_default="")
    dated_on = models.DateField(null=True)
    subject = models.TextField(default="", db_default="")
    body = models.TextField(default="", db_default="")
    due_on = models.DateField(null=True)
    period_first = models.DateField(null=True)
    period_last = models.DateField(null=True)
    everyone = models.BooleanField(default=True, db_default=True)
    provinces = ArrayField(models.TextField(), default=list, db_default=[])
    signer_name = models.TextField(default="", db_default="")
    signer_title = models.TextField(default="", db_default="")
    copies = models.TextField(default="", db_default="")
    search_key = models.TextField(default="", db_default="")
    edit_no = models.IntegerField(default=0, db_default=0)
    drafted_by = models.TextField()
    drafted_at = models.DateTimeField()
    issued_by = models.TextField(default="", db_default="")
    issued_at = models.DateTimeField(null=True)
    closed_by = models.TextField(default="", db_default="")
    closed_at = models.DateTimeField(null=True)
    closed_note = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=STATES), name="directive_state"),
            models.CheckConstraint(
                condition=Q(state="draft")
                | (
                    ~Q(number="")
                    & ~Q(subject="")
                    & ~Q(signer_name="")
                    & ~Q(issued_by="")
                    & Q(
                        dated_on__isnull=False,
                        issued_at__isnull=False,
                        period_first__isnull=False,
                        period_last__gte=F("period_first"),
                        due_on__gte=F("dated_on"),
                    )
                ),
                name="directive_whole_when_issued",
            ),
            models.CheckConstraint(
                condition=~Q(state="closed") | (Q(closed_at__isnull=False) & ~Q(closed_by="")),
                name="directive_closed_by_somebody",
            ),
        )
        indexes = (models.Index(fields=["-dated_on", "-id"], name="directive_by_day"),)


class Question(models.Model):
    """One thing that a letter asks (câu hỏi). `place` is its number in the letter, from 1.

    `figure` names a live figure (`livefigures`), about the letter's period unless it has days of its own; `reason_list` a
    closed list of reasons. With `only_if_no` it is asked only where the question of that place is answered "no", or its figure is more than 0.
    """

    directive = models.ForeignKey(
        Directive, models.PROTECT, related_name="questions", db_index=False
    )
    place = models.SmallIntegerField()
    kind = models.TextField()
    text = models.TextField()
    is_required = models.BooleanField(default=True, db_default=True)
    only_if_no = models.SmallIntegerField(null=True)
    figure = models.TextField(default="", db_default="")
    period_first = models.DateField(null=True)
    period_last = models.DateField(null=True)
    reason_list = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["directive", "place"], name="question_place_once"),
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="question_kind"),
            models.CheckConstraint(
                condition=~Q(text="") & Q(place__gte=1, place__lte=60), name="question_asks"
            ),
            models.CheckConstraint(
                condition=(Q(kind="figure") & ~Q(figure="")) | (~Q(kind="figure") & Q(figure="")),
                name="question_figure_named",
            ),
            models.CheckConstraint(
                condition=(Q(kind="reasons") & ~Q(reason_list=""))
                | (~Q(kind="reasons") & Q(reason_list="")),
                name="question_list_named",
            ),
            models.CheckConstraint(
                condition=Q(period_first__isnull=True, period_last__isnull=True)
                | Q(kind="figure", period_last__gte=F("period_first")),
                name="question_period",
            ),
        )


class Addressee(models.Model):
    """A province that a letter went to, as it was called on the day of issue (nơi nhận), and the day its reply is due.

    `opened_at`: when somebody of the province first read the letter. `due_on` moves only by an addendum.
    """

    directive = models.ForeignKey(
        Directive, models.PROTECT, related_name="addressees", db_index=False
    )
    province_code = models.TextField()
    province_name = models.TextField()
    due_on = models.DateField()
    opened_at = models.DateTimeField(null=True)
    opened_by = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["directive", "province_code"], name="addressee_once_a_letter"
            ),
        )
        indexes = (
            models.Index(fields=["province_code", "directive"], name="addressee_of_province"),
        )


class Addendum(models.Model):
    """An act after the issue (bổ sung, gia hạn): a later due day or further words, with its reason. To one province or all ('')."""

    directive = models.ForeignKey(Directive, models.PROTECT, related_name="addenda")
    province_code = models.TextField(default="", db_default="")
    due_on = models.DateField(null=True)
    reason = models.TextField()
    added_by = models.TextField()
    added_at = models.DateTimeField()

    class Meta:
        constraints = (models.CheckConstraint(condition=~Q(reason=""), name="addendum_has_reason"),)


class Reminder(models.Model):
    """That a province was reminded of a letter on a day (nhắc trả lời): its office, or its directors. Once a day each."""

    addressee = models.ForeignKey(
        Addressee, models.PROTECT, related_name="reminders", db_index=False
    )
    level = models.TextField()
    on_day = models.DateField()
    told_count = models.IntegerField()
    reminded_by = models.TextField()
    reminded_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["addressee", "on_day", "level"], name="reminder_once_a_day"
            ),
            models.CheckConstraint(condition=Q(level__in=LEVELS), name="reminder_level"),
        )
