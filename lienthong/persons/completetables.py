"""Tables of completeness: the dated criteria, the day's count of what is missing, and what agents propose to fill it with.

Part of `models`, which names them. Nothing is deleted: a criterion is ended, a proposal is decided.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

FIELDS = (
    "full_name",
    "sex",
    "personal_id",
    "insurance_number",
    "parent",
    "household",
    "relation",
    "address",
)
APPLIES = ("everyone", "child", "older", "head")
PROPOSED_FIELDS = ("full_name", "sex", "personal_id", "parent", "relation", "address", "member")
PROPOSAL_STATES = ("proposed", "confirmed", "direct", "returned", "withdrawn")


class Criterion(models.Model):
    """One fact that a person's data must have (tiêu chí đầy đủ), for whom, from when to when, and its weight in the score.

    `is_direct`: where the fact is missing, what an agent enters stands at once; else an officer confirms it. A change ends
    one row and begins the next.
    """

    code = models.TextField()
    words_vi = models.TextField()
    field = models.TextField()
    applies_to = models.TextField()
    weight = models.SmallIntegerField()
    is_direct = models.BooleanField(default=False)
    valid = DateRangeField()
    basis_vi = models.TextField()
    made_by = models.TextField()
    made_at = models.DateTimeField()
    ended_by = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(code__regex=r"^[A-Z][A-Z0-9\-]{1,23}$"), name="criterion_code_form"
            ),
            models.CheckConstraint(condition=Q(field__in=FIELDS), name="criterion_field"),
            models.CheckConstraint(condition=Q(applies_to__in=APPLIES), name="criterion_applies"),
            models.CheckConstraint(condition=Q(weight__range=(1, 100)), name="criterion_weight"),
            models.CheckConstraint(
                condition=~Q(words_vi="") & ~Q(basis_vi=""), name="criterion_told"
            ),
            models.CheckConstraint(
                condition=Q(is_direct=False) | Q(field__in=("parent", "address")),
                name="criterion_direct_fields",
            ),
            models.CheckConstraint(
                condition=Q(valid__isempty=False, valid__startswith__isnull=False),
                name="criterion_has_days",
            ),
            ExclusionConstraint(
                name="criterion_code_once_a_day",
                expressions=[
                    ("code", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
            ExclusionConstraint(
                name="criterion_asks_once_a_day",
                expressions=[
                    ("field", RangeOperators.EQUAL),
                    ("applies_to", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ],
            ),
        )


class Tally(models.Model):
    """How complete the data of one commune were on a day, by criterion; the criterion '' stands for all of them together.

    `missing_count` of '' is how many lack at least one fact; the weights are sums over the persons. Names nobody.
    """

    day = models.DateField()
    area = models.IntegerField()
    commune_code = models.TextField()
    criterion = models.TextField()
    person_count = models.IntegerField()
    missing_count = models.IntegerField()
    met_weight = models.BigIntegerField()
    whole_weight = models.BigIntegerField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["day", "area", "commune_code", "criterion"], name="tally_once"
            ),
            models.CheckConstraint(
                condition=Q(missing_count__gte=0, missing_count__lte=models.F("person_count")),
                name="tally_within",
            ),
            models.CheckConstraint(
                condition=Q(met_weight__gte=0, met_weight__lte=models.F("whole_weight")),
                name="tally_weight_within",
            ),
        )


class TallyRun(models.Model):
    """The count of one day, as it was made last: one row a day."""

    day = models.DateField(primary_key=True)
    made_at = models.DateTimeField()


class Proposal(models.Model):
    """A fact that a collection agent brings from a family (đề nghị bổ sung), until an officer of the unit decides.

    `field` `member` brings a person into the household: `value` is then a JSON object (`agentdesk.NewMember`), and `person`
    is who came of it. `value_before` is what stood there when it was written: if that has changed, it is not confirmed.
    """

    person = models.ForeignKey(
        "persons.Person", models.PROTECT, null=True, related_name="proposals", db_index=False
    )
    household = models.ForeignKey(
        "persons.Household", models.PROTECT, null=True, related_name="proposals", db_index=False
    )
    field = models.TextField()
    value = models.TextField()
    value_before = models.TextField(default="")
    criterion = models.TextField(default="")
    note = models.TextField(default="")
    agency_id = models.BigIntegerField()
    commune_code = models.TextField()
    area = models.IntegerField()
    state = models.TextField(default="proposed")
    made_by = models.TextField()
    made_at = models.DateTimeField()
    decided_by = models.TextField(default="", db_default="")
    decided_at = models.DateTimeField(null=True)
    decided_note = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(field__in=PROPOSED_FIELDS), name="proposal_field"),
            models.CheckConstraint(condition=Q(state__in=PROPOSAL_STATES), name="proposal_state"),
            models.CheckConstraint(
                condition=Q(person__isnull=False) | Q(field="member", household__isnull=False),
                name="proposal_about_somebody",
            ),
            models.CheckConstraint(
                condition=Q(state="proposed", decided_by="", decided_at__isnull=True)
                | (~Q(state="proposed") & ~Q(decided_by="") & Q(decided_at__isnull=False)),
                name="proposal_decided_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(state="returned") | ~Q(decided_note=""),
                name="proposal_returned_with_reason",
            ),
            models.UniqueConstraint(
                fields=["person", "field"],
                condition=Q(state="proposed") & ~Q(field="member"),
                name="proposal_open_once",
            ),
        )
        indexes = (
            models.Index(
                fields=["area", "made_at", "id"],
                condition=Q(state="proposed"),
                name="proposal_open",
            ),
            models.Index(fields=["agency_id", "made_at"], name="proposal_agency"),
            models.Index(
                fields=["household"],
                condition=Q(household__isnull=False),
                name="proposal_household",
            ),
            models.Index(
                fields=["person"], condition=Q(person__isnull=False), name="proposal_person"
            ),
        )
