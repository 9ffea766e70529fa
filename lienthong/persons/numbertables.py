"""Tables beside the number ledger: what became of a number, old numbers, former personal ids, repairs.

Part of `models`, which names them. Nothing here is deleted: what was wrong stays as what was wrong.
"""

from django.contrib.postgres.fields import DateTimeRangeField
from django.db import models
from django.db.models import F, Q

SOURCES = ("book", "card", "paper", "exchange", "household", "collection", "repair", "ledger")
KINDS = ("doubled", "claimed", "structure")
KEEPS = ("held", "written", "person", "other", "new", "nothing")
STATES = ("proposed", "confirmed", "done", "refused")
ENDINGS = ("", "repaired", "left", "gone")


class NumberEvent(models.Model):
    """One change of a number's status in the ledger, written by the database itself: when, from what to what, by whom."""

    number = models.ForeignKey("persons.Number", models.PROTECT, related_name="events")
    at = models.DateTimeField()
    from_status = models.TextField()
    to_status = models.TextField()
    by = models.TextField()


class OldNumber(models.Model):
    """A number of a person as it was WRITTEN in an old book, card or file (số cũ): whoever asks for it finds the person.

    `key` is the text without blanks and signs, in capitals. What was noted by mistake is withdrawn, not deleted.
    """

    person = models.ForeignKey("persons.Person", models.PROTECT, related_name="old_numbers")
    written = models.TextField()
    key = models.TextField()
    source = models.TextField()
    faults = models.TextField(default="", db_default="")
    noted_by = models.TextField()
    noted_at = models.DateTimeField()
    status = models.TextField(default="noted", db_default="noted")
    withdrawn_by = models.TextField(default="", db_default="")
    withdrawn_at = models.DateTimeField(null=True)
    withdrawn_note = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(source__in=SOURCES), name="old_number_source"),
            models.CheckConstraint(
                condition=Q(key__regex=r"^[0-9A-Z]{1,40}$"), name="old_number_key_form"
            ),
            models.CheckConstraint(
                condition=Q(status="noted", withdrawn_at__isnull=True, withdrawn_by="")
                | (Q(status="withdrawn", withdrawn_at__isnull=False) & ~Q(withdrawn_by="")),
                name="old_number_withdrawn_whole",
            ),
            models.UniqueConstraint(
                fields=["person", "key"],
                condition=Q(status="noted"),
                name="old_number_once_a_person",
            ),
        )
        indexes = (
            models.Index(fields=["key"], condition=Q(status="noted"), name="old_number_key"),
        )


class Identifier(models.Model):
    """A personal id that a person holds or held, since it first changed: from when to when (half-open), and how it ended.

    Written by the database itself. An id that never changed has no row: it stands with the person alone.
    """

    person = models.ForeignKey("persons.Person", models.PROTECT, related_name="identifiers")
    personal_id = models.TextField()
    valid = DateTimeRangeField()
    status = models.TextField(default="active")
    said_by = models.TextField()

    class Meta:
        constraints = (
            models.CheckConstraint(
                condition=Q(status__in=("active", "replaced", "cancelled", "withdrawn")),
                name="identifier_status",
            ),
            models.CheckConstraint(
                condition=Q(status="active", valid__endswith__isnull=True)
                | (~Q(status="active") & Q(valid__endswith__isnull=False)),
                name="identifier_end_whole",
            ),
            models.UniqueConstraint(
                fields=["person"], condition=Q(status="active"), name="identifier_one_active"
            ),
        )
        indexes = (models.Index(fields=["personal_id"], name="identifier_id"),)


class NumberCheck(models.Model):
    """An entry whose numbers are still to be looked at: the queue of the detection. Nothing but the entry's key."""

    entry = models.OneToOneField(
        "persons.Entry", models.PROTECT, primary_key=True, related_name="+"
    )


class NumberNight(models.Model):
    """How far the nightly look has come, first at all entries, then at the ledger's odd numbers: one row. Nobody's data.

    `after_number` is empty while the entries are looked at.
    """

    done_on = models.DateField(null=True)
    after_id = models.BigIntegerField(default=0)
    after_number = models.TextField(default="", db_default="")

    class Meta:
        constraints = (models.CheckConstraint(condition=Q(id=1), name="number_night_one_row"),)


class NumberMatter(models.Model):
    """Something wrong with a number (mã số cần sửa): of which kind, whose, since when.

    `doubled`: `person` holds one number and a second, `number`, is told of him. `claimed`: `number` is `person`'s and told of
    `other` too. `structure`: what was `written` of `person` is no number, or no province's; of source `ledger` it is the one
    in use. `areas` of both decide who sees it.
    """

    kind = models.TextField()
    person = models.ForeignKey("persons.Person", models.PROTECT, related_name="+")
    other = models.ForeignKey(
        "persons.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    number = models.TextField(default="", db_default="")
    written = models.TextField()
    key = models.TextField()
    source = models.TextField()
    entry = models.ForeignKey(
        "persons.Entry", models.PROTECT, null=True, related_name="+", db_index=False
    )
    area = models.IntegerField()
    other_area = models.IntegerField(default=0, db_default=0)
    found_at = models.DateTimeField()
    found_by = models.TextField()
    closed_at = models.DateTimeField(null=True)
    closed_as = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(kind__in=KINDS), name="number_matter_kind"),
            models.CheckConstraint(condition=Q(source__in=SOURCES), name="number_matter_source"),
            models.CheckConstraint(
                condition=Q(kind="claimed", other__isnull=False)
                | (~Q(kind="claimed") & Q(other__isnull=True)),
                name="number_matter_of_two",
            ),
            models.CheckConstraint(
                condition=Q(other__isnull=True) | ~Q(other=F("person")),
                name="number_matter_others",
            ),
            models.CheckConstraint(
                condition=Q(kind="structure") | Q(number__regex=r"^[0-9]{10}$"),
                name="number_matter_number",
            ),
            models.CheckConstraint(
                condition=Q(closed_as__in=ENDINGS)
                & (
                    Q(closed_at__isnull=True, closed_as="")
                    | (Q(closed_at__isnull=False) & ~Q(closed_as=""))
                ),
                name="number_matter_end_whole",
            ),
            models.UniqueConstraint(
                fields=["kind", "person", "other", "key"],
                condition=Q(closed_at__isnull=True),
                nulls_distinct=False,
                name="number_matter_open_once",
            ),
        )
        indexes = (
            models.Index(
                fields=["area", "kind", "found_at"],
                condition=Q(closed_at__isnull=True),
                name="number_matter_open",
            ),
        )


class NumberRepair(models.Model):
    """What one officer proposes about such a matter and another confirms (sửa mã số); both with name and instant.

    `keep` is what stays: the number `held`, that `written`, `person` or `other` keeps the number, a `new` one is given, or
    `nothing` is changed. `effects` are the rows changed, before and after. Where the number stands on a card, the repair is done when
    `card` is approved; `trouble` says why no card could be asked for yet.
    """

    matter = models.ForeignKey(NumberMatter, models.PROTECT, related_name="repairs")
    state = models.TextField(default="proposed", db_default="proposed")
    keep = models.TextField()
    reason = models.TextField()
    evidence = models.TextField()
    proposed_person = models.BigIntegerField()
    proposed_by = models.TextField()
    proposed_at = models.DateTimeField()
    confirmed_person = models.BigIntegerField(null=True)
    confirmed_by = models.TextField(default="", db_default="")
    confirmed_at = models.DateTimeField(null=True)
    refused_by = models.TextField(default="", db_default="")
    refused_at = models.DateTimeField(null=True)
    refused_note = models.TextField(default="", db_default="")
    done_at = models.DateTimeField(null=True)
    card_id = models.BigIntegerField(null=True)
    trouble = models.TextField(default="", db_default="")
    effects = models.JSONField(default=list, db_default=[])

    class Meta:
        constraints = (
            models.CheckConstraint(condition=Q(keep__in=KEEPS), name="number_repair_keep"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="number_repair_state"),
            models.CheckConstraint(
                condition=~Q(reason="") & ~Q(evidence=""), name="number_repair_for_a_reason"
            ),
            models.CheckConstraint(
                condition=Q(
                    state__in=("proposed", "refused"),
                    confirmed_at__isnull=True,
                    confirmed_person__isnull=True,
                )
                | (
                    Q(state__in=("confirmed", "done"), confirmed_at__isnull=False)
                    & Q(confirmed_person__gt=0, proposed_person__gt=0)
                    & ~Q(confirmed_person=F("proposed_person"))
                ),
                name="number_repair_four_eyes",
            ),
            models.CheckConstraint(
                condition=Q(state="refused", refused_at__isnull=False)
                & ~Q(refused_by="")
                & ~Q(refused_note="")
                | ~Q(state="refused") & Q(refused_at__isnull=True),
                name="number_repair_refused_whole",
            ),
            models.CheckConstraint(
                condition=Q(state="done", done_at__isnull=False)
                | ~Q(state="done") & Q(done_at__isnull=True),
                name="number_repair_done_whole",
            ),
            models.UniqueConstraint(
                fields=["matter"],
                condition=~Q(state="refused"),
                name="number_repair_one_live",
            ),
        )
        indexes = (
            models.Index(
                fields=["id"], condition=Q(state="confirmed"), name="number_repair_waiting"
            ),
        )
