"""Tables of officers and machines. Secrets do not stand here: passwords and second factors live in `authz`."""

from django.db import models
from django.db.models import Q

from lienthong.accounts.permissions import MACHINE_ROLES, Role

MOST_FILTERS = 8
"""How many filters an officer may keep on one page: as many as can be read at a glance."""
_OFFICER_ROLES = tuple(role for role in Role if role not in MACHINE_ROLES)


class Officer(models.Model):
    """An officer's account (tài khoản cán bộ).

    `person_key` stands for the human being: two accounts of one person share it, so that four eyes are four.
    The area: a unit code names one unit, else a province code one province, else the role decides
    (`jurisdiction`).
    """

    username = models.TextField(unique=True)
    full_name = models.TextField()
    person_key = models.BigIntegerField()
    role = models.TextField()
    province_code = models.TextField(default="", blank=True)
    unit_code = models.TextField(default="", blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
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
    """Another system's account: a hospital that looks cards up, a ministry that sends births."""

    name = models.TextField(unique=True)
    title_vi = models.TextField()
    role = models.TextField()
    source = models.TextField(default="", blank=True)
    facility_code = models.TextField(default="", blank=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(role__in=sorted(str(role) for role in MACHINE_ROLES)),
                name="machine_role",
            ),
            models.UniqueConstraint(
                fields=["source"], condition=~Q(source=""), name="machine_one_per_source"
            ),
        )


class MachineStaff(models.Model):
    """A person who may act through a machine account (nhân viên tra cứu của cơ sở khám, chữa bệnh)."""

    machine = models.ForeignKey(Machine, models.PROTECT, related_name="staff")
    full_name = models.TextField()
    personal_id = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["machine", "personal_id"], name="machine_staff_once"),
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
