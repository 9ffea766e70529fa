"""Tables of officers and machines. Secrets do not stand here: passwords and second factors live in `authz`."""

from django.db import models
from django.db.models import Func, Q

from lienthong.accounts.agencytables import Agency, AgencyCommune, AgentDay
from lienthong.accounts.permissions import MACHINE_ROLES, Role

__all__ = (
    "Agency",
    "AgencyCommune",
    "AgentDay",
    "Machine",
    "MachineAddress",
    "MachineStaff",
    "Officer",
    "SavedFilter",
    "SenderKey",
    "Suspension",
    "TurnedAway",
)

MOST_FILTERS = 8
"""How many filters an officer may keep on one page: as many as can be read at a glance."""
SUSPENSION_REASONS = ("misses", "decoy", "officer")
_NOW = Func(function="clock_timestamp", output_field=models.DateTimeField())
_OFFICER_ROLES = tuple(role for role in Role if role not in MACHINE_ROLES)


class Officer(models.Model):
    """An officer's account (tài khoản cán bộ).

    `person_key` stands for the human being: two accounts of one person share it, so that four eyes are four.
    The area: a unit code names one unit, else a province code one province, else the role decides
    (`jurisdiction`). A collection agent has an `agency`, and of its communes' households alone.
    """

    username = models.TextField(unique=True)
    full_name = models.TextField()
    person_key = models.BigIntegerField()
    role = models.TextField()
    province_code = models.TextField(default="", blank=True)
    unit_code = models.TextField(default="", blank=True)
    agency = models.ForeignKey(
        Agency, models.PROTECT, null=True, related_name="agents", db_index=False
    )
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=(Q(agency__isnull=True) & ~Q(role=str(Role.AGENT)))
                | (Q(agency__isnull=False, role=str(Role.AGENT)) & ~Q(unit_code="")),
                name="officer_agent_has_agency",
            ),
            models.CheckConstraint(
                condition=Q(username__regex=r"^[a-z0-9][a-z0-9._-]{1,63}$"),
                name="officer_username_form",
            ),
            models.CheckConstraint(
                condition=Q(role__in=[str(role) for role in _OFFICER_ROLES]), name="officer_role"
            ),
            models.CheckConstraint(condition=Q(person_key__gt=0), name="officer_is_a_person"),
            models.CheckConstraint(
                condition=Q(unit_code="") | ~Q(province_code=""), name="officer_unit_in_province"
            ),
        )


class Machine(models.Model):
    """Another system's account: a hospital that looks cards up, a ministry that sends births.

    A hospital's `minute_limit` and `day_limit` bound its look-ups in a clock minute and a Vietnamese day;
    `miss_limit` of its last 50 may find nobody before the account is suspended.
    """

    name = models.TextField(unique=True)
    title_vi = models.TextField()
    role = models.TextField()
    source = models.TextField(default="", blank=True)
    facility_code = models.TextField(default="", blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()
    minute_limit = models.IntegerField(db_default=300)
    day_limit = models.IntegerField(db_default=3_000)
    miss_limit = models.SmallIntegerField(db_default=20)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(role__in=sorted(str(role) for role in MACHINE_ROLES)),
                name="machine_role",
            ),
            models.CheckConstraint(
                condition=Q(minute_limit__gte=0, day_limit__gte=0, miss_limit__range=(1, 50)),
                name="machine_limits",
            ),
            models.UniqueConstraint(
                fields=["source"], condition=~Q(source=""), name="machine_one_per_source"
            ),
            models.UniqueConstraint(
                fields=["facility_code"],
                condition=Q(role=str(Role.HOSPITAL)),
                name="machine_one_per_facility",
            ),
        )


class MachineStaff(models.Model):
    """A person who may act through a machine account (nhân viên tra cứu của cơ sở khám, chữa bệnh).

    Registered once more after he left, he is the same row again: `ended_at` is empty.
    """

    machine = models.ForeignKey(Machine, models.PROTECT, related_name="staff")
    full_name = models.TextField()
    personal_id = models.TextField()
    added_by = models.TextField(db_default="system")
    added_at = models.DateTimeField(db_default=_NOW)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["machine", "personal_id"], name="machine_staff_once"),
            models.CheckConstraint(
                condition=Q(personal_id__regex=r"^[0-9]{12}$"), name="machine_staff_id_form"
            ),
        )


class MachineAddress(models.Model):
    """A network address or block from which a hospital may connect (địa chỉ mạng đã đăng ký); ended, never deleted."""

    machine = models.ForeignKey(Machine, models.PROTECT, related_name="addresses")
    network = models.TextField()
    note = models.TextField(db_default="")
    added_by = models.TextField()
    added_at = models.DateTimeField(db_default=_NOW)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["machine", "network"],
                condition=Q(ended_at__isnull=True),
                name="machine_address_once",
            ),
        )


class TurnedAway(models.Model):
    """An address from which a hospital gave its right password and was refused, for it is not registered.

    The officer registers it, once the hospital has said that it is its own. The latest twenty of an account are kept.
    """

    machine = models.ForeignKey(Machine, models.PROTECT, related_name="turned_away", db_index=False)
    peer = models.TextField()
    refused_count = models.IntegerField(default=1)
    first_at = models.DateTimeField(db_default=_NOW)
    last_at = models.DateTimeField(db_default=_NOW)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["machine", "peer"], name="turned_away_once"),
        )


class Suspension(models.Model):
    """A time during which a hospital's account opens nothing (tạm khóa tài khoản tra cứu), and why.

    `by` is an officer, or the system that saw a pattern; `detail` holds counts and codes only.
    """

    machine = models.ForeignKey(Machine, models.PROTECT, related_name="suspensions")
    reason = models.TextField()
    detail = models.JSONField(default=dict)
    note = models.TextField(db_default="")
    at = models.DateTimeField(db_default=_NOW)
    by = models.TextField()
    lifted_at = models.DateTimeField(null=True)
    lifted_by = models.TextField(db_default="")
    lifted_note = models.TextField(db_default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["machine"], condition=Q(lifted_at__isnull=True), name="suspension_one_live"
            ),
            models.CheckConstraint(
                condition=Q(reason__in=SUSPENSION_REASONS), name="suspension_reason"
            ),
            models.CheckConstraint(
                condition=Q(lifted_at__isnull=True, lifted_by="")
                | (Q(lifted_at__isnull=False) & ~Q(lifted_by="")),
                name="suspension_lifted_by_somebody",
            ),
        )


class SenderKey(models.Model):
    """A public key whose signatures we accept from a sender (RFC 9421 `keyid`); never deleted, only ended."""

    machine = models.ForeignKey(Machine, models.PROTECT, related_name="keys")
    key_id = models.TextField(unique=True)
    public_key = models.BinaryField()
    valid_from = models.DateTimeField()
    valid_until = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)


class SavedFilter(models.Model):
    """A filter that an officer keeps under a name (bộ lọc đã lưu), on one page. His alone.

    `query` is the page's own query string, which never holds a searched name. `place` bounds how many he has a page.
    """

    officer = models.ForeignKey(
        Officer, models.CASCADE, related_name="saved_filters", db_index=False
    )
    page = models.TextField()
    place = models.SmallIntegerField()
    name = models.TextField()
    query = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["officer", "page", "place"], name="filter_place_once"),
            models.UniqueConstraint(fields=["officer", "page", "name"], name="filter_name_once"),
            models.CheckConstraint(
                condition=Q(place__gte=1, place__lte=MOST_FILTERS), name="filter_number_bounded"
            ),
            models.CheckConstraint(condition=~Q(name=""), name="filter_has_name"),
        )
