"""Tables without a subject of their own: the allowed moves, the law as rows, the outbox."""

from django.db import models


class Move(models.Model):
    """One allowed move of one lifecycle; the Python tables are mirrored here (`moves.mirror`)."""

    pk = models.CompositePrimaryKey("machine", "from_state", "to_state")
    machine = models.TextField()
    from_state = models.TextField()
    to_state = models.TextField()

    class Meta:
        db_table = "database_move"


class LawStamp(models.Model):
    """Which version of the law the rows below were written from, and for which day."""

    name = models.TextField(primary_key=True)
    version = models.TextField()
    on = models.DateField()

    class Meta:
        db_table = "database_law_stamp"


class LawValidity(models.Model):
    """Cover by birth date: first day, day after the last, five-year day. One row per birth date that matters."""

    birth_date = models.DateField(primary_key=True)
    first_day = models.DateField()
    end_day = models.DateField()
    five_year_on = models.DateField()

    class Meta:
        db_table = "database_law_validity"


class LawDue(models.Model):
    """The day by which a dossier received on `received_on` (counted day) is due, by allowance in working days."""

    pk = models.CompositePrimaryKey("received_on", "allowance")
    received_on = models.DateField()
    allowance = models.SmallIntegerField()
    due_on = models.DateField()

    class Meta:
        db_table = "database_law_due"
