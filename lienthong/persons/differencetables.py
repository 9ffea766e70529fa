"""Tables of the two databases side by side: what each says of a person, where they differ, how that was settled.

Part of `models`, which names them. An entry is kept as received; a settlement changes the person, never an entry.
"""

from django.db import models
from django.db.models import Q

SOURCES = ("household", "collection")
KINDS = (
    "name",
    "name_tone",
    "birth_date",
    "sex",
    "personal_id",
    "insurance_number",
    "mother_name",
    "commune",
    "household",
    "relation",
    "only_household",
    "only_collection",
)
STATES = ("open", "settled", "gone")
CHOICES = ("", "household", "collection", "registered", "other")
PATTERNS = ("any", "tone_place", "case", "empty_side", "day_month", "equals_registered")


class Entry(models.Model):
    """One person as one database states him (dòng dữ liệu): the columns of the register file, as text, as received.

    `person` is null until linked. `compared_at` is null while the comparison of this entry is due.
    """

    source = models.TextField()
    source_ref = models.TextField()
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
    person = models.ForeignKey(
        "persons.Person", models.PROTECT, null=True, related_name="entries", db_index=False
    )
    area = models.IntegerField(default=0)
    received_at = models.DateTimeField()
    import_id = models.BigIntegerField(null=True)
    compared_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["source", "source_ref"], name="entry_once_a_source"),
            models.CheckConstraint(condition=Q(source__in=SOURCES), name="entry_source"),
            models.CheckConstraint(condition=~Q(source_ref=""), name="entry_has_reference"),
        )
        indexes = (
            models.Index(
                fields=["person", "source"],
                condition=Q(person__isnull=False),
                name="entry_person",
            ),
            models.Index(
                fields=["personal_id"], condition=~Q(personal_id=""), name="entry_personal_id"
            ),
            models.Index(
                fields=["insurance_number"],
                condition=~Q(insurance_number=""),
                name="entry_number",
            ),
            models.Index(
                fields=["id"],
                condition=Q(compared_at__isnull=True, person__isnull=False),
                name="entry_to_compare",
            ),
            models.Index(
                fields=["area", "source"],
                condition=Q(person__isnull=True),
                name="entry_unlinked",
            ),
            # What a file of some communes leaves out is asked of those communes alone.
            models.Index(fields=["commune_code", "source"], name="entry_commune"),
        )


class DifferenceRule(models.Model):
    """A way to settle many differences alike (quy tắc xử lý chênh lệch): of one kind and pattern, to one choice."""

    name = models.TextField()
    kind = models.TextField()
    pattern = models.TextField()
    choice = models.TextField()
    reason = models.TextField()
    made_by = models.TextField()
    made_at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)
    ended_by = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="difference_rule_kind"),
            models.CheckConstraint(
                condition=Q(pattern__in=PATTERNS), name="difference_rule_pattern"
            ),
            models.CheckConstraint(
                condition=Q(choice__in=("household", "collection", "registered")),
                name="difference_rule_choice",
            ),
            models.CheckConstraint(
                condition=~Q(name="") & ~Q(reason=""), name="difference_rule_told"
            ),
            models.UniqueConstraint(
                fields=["kind", "pattern", "choice"],
                condition=Q(ended_at__isnull=True),
                name="difference_rule_once",
            ),
        )


class DifferenceRun(models.Model):
    """One time that a rule was applied (lần áp dụng), by whom and to how many; it can be taken back as one."""

    rule = models.ForeignKey(DifferenceRule, models.PROTECT, related_name="runs", db_index=False)
    done_count = models.IntegerField()
    by = models.TextField()
    at = models.DateTimeField()
    undone_at = models.DateTimeField(null=True)
    undone_by = models.TextField(default="", db_default="")
    undone_count = models.IntegerField(default=0, db_default=0)

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(undone_at__isnull=True, undone_by="")
                | (Q(undone_at__isnull=False) & ~Q(undone_by="")),
                name="difference_run_undo_whole",
            ),
        )


class Difference(models.Model):
    """Where the household and the collection database differ about one person (chênh lệch), in one thing.

    `household_value` and `collection_value` are what the two entries said when it was found. `value_before` and
    `value_after` are what the person's record said before and after the settlement; equal when it changed nothing.
    """

    person = models.ForeignKey(
        "persons.Person", models.PROTECT, related_name="differences", db_index=False
    )
    household_entry = models.ForeignKey(
        Entry, models.PROTECT, null=True, related_name="+", db_index=False
    )
    collection_entry = models.ForeignKey(
        Entry, models.PROTECT, null=True, related_name="+", db_index=False
    )
    kind = models.TextField()
    household_value = models.TextField(default="")
    collection_value = models.TextField(default="")
    area = models.IntegerField(default=0)
    found_at = models.DateTimeField()
    state = models.TextField(default="open")
    choice = models.TextField(default="", db_default="")
    reason = models.TextField(default="", db_default="")
    value_before = models.TextField(default="", db_default="")
    value_after = models.TextField(default="", db_default="")
    run = models.ForeignKey(
        DifferenceRun, models.PROTECT, null=True, related_name="settled", db_index=False
    )
    settled_by = models.TextField(default="", db_default="")
    settled_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="difference_kind"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="difference_state"),
            models.CheckConstraint(condition=Q(choice__in=CHOICES), name="difference_choice"),
            models.CheckConstraint(
                condition=~Q(state="settled")
                | (~Q(choice="") & ~Q(settled_by="") & Q(settled_at__isnull=False)),
                name="difference_settled_by_somebody",
            ),
            models.CheckConstraint(
                condition=~Q(choice="other") | ~Q(reason=""), name="difference_other_has_reason"
            ),
            models.UniqueConstraint(
                fields=["person", "kind"],
                condition=Q(state="open"),
                name="difference_open_once",
            ),
        )
        indexes = (
            models.Index(
                fields=["area", "kind", "found_at"],
                condition=Q(state="open"),
                name="difference_open",
            ),
            models.Index(fields=["person", "kind"], name="difference_person"),
            models.Index(fields=["run"], condition=Q(run__isnull=False), name="difference_run"),
            models.Index(
                fields=["area", "settled_at"],
                condition=Q(state="settled"),
                name="difference_settled",
            ),
        )
