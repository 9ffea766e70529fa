"""Tables that make closed dossiers quick to count and to find by name. Part of `models`, which names them.

Only the trigger of the dossiers adds to them, in the statement that closed something; nobody waits for anybody there.
"""

from django.db import models


class ClosedCount(models.Model):
    """A part of how many closed dossiers stand in one area and state: their number is the sum of its parts.

    A statement that closes, reopens or moves dossiers adds a part, below zero for those that left; `tally` puts the
    parts together.
    """

    area = models.IntegerField()
    state = models.TextField()
    count = models.BigIntegerField()

    class Meta:
        indexes = (models.Index(fields=["area", "state"], name="closed_count_of"),)


class Syllable(models.Model):
    """A syllable (âm tiết) that stands in the comparison key of some closed dossier's child; never taken away.

    Of two that close dossiers at once each may write the same one: no unique rule, for nobody waits here, and a
    reader takes each once.
    """

    text = models.TextField()

    class Meta:
        indexes = (models.Index(fields=["text"], name="syllable_text"),)
