"""Tables of looking cards up: what each account used, misses by person looked for, limits, temporary codes.

A part of `models`, which brings them in. No role of a page or of the gateway reads them but through functions.
"""

from django.contrib.postgres.fields import ArrayField, DateRangeField
from django.db import models
from django.db.models import F, Func, Q

LINK_REASONS = ("", "notice", "mother", "officer")
"""By what a temporary code was found to be a child's: the birth notice, the mother and the day, or an officer's word."""
_NOW = Func(function="clock_timestamp", output_field=models.DateTimeField())


class LookupDay(models.Model):
    """What one hospital account asked on one Vietnamese day, and in its latest clock minute.

    `recent` holds the last 50 answers as bits, the newest lowest: 1 where nobody was found.
    """

    pk = models.CompositePrimaryKey("machine_id", "day")
    machine = models.ForeignKey(
        "accounts.Machine", models.PROTECT, related_name="+", db_index=False
    )
    day = models.DateField()
    call_count = models.IntegerField()
    hit_count = models.IntegerField(db_default=0)
    miss_count = models.IntegerField(db_default=0)
    refused_count = models.IntegerField(db_default=0)
    decoy_count = models.IntegerField(db_default=0)
    minute = models.DateTimeField()
    minute_count = models.IntegerField()
    recent = models.BigIntegerField(db_default=0)


class LookupTarget(models.Model):
    """How often on one day somebody asked in vain for a person of one name and birth date, who may not exist.

    `target` is a keyed hash whose key the database does not have.
    """

    pk = models.CompositePrimaryKey("target", "day")
    target = models.BinaryField()
    day = models.DateField()
    miss_count = models.IntegerField()


class LookupSetting(models.Model):
    """A figure that the look-up functions go by (mức giới hạn tra cứu chung)."""

    name = models.TextField(primary_key=True)
    value = models.IntegerField()
    note = models.TextField(db_default="")
    set_by = models.TextField(db_default="system")
    set_at = models.DateTimeField(db_default=_NOW)


class LookupChange(models.Model):
    """A change of one of those figures (lịch sử mức giới hạn), written by a trigger."""

    name = models.TextField()
    value_before = models.IntegerField()
    value = models.IntegerField()
    note = models.TextField(db_default="")
    by = models.TextField()
    at = models.DateTimeField(db_default=_NOW)


class LookupPeak(models.Model):
    """The most calls of all accounts together that were seen in one minute of a day."""

    day = models.DateField(primary_key=True)
    most_calls = models.IntegerField()


class TemporaryCode(models.Model):
    """A code under which a child without a card is treated (mã thẻ tạm), until the card is there.

    `code` is TE1, the province, and a serial that no insurance number can be. `valid` is half-open, from admission.
    The name is the child's or, before it has one, that of the mother or whoever came with it. `person` is the child
    once it is known who it is; the code then leads to the card. `birth_order` tells children of one birth apart.
    `not_persons` are those of whom an officer said that they are others. `looked_at` is when the system last looked for
    the child, empty when it is to look now; `doubt` the task in which an officer is asked.
    """

    code = models.TextField(unique=True)
    facility_code = models.TextField()
    machine = models.ForeignKey("accounts.Machine", models.PROTECT, related_name="+", null=True)
    staff_id = models.BigIntegerField(null=True)
    issued_by = models.TextField()
    issued_at = models.DateTimeField(db_default=_NOW)
    full_name = models.TextField(db_default="")
    carer_name = models.TextField()
    carer_relation = models.TextField()
    mother_personal_id = models.TextField(db_default="")
    birth_notice_code = models.TextField(db_default="")
    born_on = models.DateField()
    sex = models.TextField()
    address = models.TextField(db_default="")
    province_code = models.TextField()
    valid = DateRangeField()
    person = models.ForeignKey("persons.Person", models.PROTECT, null=True, related_name="+")
    linked_at = models.DateTimeField(null=True)
    linked_by = models.TextField(db_default="")
    link_reason = models.TextField(db_default="")
    birth_order = models.SmallIntegerField(db_default=1)
    not_persons = ArrayField(models.BigIntegerField(), db_default=[])
    looked_at = models.DateTimeField(null=True)
    doubt = models.ForeignKey(
        "dossiers.Task", models.PROTECT, null=True, related_name="+", db_index=False
    )

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(code__regex=r"^TE1[0-9]{2}99[0-9]{8}$"), name="temporary_code_form"
            ),
            models.CheckConstraint(
                condition=Q(carer_relation__in=("mother", "father", "guardian", "facility")),
                name="temporary_code_relation",
            ),
            models.CheckConstraint(
                condition=Q(sex__in=("male", "female", "undetermined")), name="temporary_code_sex"
            ),
            models.CheckConstraint(
                condition=Q(valid__isempty=False, valid__startswith__gte=F("born_on")),
                name="temporary_code_valid",
            ),
            models.CheckConstraint(
                condition=Q(person__isnull=True, linked_at__isnull=True)
                | Q(person__isnull=False, linked_at__isnull=False),
                name="temporary_code_linked_when",
            ),
            models.CheckConstraint(
                condition=Q(birth_order__range=(1, 9)), name="temporary_code_birth_order"
            ),
            models.CheckConstraint(
                condition=Q(link_reason__in=LINK_REASONS), name="temporary_code_link_reason"
            ),
        )
        indexes = (
            models.Index(
                fields=["looked_at"], condition=Q(person__isnull=True), name="temporary_code_open"
            ),
            models.Index(
                fields=["id"], condition=Q(looked_at__isnull=True), name="temporary_code_new"
            ),
            models.Index(
                fields=["birth_notice_code"],
                condition=~Q(birth_notice_code=""),
                name="temporary_code_notice",
            ),
            models.Index(
                fields=["mother_personal_id", "born_on"],
                condition=~Q(mother_personal_id=""),
                name="temporary_code_mother",
            ),
            models.Index(fields=["facility_code", "born_on"], name="temporary_code_child"),
            models.Index(fields=["machine", "id"], name="temporary_code_of"),
        )
