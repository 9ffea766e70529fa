"""Tables of a register that comes as a file: the file, its bytes, its rows as read and what becomes of each.

Part of `models`, which names them. The bytes stay as evidence; the rows are a working copy, which `importing.sweep`
takes away once nobody needs it.
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q

KINDS = ("household", "collection")
STATES = ("received", "staged", "previewed", "confirmed", "done", "refused", "dropped")
ENCODINGS = ("utf-8", "tcvn3", "vni")
OUTCOMES = ("", "fault", "new", "changed", "unchanged")
LINKS = ("", "known", "linked", "repeat", "made", "asked", "unlinked")


class Import(models.Model):
    """One file of a register (lần nhập dữ liệu), from its arrival to the last row written.

    `areas` are those that whoever sent or confirmed it may act in; a row outside is refused. `read_line` and
    `applied_line` are how far the comparison and the writing have come: what was cut off goes on from there.
    """

    kind = models.TextField()
    name = models.TextField()
    sha256 = models.TextField()
    size = models.BigIntegerField()
    encoding = models.TextField(default="utf-8")
    state = models.TextField(default="received")
    areas = ArrayField(models.IntegerField(), default=list)
    is_everywhere = models.BooleanField(default=False)
    sent_by = models.TextField()
    sent_at = models.DateTimeField()
    confirmed_by = models.TextField(default="", db_default="")
    confirmed_at = models.DateTimeField(null=True)
    ended_at = models.DateTimeField(null=True)
    columns = ArrayField(models.TextField(), default=list, db_default=[])
    last_line = models.IntegerField(default=0, db_default=0)
    read_line = models.IntegerField(default=0, db_default=0)
    applied_line = models.IntegerField(default=0, db_default=0)
    counts = models.JSONField(default=dict, db_default={})
    trouble_code = models.TextField(default="", db_default="")
    trouble_vi = models.TextField(default="", db_default="")
    swept_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="import_kind"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="import_state"),
            models.CheckConstraint(condition=Q(encoding__in=ENCODINGS), name="import_encoding"),
            models.CheckConstraint(
                condition=~Q(state__in=("confirmed", "done"))
                | (~Q(confirmed_by="") & Q(confirmed_at__isnull=False)),
                name="import_confirmed_by_somebody",
            ),
            models.CheckConstraint(
                condition=Q(ended_at__isnull=False, state__in=("done", "refused", "dropped"))
                | Q(ended_at__isnull=True)
                & Q(state__in=("received", "staged", "previewed", "confirmed")),
                name="import_end_whole",
            ),
        )
        indexes = (
            models.Index(fields=["sha256"], name="import_sha256"),
            models.Index(
                fields=["id"],
                condition=Q(state__in=("received", "staged", "confirmed")),
                name="import_due",
            ),
        )


class ImportPart(models.Model):
    """A piece of the file as it came, at most a mebibyte; put together in the order of `place` they are the file."""

    source = models.ForeignKey(Import, models.PROTECT, related_name="parts", db_index=False)
    place = models.IntegerField()
    body = models.BinaryField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["source", "place"], name="importpart_place_once"),
        )


class ImportRow(models.Model):
    """One row of the file, in the register's form, and what the comparison found of it.

    `faults` and `remarks` are `CODE:column`. `found_id` is the person the row is about; `asked_ids` are persons who may be the
    same; `repeats_line` is an earlier row of the file with the same id or number. `changes` are the columns that differ
    from what this source said `before`.
    """

    source = models.ForeignKey(Import, models.PROTECT, related_name="rows", db_index=False)
    line = models.IntegerField()
    source_ref = models.TextField(default="")
    full_name = models.TextField(default="")
    birth_date = models.TextField(default="")
    sex = models.TextField(default="")
    personal_id = models.TextField(default="")
    insurance_number = models.TextField(default="")
    mother_name = models.TextField(default="")
    province_code = models.TextField(default="")
    commune_code = models.TextField(default="")
    household_code = models.TextField(default="")
    relation = models.TextField(default="")
    address = models.TextField(default="")
    born_on = models.DateField(null=True)
    fold_key = models.TextField(default="")
    faults = ArrayField(models.TextField(), default=list, db_default=[])
    remarks = ArrayField(models.TextField(), default=list, db_default=[])
    outcome = models.TextField(default="", db_default="")
    link = models.TextField(default="", db_default="")
    area = models.IntegerField(default=0, db_default=0)
    found_id = models.BigIntegerField(null=True)
    asked_ids = ArrayField(models.BigIntegerField(), default=list, db_default=[])
    changes = ArrayField(models.TextField(), default=list, db_default=[])
    before = models.JSONField(default=dict, db_default={})
    repeats_line = models.IntegerField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["source", "line"], name="importrow_line_once"),
            models.CheckConstraint(condition=Q(outcome__in=OUTCOMES), name="importrow_outcome"),
            models.CheckConstraint(condition=Q(link__in=LINKS), name="importrow_link"),
        )
        # Whom the file does not name is asked of each row of the register.
        indexes = (models.Index(fields=["source", "source_ref"], name="importrow_ref"),)
