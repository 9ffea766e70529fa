"""Tables of the dated lists. Every range is half-open; the day decides which row a code means.

Nothing here refers to a child: the lists are the same for every officer and have no area of their own.
"""

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models import Q

LEVELS = ("province", "district", "commune")
SHARES = ("all", "all_people", "part", "land_only")
DUTIES = ("hotline", "lead", "card_desk", "it", "review")
ACT_STATES = ("draft", "confirmed", "entered", "applied", "undo_asked", "undone", "dropped")


class Division(models.Model):
    """One version of an administrative division (đơn vị hành chính): a code under one name on some days.

    `kind` is the official word (phường, xã, đặc khu, …) and part of `name`. A change of kind or name is a new
    version of the same code; a commune that becomes part of another is a `Succession`.
    """

    code = models.TextField()
    level = models.TextField()
    name = models.TextField()
    kind = models.TextField()
    parent_code = models.TextField(default="", blank=True)
    province_code = models.TextField()
    valid = DateRangeField()
    instrument = models.TextField(default="", blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(level__in=LEVELS), name="division_level"),
            models.CheckConstraint(
                condition=Q(level="province", code__regex=r"^[0-9]{2}$")
                | Q(level="district", code__regex=r"^[0-9]{3}$")
                | Q(level="commune", code__regex=r"^[0-9]{5}$"),
                name="division_code_form",
            ),
            models.CheckConstraint(
                condition=Q(valid__isempty=False, valid__startswith__isnull=False),
                name="division_valid_has_start",
            ),
            ExclusionConstraint(
                name="division_code_means_one_on_a_day",
                expressions=(
                    ("code", RangeOperators.EQUAL),
                    ("level", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ),
            ),
        )
        indexes = (
            models.Index(fields=["province_code", "level"], name="division_province"),
            models.Index(fields=["code"], name="division_code"),
        )


class Succession(models.Model):
    """Where the people of a division went on a day (chuyển đổi): one row per heir.

    `share`: `all` the only heir; `all_people` everybody, though land went elsewhere too; `part` some of the
    people; `land_only` nobody. `source` says which file told us: the shipped list or an imported act.
    """

    old_code = models.TextField()
    new_code = models.TextField()
    effective = models.DateField()
    share = models.TextField()
    source = models.TextField()
    instrument = models.TextField(default="", blank=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(share__in=SHARES), name="succession_share"),
            models.UniqueConstraint(
                fields=["old_code", "effective", "new_code"], name="succession_once"
            ),
        )
        indexes = (models.Index(fields=["new_code", "effective"], name="succession_heir"),)


class Unit(models.Model):
    """A unit that issues children's cards (đơn vị cấp thẻ), under an inter-commune insurance agency."""

    code = models.TextField(unique=True)
    name = models.TextField()
    agency_code = models.TextField(default="", blank=True)
    province_code = models.TextField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(province_code__regex=r"^[0-9]{2}$"), name="unit_province_form"
            ),
        )
        indexes = (models.Index(fields=["province_code"], name="unit_province"),)


class Workplace(models.Model):
    """A unit declared for one commune on some days (khai báo địa bàn).

    Two units for one commune on one day are allowed here: such a commune is reported and its dossiers wait.
    """

    unit = models.ForeignKey(Unit, models.PROTECT, related_name="workplaces")
    province_code = models.TextField()
    district_code = models.TextField(default="", blank=True)
    commune_code = models.TextField(default="", blank=True)
    valid = DateRangeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=~Q(commune_code="") | ~Q(district_code=""), name="workplace_somewhere"
            ),
            models.CheckConstraint(
                condition=Q(valid__isempty=False, valid__startswith__isnull=False),
                name="workplace_valid_has_start",
            ),
            ExclusionConstraint(
                name="workplace_of_a_unit_once",
                expressions=(
                    ("unit", RangeOperators.EQUAL),
                    ("commune_code", RangeOperators.EQUAL),
                    ("district_code", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ),
            ),
        )
        indexes = (models.Index(fields=["commune_code"], name="workplace_commune"),)


class Upload(models.Model):
    """A file of a list as an officer sent it (tệp tải lên), kept as evidence whether it was applied or not.

    Only the officer who sent it reads it (row-level security).
    """

    kind = models.TextField()
    name = models.TextField()
    body = models.BinaryField()
    sha256 = models.TextField()
    officer_id = models.BigIntegerField()
    at = models.DateTimeField()
    applied_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (models.CheckConstraint(condition=~Q(kind=""), name="upload_kind"),)


class Facility(models.Model):
    """A health facility (cơ sở khám chữa bệnh) during one contract with the insurance.

    `commune_code` is the code of the day of declaration: after a merger it is followed from there.
    """

    code = models.TextField()
    name = models.TextField()
    province_code = models.TextField()
    commune_code = models.TextField(default="", blank=True)
    level = models.TextField(default="", blank=True)
    registers_children = models.BooleanField()
    contract = DateRangeField()
    declared_on = models.DateField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9]{2}[0-9A-Z]{3}$"), name="facility_code_form"
            ),
            models.CheckConstraint(
                condition=Q(contract__isempty=False, contract__startswith__isnull=False),
                name="facility_contract_has_start",
            ),
            ExclusionConstraint(
                name="facility_one_contract_on_a_day",
                expressions=(
                    ("code", RangeOperators.EQUAL),
                    ("contract", RangeOperators.OVERLAPS),
                ),
            ),
        )
        indexes = (
            models.Index(fields=["commune_code"], name="facility_commune"),
            models.Index(fields=["code", "id"], name="facility_code_newest"),
        )


class HelpLine(models.Model):
    """Who answers in a province for one duty of its task force (tổ công tác) on some days, and how to reach him.

    What was published is never edited: a change ends the row or, on its first day, takes it back, and adds another.
    `checked_on` is the last day on which somebody said that it is right.
    """

    province_code = models.TextField()
    duty = models.TextField()
    full_name = models.TextField(default="", db_default="")
    is_name_public = models.BooleanField(default=False, db_default=False)
    phone = models.TextField()
    email = models.TextField(default="", db_default="")
    office = models.TextField(default="", db_default="")
    valid = DateRangeField()
    entered_at = models.DateTimeField()
    entered_by = models.TextField()
    withdrawn_at = models.DateTimeField(null=True)
    checked_on = models.DateField()
    checked_by = models.TextField()

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(duty__in=DUTIES), name="help_line_duty"),
            models.CheckConstraint(
                condition=Q(province_code__regex=r"^[0-9]{2}$"), name="help_line_province_form"
            ),
            models.CheckConstraint(condition=~Q(phone=""), name="help_line_can_be_called"),
            models.CheckConstraint(
                condition=Q(valid__isempty=False, valid__startswith__isnull=False),
                name="help_line_valid_has_start",
            ),
            ExclusionConstraint(
                name="help_line_one_on_a_day",
                expressions=(
                    ("province_code", RangeOperators.EQUAL),
                    ("duty", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ),
                condition=Q(withdrawn_at__isnull=True),
            ),
        )


class EthnicGroup(models.Model):
    """A people of Viet Nam by the code of decision 121-TCTK/PPCĐ, with the spellings it is met in."""

    code = models.TextField(primary_key=True)
    name = models.TextField()
    aliases = ArrayField(models.TextField(), default=list)


class Nationality(models.Model):
    """A country by ISO 3166-1 with its Vietnamese name."""

    code = models.TextField(primary_key=True)
    alpha3 = models.TextField(unique=True)
    name = models.TextField()


class BenefitGroup(models.Model):
    """A benefit group (nhóm đối tượng) with its level on some days; mirrors `law.groups` for pages and reports."""

    code = models.TextField()
    level = models.SmallIntegerField()
    name = models.TextField()
    valid = DateRangeField()

    class Meta:
        constraints = (
            ExclusionConstraint(
                name="benefit_group_one_level_on_a_day",
                expressions=(
                    ("code", RangeOperators.EQUAL),
                    ("valid", RangeOperators.OVERLAPS),
                ),
            ),
        )


class Act(models.Model):
    """A merger of divisions as a dated act (đợt sáp nhập): its rows as they were entered, and how far it has come.

    `before` and `after` are what the lists said of its codes when it was entered in them: an act that is taken back
    restores the former, and only while the lists still say the latter. `forecast` is the dry run asked for last.
    """

    number = models.TextField()
    effective = models.DateField()
    source = models.TextField()
    rows = models.JSONField()
    rows_sha256 = models.BinaryField()
    state = models.TextField(default="draft")
    corrects = models.ForeignKey("self", models.PROTECT, null=True, related_name="+")
    cutover_at = models.DateTimeField(null=True)
    entered_at = models.DateTimeField()
    entered_by = models.TextField()
    forecast_asked_at = models.DateTimeField(null=True)
    forecast_at = models.DateTimeField(null=True)
    forecast = models.JSONField(null=True)
    confirmed_at = models.DateTimeField(null=True)
    confirmed_by = models.TextField(default="")
    applied_at = models.DateTimeField(null=True)
    undo_asked_at = models.DateTimeField(null=True)
    undo_asked_by = models.TextField(default="")
    undone_at = models.DateTimeField(null=True)
    trouble_vi = models.TextField(default="")
    before = models.JSONField(null=True)
    after = models.JSONField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(state__in=ACT_STATES), name="act_state"),
            models.CheckConstraint(condition=~Q(number=""), name="act_has_number"),
            models.CheckConstraint(
                condition=Q(confirmed_at__isnull=False) | Q(state__in=("draft", "dropped")),
                name="act_confirmed_before_entered",
            ),
            # The same rows on the same day are one act, unless it was given up.
            models.UniqueConstraint(
                fields=["effective", "rows_sha256"],
                condition=~Q(state__in=("dropped", "undone")),
                name="act_once",
            ),
        )


class Cutover(models.Model):
    """When an act is applied to the dossiers of one old unit (thời điểm chuyển); without a unit, to all others.

    `at` is planned, `done_at` is when it was done. `kind` tells an act from its taking back.
    """

    act = models.ForeignKey(Act, models.PROTECT, related_name="cutovers")
    unit = models.ForeignKey(Unit, models.PROTECT, null=True, related_name="+")
    kind = models.TextField(default="apply")
    at = models.DateTimeField()
    done_at = models.DateTimeField(null=True)
    moved_count = models.IntegerField(default=0)
    kept_count = models.IntegerField(default=0)
    waiting_count = models.IntegerField(default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["act", "kind", "unit"], nulls_distinct=False, name="cutover_once"
            ),
            models.CheckConstraint(condition=Q(kind__in=("apply", "undo")), name="cutover_kind"),
        )
        indexes = (
            models.Index(fields=["at"], condition=Q(done_at__isnull=True), name="cutover_due"),
        )


class Version(models.Model):
    """One row: counts every statement that changed divisions, successions, workplaces or facilities.

    `divisions_digest` is the shipped list that was loaded last; `routes_version` and `routes_on` say for which
    state and day `catalogues_route` was written.
    """

    id = models.SmallIntegerField(primary_key=True)
    number = models.BigIntegerField(default=0)
    divisions_digest = models.TextField(default="", blank=True)
    routes_version = models.BigIntegerField(null=True)
    routes_on = models.DateField(null=True)


class Route(models.Model):
    """Where a registration written with a code on a day belongs on the day `Version.routes_on`. Derived: see routes.

    `registered`: the days of registration on which the code means this. `rule`: the row of the decision table.
    `path_days` are the days of the successions between the codes of `path`, `split_on` that on which the ways part;
    `resolved_since` is the first day of the commune that `resolved_code` means.
    """

    commune_code = models.TextField()
    registered = DateRangeField()
    resolved_code = models.TextField(default="", blank=True)
    resolution = models.TextField()
    province_code = models.TextField(default="", blank=True)
    unit_id = models.BigIntegerField(null=True)
    unit_status = models.TextField()
    default_facility_code = models.TextField(default="", blank=True)
    rule = models.TextField(default="", blank=True)
    path = ArrayField(models.TextField(), default=list)
    path_days = ArrayField(models.DateField(), default=list)
    split_on = models.DateField(null=True)
    resolved_since = models.DateField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(resolution__in=("one", "many", "none"))
                & Q(unit_status__in=("one", "many", "none")),
                name="route_words",
            ),
        )
        indexes = (models.Index(fields=["commune_code"], name="route_commune"),)
