"""Tables of people: the person, the number ledger, the lane that asks for a personal id.

Households stand in `householdtables`; the two databases side by side in `differencetables`. Who may be whom, and who was
merged into whom, stands in `pairtables`; repairs of numbers in `numbertables`; how complete people's data are, and what
agents bring, in `completetables`; linkages of whole registers in `linkagetables`.
"""

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import F, Q

from lienthong.persons.completetables import Criterion, Proposal, Tally, TallyRun
from lienthong.persons.differencetables import Difference, DifferenceRule, DifferenceRun, Entry
from lienthong.persons.householdtables import Household, Member, Placing, Unplaced
from lienthong.persons.importtables import Import, ImportPart, ImportRow
from lienthong.persons.linkagetables import Linkage, LinkedEntry
from lienthong.persons.numbertables import (
    Identifier,
    NumberCheck,
    NumberEvent,
    NumberMatter,
    NumberNight,
    NumberRepair,
    OldNumber,
)
from lienthong.persons.pairtables import Merge, Pair

__all__ = (
    "Criterion",
    "Difference",
    "DifferenceRule",
    "DifferenceRun",
    "Entry",
    "Household",
    "Identifier",
    "IdentityHour",
    "IdentityLane",
    "IdentityRequest",
    "Import",
    "ImportPart",
    "ImportRow",
    "Linkage",
    "LinkedEntry",
    "Member",
    "Merge",
    "Number",
    "NumberCheck",
    "NumberEvent",
    "NumberMatter",
    "NumberNight",
    "NumberRepair",
    "OldNumber",
    "Pair",
    "Person",
    "Placing",
    "Proposal",
    "Tally",
    "TallyRun",
    "Unplaced",
)

SEXES = ("male", "female", "undetermined")


class Person(models.Model):
    """A person (người tham gia), as last registered. Merging points at the survivor and deletes nothing.

    `entitled` is the whole period for which the law gives a child under six cover, half-open; empty for whoever was never
    registered as such a child, as an adult member of a household. `mother` is her own record, once it was found by a number.
    """

    full_name = models.TextField()
    tone_key = models.TextField()
    fold_key = models.TextField()
    born_on = models.DateField()
    sex = models.TextField()
    nationality = models.TextField(default="VN")
    personal_id = models.TextField(null=True)  # noqa: DJ001 - unique where known
    personal_id_status = models.TextField(default="")
    birth_notice_code = models.TextField(default="")
    mother_name = models.TextField(default="")
    mother_born = models.TextField(default="")
    mother_personal_id = models.TextField(default="")
    mother_insurance_number = models.TextField(default="")
    mother = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="children", db_index=False
    )
    father_name = models.TextField(default="")
    father_born = models.TextField(default="")
    father_personal_id = models.TextField(default="")
    guardian_name = models.TextField(default="")
    residence_commune_code = models.TextField(default="")
    residence_text = models.TextField(default="")
    entitled = DateRangeField()
    died_on = models.DateField(null=True)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", db_index=False
    )
    made_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(sex__in=SEXES), name="person_sex"),
            models.CheckConstraint(
                condition=Q(personal_id__isnull=True) | Q(personal_id__regex=r"^[0-9]{12}$"),
                name="person_personal_id_form",
            ),
            models.CheckConstraint(
                condition=Q(merged_into__isnull=True) | ~Q(merged_into=F("id")),
                name="person_merged_into_another",
            ),
            models.CheckConstraint(
                condition=Q(mother__isnull=True) | ~Q(mother=F("id")),
                name="person_mother_is_another",
            ),
            models.UniqueConstraint(
                fields=["personal_id"],
                condition=Q(personal_id__isnull=False, merged_into__isnull=True),
                name="person_personal_id_once",
            ),
        )
        indexes = (
            models.Index(
                fields=["birth_notice_code"],
                condition=~Q(birth_notice_code=""),
                name="person_birth_notice",
            ),
            models.Index(fields=["born_on", "fold_key"], name="person_born_name"),
            models.Index(fields=["born_on", "residence_commune_code"], name="person_born_place"),
            models.Index(
                fields=["mother_personal_id"],
                condition=~Q(mother_personal_id=""),
                name="person_mother_id",
            ),
            models.Index(
                fields=["mother_insurance_number"],
                condition=~Q(mother_insurance_number=""),
                name="person_mother_number",
            ),
            models.Index(
                fields=["merged_into"],
                condition=Q(merged_into__isnull=False),
                name="person_merged",
            ),
            # An id that a merged record held still leads to the person.
            models.Index(
                fields=["personal_id"],
                condition=Q(merged_into__isnull=False, personal_id__isnull=False),
                name="person_merged_personal_id",
            ),
            models.Index(
                fields=["mother"], condition=Q(mother__isnull=False), name="person_mother"
            ),
        )


class Number(models.Model):
    """The ledger of insurance numbers (mã số BHXH): a number is given once, never reused, never changed."""

    number = models.TextField(primary_key=True)
    person = models.ForeignKey(Person, models.PROTECT, related_name="numbers", db_index=False)
    status = models.TextField(default="active")
    origin = models.TextField(default="allotted")
    taken_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(number__regex=r"^[0-9]{10}$"), name="number_form"),
            models.CheckConstraint(
                condition=Q(status__in=("active", "merged_into", "revoked", "wrong_structure")),
                name="number_status",
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(status="active"), name="number_one_active_a_person"
            ),
        )
        # Merged, revoked and wrong ones too, which the constraint above leaves out.
        indexes = (models.Index(fields=["person"], name="number_person"),)


class IdentityRequest(models.Model):
    """A question to the population database about one person's missing id. Its lane never meets the card's.

    `answer_class` is the last answer that said something about this child; an outage says nothing and stands in
    `detail` alone. `detail` of a quarantined question is the id that was offered, and `offered_…` what the database
    says of its holder. `kept`: an officer decided that the child goes on without an id (`decided_by`, `note`).
    """

    person = models.OneToOneField(Person, models.PROTECT, related_name="identity_request")
    state = models.TextField(default="waiting")
    attempts = models.IntegerField(default=0)
    next_at = models.DateTimeField()
    answer_class = models.TextField(default="")
    detail = models.TextField(default="")
    offered_name = models.TextField(default="", db_default="")
    offered_born_on = models.DateField(null=True)
    offered_sex = models.TextField(default="", db_default="")
    made_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    decided_by = models.TextField(default="", db_default="")
    decided_at = models.DateTimeField(null=True)
    note = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(
                    state__in=("waiting", "answered", "quarantined", "not_applicable", "kept")
                ),
                name="identity_request_state",
            ),
            models.CheckConstraint(
                condition=~Q(state="kept")
                | (~Q(decided_by="") & Q(decided_at__isnull=False) & ~Q(note="")),
                name="identity_request_kept_by_somebody",
            ),
        )
        indexes = (
            models.Index(
                fields=["next_at"], condition=Q(state="waiting"), name="identity_request_due"
            ),
            models.Index(
                fields=["state", "answer_class"],
                condition=Q(state__in=("waiting", "quarantined", "kept")),
                name="identity_request_open",
            ),
        )


class IdentityLane(models.Model):
    """How the lane stands, as the worker that asked last left it: one row. Nobody's data."""

    is_trusted = models.BooleanField()
    retry_at = models.DateTimeField(null=True)
    rate_per_second = models.FloatField()
    asked_at = models.DateTimeField()
    good_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="identity_lane_one_row"),)


class IdentityHour(models.Model):
    """What the lane did in one hour: questions that went out, answers that made sense, ids that came."""

    hour = models.DateTimeField(primary_key=True)
    asked_count = models.IntegerField()
    good_count = models.IntegerField()
    attached_count = models.IntegerField()
    quarantined_count = models.IntegerField()
