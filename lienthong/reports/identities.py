"""What must add up in every row of `phu-luc-1` (rules §9.1): a row that breaks one of these is not shown.

A rejected or cancelled record is counted under the step where it stopped; each identity has its own term for it, and column
11 is their sum.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from lienthong.reports.columns import BACKLOG_BY_STAGE
from lienthong.reports.states import PAPERS, Age


@dataclass(frozen=True, slots=True)
class Identity:
    """`total` equals the sum of `parts`, less `less`."""

    name: str
    total: str
    parts: tuple[str, ...]
    less: tuple[str, ...] = ()

    def holds(self, figures: Mapping[str, float]) -> bool:
        """True when it adds up in this row."""
        parts = sum(figures[key] for key in self.parts) - sum(figures[key] for key in self.less)
        return figures[self.total] == parts


IDENTITIES = (
    Identity("received = received_btp + manual", "received", ("received_btp", "manual")),
    Identity(
        "received = duplicates + create_failed + created + pending_create + stopped_create",
        "received",
        ("duplicates", "create_failed", "created", "pending_create", "stopped_create"),
    ),
    Identity(
        "duplicates = sent_again + confirmed_doubles + corrected_on_paper",
        "duplicates",
        ("sent_again", "confirmed_doubles", "corrected_on_paper"),
    ),
    Identity(
        "create_failed = failed_unit + failed_area + failed_data + failed_other",
        "create_failed",
        ("failed_unit", "failed_area", "failed_data", "failed_other"),
    ),
    Identity(
        "created = not_sent + sent + stopped_not_sent",
        "created",
        ("not_sent", "sent", "stopped_not_sent"),
    ),
    Identity(
        "sent = not_arisen + arisen + stopped_not_arisen",
        "sent",
        ("not_arisen", "arisen", "stopped_not_arisen"),
    ),
    Identity(
        "arisen = awaiting + approved + stopped_awaiting",
        "arisen",
        ("awaiting", "approved", "stopped_awaiting"),
    ),
    Identity(
        "approved = not_printed + issued + stopped_not_printed",
        "approved",
        ("not_printed", "issued", "stopped_not_printed"),
    ),
    Identity(
        "issued = not_handed + handed_over + stopped_issued",
        "issued",
        ("not_handed", "handed_over", "stopped_issued"),
    ),
    Identity("stopped = rejected + cancelled", "stopped", ("rejected", "cancelled")),
    Identity(
        "stopped = stopped_create + … + stopped_not_printed",
        "stopped",
        (
            "stopped_create",
            "stopped_not_sent",
            "stopped_not_arisen",
            "stopped_awaiting",
            "stopped_not_printed",
        ),
    ),
    Identity(
        "backlog = received - duplicates - issued - rejected - cancelled",
        "backlog",
        ("received",),
        ("duplicates", "issued", "rejected", "cancelled"),
    ),
    Identity("backlog = its ages", "backlog", tuple(f"backlog_{age.name.lower()}" for age in Age)),
    Identity(
        "backlog = its stages and ages", "backlog", tuple(each.key for each in BACKLOG_BY_STAGE)
    ),
    Identity(
        "handed_over = on_time_closed + late_closed",
        "handed_over",
        ("on_time_closed", "late_closed"),
    ),
    Identity(
        "manual = its reasons", "manual", tuple(f"manual_{reason.lower()}" for reason in PAPERS)
    ),
)
