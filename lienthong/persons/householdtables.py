"""Tables of the household: the household, who lives in it from when to when, and what became of a newborn's place in one.

Part of `models`, which names them. Nothing is deleted: a membership that was never true is marked void.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

ORIGINS = ("officer", "import", "birth", "register")
HEAD = "00"
RELATION_CODES = (*(f"{number:02d}" for number in range(22)), "99")
BEGINNINGS = ("found", "birth", "moved_in", "split", "head_changed", "relation", "settled")
ENDINGS = (
    "",
    "moved_out",
    "moved_in",
    "split",
    "head_changed",
    "relation",
    "closed",
    "died",
    "birth_cancelled",
    "mother_corrected",
    "mistake",
    "settled",
    "merged",
)


class Household(models.Model):
    """A household (hộ gia đình): its code, the commune as written on the day `commune_on`, the address.

    `area` is the unit that answers for the commune, or minus the province's code when none does, or 0: what row-level
    security reads, kept right by `placing` when communes merge. The head is the member of relation 00.
    """

    code = models.TextField()
    commune_code = models.TextField()
    commune_on = models.DateField()
    area = models.IntegerField(default=0)
    address = models.TextField(default="")
    origin = models.TextField(default="officer")
    made_by = models.TextField()
    made_at = models.DateTimeField()
    closed_on = models.DateField(null=True)
    closed_by = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["code"], name="household_code_once"),
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9A-Z][0-9A-Z.\-]{2,23}$"), name="household_code_form"
            ),
            models.CheckConstraint(condition=Q(origin__in=ORIGINS), name="household_origin"),
            models.CheckConstraint(
                condition=Q(closed_on__isnull=True, closed_by="")
                | (Q(closed_on__isnull=False) & ~Q(closed_by="")),
                name="household_end_whole",
            ),
        )
        indexes = (
            models.Index(fields=["commune_code"], name="household_commune"),
            models.Index(fields=["area", "id"], name="household_area"),
        )


class Member(models.Model):
    """One person in one household, in one relation to its head, for some days (thành viên), half-open.

    A change of relation ends one row and begins the next. `began_by` and `ended_by` are why, `said_by` and `ended_said_by` who.
    A void row was never true: it stays readable and binds nothing.
    """

    household = models.ForeignKey(Household, models.PROTECT, related_name="members", db_index=False)
    person = models.ForeignKey(
        "persons.Person", models.PROTECT, related_name="memberships", db_index=False
    )
    relation = models.CharField(max_length=2)
    during = DateRangeField()
    origin = models.TextField(default="officer")
    began_by = models.TextField()
    said_by = models.TextField()
    said_at = models.DateTimeField()
    ended_by = models.TextField(default="", db_default="")
    ended_said_by = models.TextField(default="", db_default="")
    ended_said_at = models.DateTimeField(null=True)
    is_void = models.BooleanField(default=False, db_default=False)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(relation__in=RELATION_CODES), name="member_relation"
            ),
            models.CheckConstraint(condition=Q(origin__in=ORIGINS), name="member_origin"),
            models.CheckConstraint(condition=Q(began_by__in=BEGINNINGS), name="member_began_by"),
            models.CheckConstraint(condition=Q(ended_by__in=ENDINGS), name="member_ended_by"),
            models.CheckConstraint(
                condition=Q(during__isempty=False, during__startswith__isnull=False),
                name="member_has_days",
            ),
            models.CheckConstraint(
                condition=Q(
                    ended_by="", ended_said_by="", ended_said_at__isnull=True, is_void=False
                )
                & Q(during__endswith__isnull=True)
                | ~Q(ended_by="") & ~Q(ended_said_by="") & Q(ended_said_at__isnull=False),
                name="member_end_whole",
            ),
            ExclusionConstraint(
                name="member_one_household_at_a_time",
                expressions=[
                    ("person", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(is_void=False),
            ),
            ExclusionConstraint(
                name="member_one_head_at_a_time",
                expressions=[
                    ("household", RangeOperators.EQUAL),
                    ("during", RangeOperators.OVERLAPS),
                ],
                condition=Q(relation=HEAD, is_void=False),
            ),
        )
        indexes = (
            models.Index(fields=["household"], name="member_household"),
            # Row-level security asks for each person: void rows too, so the exclusion's own index does not serve.
            models.Index(fields=["person"], name="member_person"),
        )


class Unplaced(models.Model):
    """A child that stands in no household yet (chưa vào hộ), and why; closed when it does. One row a child.

    `why` is a `newborns.Why`. `mother` is who was found, when she could not be followed. `tried_at` is when that was last
    looked at: a mother may be entered later.
    """

    person = models.OneToOneField(
        "persons.Person", models.PROTECT, primary_key=True, related_name="+"
    )
    mother = models.ForeignKey(
        "persons.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    area = models.IntegerField()
    why = models.TextField()
    since = models.DateTimeField()
    tried_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)

    class Meta:
        indexes = (
            models.Index(
                fields=["area", "since"],
                condition=Q(closed_at__isnull=True),
                name="unplaced_open",
            ),
            models.Index(
                fields=["tried_at"],
                condition=Q(closed_at__isnull=True),
                name="unplaced_to_try",
            ),
        )


class Placing(models.Model):
    """For which reading of the lists of places the areas of households were last set: one row. Nobody's data."""

    lists_version = models.BigIntegerField()
    placed_on = models.DateField()

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="placing_one_row"),)
