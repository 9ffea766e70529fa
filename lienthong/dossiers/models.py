"""Tables of the case file: the dossier, its events, and the tasks the system opens for officers.

Whose work they are and how far they have climbed stands in `worktables`; what counts and finds the closed ones in
`closedtables`.
"""

from django.contrib.postgres.fields import ArrayField
from django.contrib.postgres.indexes import GinIndex
from django.db import models
from django.db.models import ExpressionWrapper, F, Func, Q, Value

from lienthong.dossiers.closedtables import ClosedCount, Syllable
from lienthong.dossiers.lifecycle import CLOSED, STATES, WORKED_ON, LateReason, TaskOutcome
from lienthong.dossiers.worktables import Assignment, Escalation

__all__ = (
    "Assignment",
    "ClosedCount",
    "Dossier",
    "Escalation",
    "Event",
    "Forecast",
    "Hamlet",
    "Reroute",
    "Split",
    "Syllable",
    "Task",
)


class Dossier(models.Model):
    """A child's case file (hồ sơ) from reception to the card in the family's hands.

    `state` is the queue; `reason` says why it waits; `area` is what row-level security reads. The facts of the
    child stand here as registered, so that a queue needs no other table. `received_at` is the ministry's
    message's arrival and never changes, whatever the dossier waits for.

    Where it belongs is read on the map from `commune_code` of the day `registered_on`, or, when the people of that
    commune were divided and somebody chose, from `chosen_commune_code` of the day `chosen_on`. `resolved_since` is the
    first day of the commune that `resolved_commune_code` means.

    A dossier of kind `exchange` asks for a further card of a child who has one (cấp lại, đổi thẻ): it begins at the
    request for approval, has a clock of its own and keeps the message of the child's birth. `paper_reason` is the row of
    the closed list that let a paper dossier in.

    `changed_at` is the instant since which it stands where it stands: the clock of an approval starts there.
    `late_reason` is a `lifecycle.LateReason`, once an officer gave one.
    """

    code = models.TextField()
    source = models.TextField()
    message_id = models.TextField()
    channel = models.TextField(default="electronic")
    kind = models.TextField(default="first", db_default="first")
    paper_reason = models.TextField(default="", db_default="")
    state = models.TextField()
    reason = models.TextField(default="")
    area = models.IntegerField(default=0)
    unit = models.ForeignKey(
        "catalogues.Unit", models.PROTECT, null=True, related_name="+", db_index=False
    )
    unit_rule = models.TextField(default="")
    commune_code = models.TextField()
    district_code = models.TextField(default="")
    registered_on = models.DateField()
    residence_text = models.TextField(default="", db_default="")
    chosen_commune_code = models.TextField(default="", db_default="")
    chosen_on = models.DateField(null=True)
    resolved_commune_code = models.TextField(default="")
    resolved_since = models.DateField(null=True)
    province_code = models.TextField(default="")
    received_at = models.DateTimeField()
    due_on = models.DateField()
    closed_on = models.DateField(null=True)
    child_name = models.TextField()
    child_fold_key = models.TextField()
    child_born_on = models.DateField()
    child_sex = models.TextField()
    facility_code = models.TextField(default="")
    area_code = models.TextField(default="")
    urgent = models.BooleanField(default=False)
    person = models.ForeignKey(
        "persons.Person", models.PROTECT, null=True, related_name="+", db_index=False
    )
    insurance_number = models.TextField(null=True)  # noqa: DJ001 - not given yet is not empty
    late_reason = models.TextField(default="", db_default="")
    late_note = models.TextField(default="", db_default="")
    changed_at = models.DateTimeField()

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["code"], name="dossier_code_once"),
            models.CheckConstraint(condition=Q(state__in=STATES), name="dossier_state"),
            models.CheckConstraint(
                condition=Q(channel__in=("electronic", "paper")), name="dossier_channel"
            ),
            models.CheckConstraint(
                condition=Q(kind__in=("first", "exchange")), name="dossier_kind"
            ),
            models.CheckConstraint(
                condition=Q(channel="electronic", paper_reason="")
                | (Q(channel="paper") & ~Q(paper_reason="")),
                name="dossier_paper_has_reason",
            ),
            models.CheckConstraint(
                condition=Q(insurance_number__isnull=True) | Q(person__isnull=False),
                name="dossier_number_has_person",
            ),
            models.CheckConstraint(
                condition=Q(chosen_commune_code="", chosen_on__isnull=True)
                | (~Q(chosen_commune_code="") & Q(chosen_on__isnull=False)),
                name="dossier_choice_whole",
            ),
            models.CheckConstraint(
                condition=Q(late_reason__in=["", *map(str, LateReason)]), name="dossier_late_reason"
            ),
            models.CheckConstraint(
                condition=~Q(late_reason="", late_note__gt="")
                & ~Q(late_reason=str(LateReason.OTHER), late_note=""),
                name="dossier_late_note",
            ),
        )
        # Every move rewrites every index of the row: each one here has to earn its place.
        indexes = (
            models.Index(fields=["state", "id"], name="dossier_queue"),
            # The work of one area at one step, urgent first, then the oldest: as work_dossiers.sql reads it.
            models.Index(
                F("area"),
                F("state"),
                ExpressionWrapper(~Q(urgent=True), output_field=models.BooleanField()),
                F("due_on"),
                F("id"),
                condition=Q(state__in=WORKED_ON),
                name="dossier_work",
            ),
            # The closed ones, in all years most of all: of one area by id, with the name beside it; and by syllables.
            models.Index(
                fields=["area", "id"],
                include=["child_fold_key", "state"],
                condition=Q(state__in=CLOSED),
                name="dossier_closed",
            ),
            GinIndex(
                Func(F("child_fold_key"), Value(" "), function="string_to_array"),
                condition=Q(state__in=CLOSED),
                fastupdate=False,
                name="dossier_closed_syllables",
            ),
            models.Index(
                fields=["person"], condition=Q(person__isnull=False), name="dossier_person"
            ),
        )


class Event(models.Model):
    """One move of one dossier, written by the trigger in the statement that moved it; never updated."""

    # No constraint: only the trigger writes here, from the rows themselves, and no dossier is ever deleted.
    dossier = models.ForeignKey(
        Dossier, models.PROTECT, related_name="events", db_index=False, db_constraint=False
    )
    machine = models.TextField(default="dossier")
    batch = models.BigIntegerField()
    at = models.DateTimeField()
    from_state = models.TextField()
    to_state = models.TextField()
    by = models.TextField()
    reason = models.TextField(default="")

    class Meta:
        indexes = (models.Index(fields=["dossier", "id"], name="dossier_event_of"),)


class Task(models.Model):
    """Something an officer must look at (việc cần xử lý): opened by the system, closed by people.

    `subject_key` makes opening it twice impossible: the same finding about the same thing is one task. An officer
    closes it with a `lifecycle.TaskOutcome` and a note.
    """

    kind = models.TextField()
    subject_key = models.TextField()
    area = models.IntegerField(default=0)
    dossier = models.ForeignKey(Dossier, models.PROTECT, null=True, related_name="tasks")
    person = models.ForeignKey("persons.Person", models.PROTECT, null=True, related_name="+")
    detail = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    closed_at = models.DateTimeField(null=True)
    closed_by = models.TextField(default="")
    outcome = models.TextField(default="", db_default="")
    note = models.TextField(default="", db_default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(fields=["kind", "subject_key"], name="task_once"),
            models.CheckConstraint(
                condition=Q(outcome__in=["", *map(str, TaskOutcome)])
                & (Q(closed_at__isnull=False) | Q(outcome="", note="")),
                name="task_outcome",
            ),
            # The system may settle its own finding; a person says how.
            models.CheckConstraint(
                condition=~Q(closed_by__startswith="officer:", outcome=""),
                name="task_closed_how",
            ),
        )
        indexes = (
            models.Index(
                fields=["area", "id"], condition=Q(closed_at__isnull=True), name="task_open"
            ),
        )


class Reroute(models.Model):
    """What a cut-over did to one dossier (điều chuyển do thay đổi địa bàn): which row of the table, from whom to whom.

    Written once. `to_unit` is empty while the dossier waits for a declaration or a choice; the row that ends that wait
    has no cut-over of its own. Codes are those of the two sides of the act; `voids_target`: an import that was prepared
    for the old unit is void.
    """

    dossier = models.ForeignKey(
        Dossier, models.PROTECT, related_name="reroutes", db_constraint=False
    )
    cutover = models.ForeignKey("catalogues.Cutover", models.PROTECT, null=True, related_name="+")
    act = models.ForeignKey("catalogues.Act", models.PROTECT, related_name="+")
    at = models.DateTimeField()
    by = models.TextField()
    state = models.TextField()
    rule = models.TextField()
    qualifier = models.TextField(default="")
    from_unit = models.ForeignKey(
        "catalogues.Unit", models.PROTECT, null=True, related_name="+", db_index=False
    )
    to_unit = models.ForeignKey(
        "catalogues.Unit", models.PROTECT, null=True, related_name="+", db_index=False
    )
    from_commune_code = models.TextField(default="")
    to_commune_code = models.TextField(default="")
    path = ArrayField(models.TextField(), default=list)
    voids_target = models.BooleanField(default=False)

    class Meta:
        constraints = (
            # At most one move a cut-over, however often it is run.
            models.UniqueConstraint(fields=["cutover", "dossier"], name="reroute_once"),
        )


class Split(models.Model):
    """A dossier whose old commune was divided, waiting for its new unit (chọn đơn vị mới), or how that was decided.

    What officers of the old unit and of every candidate need to decide stands here, since the dossier itself has one
    owner. `candidates` are (commune code, name, share, unit id, unit name); `suggestion_basis` says why one of them is
    suggested. A choice is followed by the next step; the evidence stays.
    """

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="splits")
    dossier_code = models.TextField(db_default="")
    areas = ArrayField(models.IntegerField(), default=list)
    old_code = models.TextField()
    old_name = models.TextField()
    split_on = models.DateField()
    from_unit = models.ForeignKey(
        "catalogues.Unit", models.PROTECT, null=True, related_name="+", db_index=False
    )
    child_name = models.TextField()
    child_born_on = models.DateField()
    residence_text = models.TextField()
    hamlet_key = models.TextField(default="")
    hamlet_name = models.TextField(default="")
    received_at = models.DateTimeField()
    due_on = models.DateField()
    candidates = models.JSONField(default=list)
    suggested_code = models.TextField(default="")
    suggestion_basis = models.TextField(default="")
    opened_at = models.DateTimeField()
    chosen_code = models.TextField(default="")
    chosen_on = models.DateField(null=True)
    chosen_basis = models.TextField(default="")
    chosen_at = models.DateTimeField(null=True)
    chosen_by = models.TextField(default="")
    note = models.TextField(default="")
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["dossier"], condition=Q(closed_at__isnull=True), name="split_one_open"
            ),
            models.CheckConstraint(
                condition=Q(chosen_code="", chosen_on__isnull=True, chosen_at__isnull=True)
                | (
                    ~Q(chosen_code="")
                    & Q(chosen_on__isnull=False, chosen_at__isnull=False)
                    & ~Q(chosen_by="")
                ),
                name="split_choice_whole",
            ),
        )
        indexes = (
            GinIndex(fields=["areas"], condition=Q(closed_at__isnull=True), name="split_areas"),
            models.Index(
                fields=["old_code", "split_on"],
                condition=Q(closed_at__isnull=True),
                name="split_of_commune",
            ),
        )


class Hamlet(models.Model):
    """Where the people of one hamlet (thôn, tổ dân phố) of a divided commune went, as an officer decided once for all."""

    old_code = models.TextField()
    split_on = models.DateField()
    hamlet_key = models.TextField()
    hamlet_name = models.TextField()
    new_code = models.TextField()
    chosen_on = models.DateField()
    decided_at = models.DateTimeField()
    decided_by = models.TextField()

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["old_code", "split_on", "hamlet_key"], name="hamlet_went_one_way"
            ),
            models.CheckConstraint(condition=~Q(hamlet_key=""), name="hamlet_has_name"),
        )


class Forecast(models.Model):
    """One line of an act's dry run (chạy thử): what applying it would do to one open dossier."""

    act = models.ForeignKey("catalogues.Act", models.PROTECT, related_name="+", db_index=False)
    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="+", db_constraint=False)
    areas = ArrayField(models.IntegerField(), default=list)
    state = models.TextField()
    rule = models.TextField()
    qualifier = models.TextField(default="")
    reason = models.TextField(default="")
    from_unit_id = models.BigIntegerField(null=True)
    to_unit_id = models.BigIntegerField(null=True)
    from_commune_code = models.TextField(default="")
    to_commune_code = models.TextField(default="")

    class Meta:
        constraints = (models.UniqueConstraint(fields=["act", "dossier"], name="forecast_once"),)
