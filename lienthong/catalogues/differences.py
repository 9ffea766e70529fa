"""What an import would do, said before it is done: added, changed, ended, unchanged, refused, repaired.

Compares nothing itself: each kind of file does, and fills one `Difference`.
"""

from dataclasses import dataclass, replace

from lienthong.kernel.dates import DateRange


@dataclass(frozen=True, slots=True)
class Change:
    """One fact of one row that becomes another. `key` names the row as its file does."""

    key: str
    field: str
    before: str
    after: str


@dataclass(frozen=True, slots=True)
class RefusedRow:
    """A row that is left out, and why; `line` counts from 1, the header included."""

    line: int
    field: str
    code: str
    message_vi: str


@dataclass(frozen=True, slots=True)
class Repair:
    """A cell that was read differently from how it stands in the file (lost leading zeros)."""

    line: int
    field: str
    found: str
    read_as: str


@dataclass(frozen=True, slots=True)
class Difference:
    """One file against the list. `is_applied` tells a dry run from the deed; refused rows are never applied.

    `remarks_vi` are sentences about rows that are applied all the same (two units for one commune).
    """

    subject: str
    added: tuple[str, ...] = ()
    changed: tuple[Change, ...] = ()
    ended: tuple[str, ...] = ()
    unchanged_count: int = 0
    refused: tuple[RefusedRow, ...] = ()
    repaired: tuple[Repair, ...] = ()
    remarks_vi: tuple[str, ...] = ()
    is_applied: bool = False

    @property
    def is_empty(self) -> bool:
        """True when applying it writes nothing."""
        return not (self.added or self.changed or self.ended)

    @property
    def counts(self) -> dict[str, int]:
        """How many of each, for audit entries and summaries."""
        return {
            "added": len(self.added),
            "changed": len(self.changed),
            "ended": len(self.ended),
            "unchanged": self.unchanged_count,
            "refused": len(self.refused),
            "repaired": len(self.repaired),
        }

    @property
    def summary_vi(self) -> str:
        """One line for a person."""
        words = ("thêm", "sửa", "kết thúc", "giữ nguyên", "từ chối", "sửa mã thiếu số 0")
        parts = (f"{word} {count}" for word, count in zip(words, self.counts.values(), strict=True))
        return f"{self.subject}: " + ", ".join(parts) + "."

    def applied(self) -> "Difference":
        """The same, done."""
        return replace(self, is_applied=True)

    def as_json(self) -> dict[str, object]:
        """For the console: counts and every row that is not merely added or unchanged."""
        return {
            "subject": self.subject,
            "applied": self.is_applied,
            "counts": self.counts,
            "added": list(self.added),
            "changed": [
                {"key": it.key, "field": it.field, "before": it.before, "after": it.after}
                for it in self.changed
            ],
            "ended": list(self.ended),
            "refused": [
                {"line": it.line, "field": it.field, "code": it.code, "message_vi": it.message_vi}
                for it in self.refused
            ],
            "repaired": [
                {"line": it.line, "field": it.field, "found": it.found, "read_as": it.read_as}
                for it in self.repaired
            ],
            "remarks_vi": list(self.remarks_vi),
        }


def overlap(one: DateRange, other: DateRange) -> bool:
    """True when some day lies in both."""
    return (other.end is None or one.start < other.end) and (
        one.end is None or other.start < one.end
    )


def only_ends_sooner(before: DateRange, after: DateRange) -> bool:
    """True when the new days are the old ones with an earlier end."""
    return (
        before.start == after.start
        and after.end is not None
        and (before.end is None or after.end < before.end)
    )


def written(valid: DateRange) -> str:
    """The days as a change shows them: first and last, both included."""
    return f"{valid.start} – {valid.last or ''}".strip()
