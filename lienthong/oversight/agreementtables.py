"""Tables of coordination with the Departments of Justice: each province's agreement, and whether it is connected.

Both are dated steps of one province. A step is never edited: what was entered by mistake is taken back and kept.
"""

from django.db import models
from django.db.models import F, Q

AGREEMENT_STATES = ("drafting", "signed", "in_force", "ended")
SCOPES = ("whole", "part")
FORMS = ("pdf", "jpeg", "png")


class AgreementStep(models.Model):
    """One step of a province's agreement with its Department of Justice (quy chế phối hợp, letter 2118 §3).

    `since` is the day of the step: of `signed` the day of signing. What is signed has its number, both signers, its scope
    and a scan.
    """

    province_code = models.TextField()
    state = models.TextField()
    since = models.DateField()
    number = models.TextField(default="")
    our_signer = models.TextField(default="")
    their_signer = models.TextField(default="")
    scope = models.TextField(default="")
    note = models.TextField(default="")
    entered_at = models.DateTimeField()
    entered_by = models.TextField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(province_code__regex=r"^[0-9]{2}$"), name="agreement_province_form"
            ),
            models.CheckConstraint(condition=Q(state__in=AGREEMENT_STATES), name="agreement_state"),
            models.CheckConstraint(
                condition=(Q(state="signed", scope__in=SCOPES) & ~Q(number="") & ~Q(our_signer=""))
                & ~Q(their_signer="")
                | ~Q(state="signed") & Q(number="", our_signer="", their_signer="", scope=""),
                name="agreement_signed_whole",
            ),
            models.CheckConstraint(
                condition=~Q(state="ended") | ~Q(note=""), name="agreement_ended_why"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by="")),
                name="agreement_withdrawn_whole",
            ),
        )
        indexes = (models.Index(fields=["province_code", "since"], name="agreement_province"),)


class AgreementScan(models.Model):
    """One scanned file of a signed agreement; its bytes stand in the scans folder under `name`. Written once."""

    step = models.ForeignKey(AgreementStep, models.PROTECT, related_name="scans")
    place = models.SmallIntegerField()
    name = models.TextField()
    form = models.TextField()
    size = models.IntegerField()
    sha256 = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["step", "place"], name="agreement_scan_place"),
            models.UniqueConstraint(fields=["name"], name="agreement_scan_name"),
            models.CheckConstraint(
                condition=Q(form__in=FORMS, size__gt=0, place__gt=0), name="agreement_scan_form"
            ),
        )


class ConnectionStep(models.Model):
    """What a province declares of its connection with the ministry from a day on (đã liên thông hay chưa).

    Not connected needs a reason of the closed list, a plan and a day; the reason `OTHER` is its note alone.
    """

    province_code = models.TextField()
    is_connected = models.BooleanField()
    since = models.DateField()
    reason = models.TextField(default="")
    note = models.TextField(default="")
    plan = models.TextField(default="")
    planned_on = models.DateField(null=True)
    entered_at = models.DateTimeField()
    entered_by = models.TextField()
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_by = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(province_code__regex=r"^[0-9]{2}$"), name="connection_province_form"
            ),
            models.CheckConstraint(
                condition=Q(is_connected=True, reason="", plan="", planned_on__isnull=True)
                | (Q(is_connected=False, planned_on__gte=F("since")) & ~Q(reason="") & ~Q(plan="")),
                name="connection_planned",
            ),
            models.CheckConstraint(
                condition=~Q(reason="OTHER") | ~Q(note=""), name="connection_other_says_what"
            ),
            models.CheckConstraint(
                condition=Q(withdrawn_at__isnull=True, withdrawn_by="")
                | (Q(withdrawn_at__isnull=False) & ~Q(withdrawn_by="")),
                name="connection_withdrawn_whole",
            ),
        )
        indexes = (models.Index(fields=["province_code", "since"], name="connection_province"),)
