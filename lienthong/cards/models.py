"""Tables of the card: request, approval, card, its events, print runs, hand-over, forms, links.

The database holds the promises: four eyes bound to the exact bytes of the request, one active card a day,
no gap in cover, no card without a cause, no second approval, a reason for every reprint.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Deferrable, F, Func, Q

from lienthong.cards.finding_tables import Finding, FindingStep, Look, OfficeDay, StepDue
from lienthong.cards.lifecycle import STATUSES
from lienthong.cards.lookup_tables import (
    LookupChange,
    LookupDay,
    LookupPeak,
    LookupSetting,
    LookupTarget,
    TemporaryCode,
)
from lienthong.cards.reducing_tables import Reduction

__all__ = [
    "Finding",
    "FindingStep",
    "Look",
    "LookupChange",
    "LookupDay",
    "LookupPeak",
    "LookupSetting",
    "LookupTarget",
    "OfficeDay",
    "Reduction",
    "StepDue",
    "TemporaryCode",
]

FORMS = ("CARD_1313", "CARD_1666")
MANNERS = ("paper", "electronic")
PAPER_GROUNDS = ("no app", "no account", "no chip card", "on request")


class Request(models.Model):
    """A request for a card (yêu cầu duyệt thẻ): the canonical bytes an approver signs off. Never edited.

    A further card (cấp lại, đổi thẻ) names the card it `replaces` and its `ground`.
    """

    kind = models.TextField(default="first")
    replaces = models.ForeignKey(
        "Card", models.PROTECT, null=True, related_name="+", db_index=False
    )
    ground = models.TextField(default="", db_default="")
    dossier = models.ForeignKey(
        "dossiers.Dossier", models.PROTECT, related_name="+", db_index=False
    )
    person = models.ForeignKey("persons.Person", models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey("catalogues.Unit", models.PROTECT, related_name="+", db_index=False)
    area = models.IntegerField()
    body = models.BinaryField()
    body_sha256 = models.GeneratedField(
        expression=Func(F("body"), function="sha256"),
        output_field=models.BinaryField(),
        db_persist=True,
    )
    requester_person = models.BigIntegerField()
    requested_by = models.TextField()
    requested_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["id", "body_sha256", "requester_person"], name="request_content"
            ),
            models.UniqueConstraint(
                fields=["dossier"],
                condition=Q(withdrawn_at__isnull=True, kind="first"),
                name="request_one_live_a_dossier",
            ),
            models.CheckConstraint(
                condition=Q(kind="first", replaces__isnull=True, ground="")
                | (
                    Q(kind__in=("reissue", "exchange", "renewal"), replaces__isnull=False)
                    & ~Q(ground="")
                ),
                name="request_further_names_its_card",
            ),
        )


class Approval(models.Model):
    """One approval of one request; a composite foreign key binds it to the request's bytes and requester."""

    request = models.OneToOneField(Request, models.PROTECT, primary_key=True, related_name="+")
    body_sha256 = models.BinaryField()
    requester_person = models.BigIntegerField()
    approver_person = models.BigIntegerField()
    approved_by = models.TextField()
    area = models.IntegerField()
    at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(approver_person=F("requester_person")) & Q(approver_person__gt=0),
                name="approval_four_eyes",
            ),
        )


class Card(models.Model):
    """A health-insurance card (thẻ BHYT), from request on; active from the instant of approval.

    Name, birth date and address stand as they are printed. `valid` is half-open. `version` counts issues of
    the card to this person and stands in its QR. `replaces` is that of its request; one waits in place of a card at a
    time, however many did before.
    """

    code = models.TextField()
    person = models.ForeignKey("persons.Person", models.PROTECT, related_name="+")
    dossier = models.ForeignKey(
        "dossiers.Dossier", models.PROTECT, related_name="+", db_index=False
    )
    unit = models.ForeignKey("catalogues.Unit", models.PROTECT, related_name="+", db_index=False)
    area = models.IntegerField()
    request = models.OneToOneField(Request, models.PROTECT, related_name="+")
    approval = models.OneToOneField(Approval, models.PROTECT, null=True, related_name="+")
    replaces = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", db_index=False
    )
    status = models.TextField()
    insurance_number = models.TextField()
    beneficiary_group = models.TextField()
    benefit_level = models.SmallIntegerField()
    province_code = models.TextField()
    valid = DateRangeField()
    five_year_on = models.DateField()
    facility_code = models.TextField()
    area_code = models.TextField(default="")
    commune_code = models.TextField()
    full_name = models.TextField()
    born_on = models.DateField()
    sex = models.TextField()
    address = models.TextField(default="")
    guardian_name = models.TextField(default="")
    version = models.IntegerField(default=1)
    approved_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    end_reason = models.TextField(default="")
    print_count = models.IntegerField(default=0)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(status__in=STATUSES), name="card_status"),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z]{2}[1-5][0-9]{2}([0-9]{10}|[0-9]{12})$"),
                name="card_code_form",
            ),
            models.CheckConstraint(
                condition=Q(status__in=("requested", "cancelled")) | Q(approval__isnull=False),
                name="card_approved_before_active",
            ),
            models.CheckConstraint(
                condition=Q(approval__isnull=True) | Q(approval_id=F("request_id")),
                name="card_approval_of_its_request",
            ),
            models.CheckConstraint(condition=Q(valid__isempty=False), name="card_valid_not_empty"),
            models.UniqueConstraint(
                fields=["replaces"],
                condition=Q(status="requested", replaces__isnull=False),
                name="card_one_waiting_a_replaced_card",
            ),
            ExclusionConstraint(
                name="card_one_active_a_day",
                expressions=[("person", RangeOperators.EQUAL), ("valid", RangeOperators.OVERLAPS)],
                condition=Q(status="active"),
                deferrable=Deferrable.IMMEDIATE,
            ),
        )
        indexes = (
            models.Index(fields=["area", "status", "id"], name="card_area_status"),
            models.Index(fields=["insurance_number"], name="card_number"),
            models.Index(fields=["dossier"], name="card_dossier"),
            models.Index(
                fields=["facility_code", "id"],
                condition=Q(status="active"),
                name="card_facility_children",
            ),
        )


class Event(models.Model):
    """One move of one card, written by the trigger in the statement that moved it; never updated."""

    # No constraint: only the trigger writes here, from the rows themselves, and no card is ever deleted.
    card = models.ForeignKey(
        Card, models.PROTECT, related_name="events", db_index=False, db_constraint=False
    )
    machine = models.TextField(default="card")
    batch = models.BigIntegerField()
    at = models.DateTimeField()
    from_state = models.TextField()
    to_state = models.TextField()
    by = models.TextField()
    reason = models.TextField(default="")

    class Meta:
        indexes = (models.Index(fields=["card", "id"], name="card_event_of"),)


class PrintRun(models.Model):
    """One batch sent to the printer (lô in): who, when, how many cards, how many sheets were spoilt."""

    number = models.TextField(unique=True)
    unit = models.ForeignKey("catalogues.Unit", models.PROTECT, null=True, related_name="+")
    area = models.IntegerField()
    by = models.TextField()
    at = models.DateTimeField()
    card_count = models.IntegerField()
    reason = models.TextField(default="")


class Copy(models.Model):
    """One printed copy of one card. The second and later ones need a reason; a spoilt one says why.

    `form` and `personal_id` (empty where none was printed) are those of the day it was printed: drawn again, it stays
    the same whatever was decided or came since.
    """

    run = models.ForeignKey(PrintRun, models.PROTECT, related_name="copies")
    card = models.ForeignKey(Card, models.PROTECT, related_name="copies")
    area = models.IntegerField()
    copy_number = models.IntegerField()
    form = models.TextField(db_default="CARD_1666")
    personal_id = models.TextField(default="", db_default="")
    reason = models.TextField(default="")
    spoilt_at = models.DateTimeField(null=True)
    spoilt_by = models.TextField(default="")
    spoilt_reason = models.TextField(default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["card", "copy_number"], name="copy_once"),
            models.CheckConstraint(condition=Q(form__in=FORMS), name="copy_form"),
            models.CheckConstraint(
                condition=Q(copy_number=1) | ~Q(reason=""), name="copy_reprint_has_reason"
            ),
            models.CheckConstraint(
                condition=Q(spoilt_at__isnull=True) | ~Q(spoilt_reason=""),
                name="copy_spoilt_has_reason",
            ),
        )


class HandOver(models.Model):
    """A card given into the family's hands (trả thẻ): to whom, by whom, when, on paper or not. Once a card."""

    card = models.OneToOneField(Card, models.PROTECT, primary_key=True, related_name="hand_over")
    area = models.IntegerField()
    at = models.DateTimeField()
    by = models.TextField()
    recipient = models.TextField()
    relation = models.TextField()
    manner = models.TextField(db_default="paper")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=~Q(recipient=""), name="hand_over_has_recipient"),
            models.CheckConstraint(condition=Q(manner__in=MANNERS), name="hand_over_manner"),
        )


class FormChoice(models.Model):
    """The form a province prints on some days, where a letter says otherwise than the law (mẫu thẻ của tỉnh).

    `valid` is half-open; ended before its first day it is empty, and never counted.
    """

    province_code = models.TextField()
    form = models.TextField()
    valid = DateRangeField()
    source = models.TextField()
    entered_by = models.TextField()
    entered_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(form__in=FORMS), name="form_choice_form"),
            models.CheckConstraint(condition=~Q(source=""), name="form_choice_has_source"),
            models.CheckConstraint(
                condition=Q(province_code__regex=r"^[0-9]{2}$"), name="form_choice_province"
            ),
            ExclusionConstraint(
                name="form_choice_one_a_day",
                expressions=[
                    ("province_code", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
        )


class PaperRequest(models.Model):
    """A family's request for a printed card (đề nghị cấp thẻ giấy): on which ground, who asked, when. Once a card."""

    card = models.OneToOneField(Card, models.PROTECT, primary_key=True, related_name="+")
    ground = models.TextField()
    asked_by = models.TextField()
    relation = models.TextField()
    at = models.DateTimeField()
    by = models.TextField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(ground__in=PAPER_GROUNDS), name="paper_request_ground"
            ),
            models.CheckConstraint(condition=~Q(asked_by=""), name="paper_request_asked_by"),
        )


class PaperWaiting(models.Model):
    """A card asked for on paper that was not printed yet: few of all requests, and the only ones a list looks through.

    Written by the request's trigger, taken away by the card's when it is printed or over.
    """

    card = models.OneToOneField(Card, models.PROTECT, primary_key=True, related_name="+")


class Link(models.Model):
    """An address under which a parent sees one card for a month (liên kết thẻ điện tử). What opens it is not kept."""

    token_sha256 = models.BinaryField(unique=True)
    card = models.ForeignKey(Card, models.PROTECT, related_name="+")
    made_by = models.TextField()
    made_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)
    revoked_by = models.TextField(db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(ends_at__gt=F("made_at")), name="link_ends"),
            models.CheckConstraint(
                condition=Q(revoked_at__isnull=True, revoked_by="")
                | (Q(revoked_at__isnull=False) & ~Q(revoked_by="")),
                name="link_revoked_by_somebody",
            ),
        )
