"""Tables of collection agents: the organisation, the communes it works in, and how much each agent looked up in a day.

Part of `models`, which names them. Nothing is deleted: an agency, a commune and an account are ended.
"""

from django.db import models
from django.db.models import Func, Q

_NOW = Func(function="clock_timestamp", output_field=models.DateTimeField())


class Agency(models.Model):
    """An organisation that collects contributions for a unit (đại lý thu), such as the post office of a place.

    Its people sign in as officers of role `agent`; what they see is bounded by `AgencyCommune`.
    """

    code = models.TextField(unique=True)
    name = models.TextField()
    province_code = models.TextField()
    unit_code = models.TextField()
    is_active = models.BooleanField(default=True)
    made_by = models.TextField()
    made_at = models.DateTimeField(db_default=_NOW)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(code__regex=r"^[0-9A-Z][0-9A-Z.\-]{1,23}$"), name="agency_code_form"
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(unit_code="") & ~Q(province_code=""),
                name="agency_has_name_and_unit",
            ),
        )


class AgencyCommune(models.Model):
    """A commune in which an agency works; ended, never deleted. Communes that merged into it are its too."""

    agency = models.ForeignKey(Agency, models.PROTECT, related_name="communes", db_index=False)
    commune_code = models.TextField()
    added_by = models.TextField()
    added_at = models.DateTimeField(db_default=_NOW)
    ended_by = models.TextField(default="", db_default="")
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["agency", "commune_code"],
                condition=Q(ended_at__isnull=True),
                name="agency_commune_once",
            ),
            models.CheckConstraint(
                condition=Q(commune_code__regex=r"^[0-9]{5}$"), name="agency_commune_form"
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=True, ended_by="")
                | (Q(ended_at__isnull=False) & ~Q(ended_by="")),
                name="agency_commune_end_whole",
            ),
        )


class AgentDay(models.Model):
    """How many times an agent looked people up on a Vietnamese day, and how many of them in vain. Written by function alone.

    `minute` and `hour` are those of the last look, with the looks in each.
    """

    officer = models.ForeignKey(
        "accounts.Officer", models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField()
    look_count = models.IntegerField(default=0)
    miss_count = models.IntegerField(default=0)
    minute = models.DateTimeField(null=True)
    minute_count = models.IntegerField(default=0, db_default=0)
    hour = models.DateTimeField(null=True)
    hour_count = models.IntegerField(default=0, db_default=0)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["officer", "day"], name="agent_day_once"),
            models.CheckConstraint(
                condition=Q(look_count__gte=0, miss_count__gte=0), name="agent_day_counts"
            ),
        )
