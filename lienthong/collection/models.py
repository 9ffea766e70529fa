"""The collection ledger: what arises for the state budget to pay for a child."""

from django.contrib.postgres.fields import DateRangeField
from django.db import models
from django.db.models import Q


class Entry(models.Model):
    """What arises for collection (phát sinh thu) from one dossier, at one unit; voided, never deleted."""

    dossier = models.ForeignKey(
        "dossiers.Dossier", models.PROTECT, related_name="+", db_index=False
    )
    person = models.ForeignKey("persons.Person", models.PROTECT, related_name="+", db_index=False)
    unit = models.ForeignKey("catalogues.Unit", models.PROTECT, related_name="+", db_index=False)
    area = models.IntegerField()
    beneficiary_group = models.TextField()
    first_month = models.DateField()
    covers = DateRangeField()
    arisen_at = models.DateTimeField()
    voided_at = models.DateTimeField(null=True)
    void_reason = models.TextField(default="")

    class Meta:
        constraints = (
            models.UniqueConstraint(
                fields=["dossier"],
                condition=Q(voided_at__isnull=True),
                name="entry_one_live_a_dossier",
            ),
            models.CheckConstraint(
                condition=Q(voided_at__isnull=True) | ~Q(void_reason=""),
                name="entry_void_has_reason",
            ),
        )
        indexes = (
            models.Index(
                fields=["dossier"], condition=Q(voided_at__isnull=False), name="entry_voided"
            ),
        )
