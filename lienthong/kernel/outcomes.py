"""What an action over many rows returns: who was done, who was refused, and why."""

from collections.abc import Sequence
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Refusal:
    """One row that was not done. `subject` is the key the caller passed in."""

    subject: int
    code: str
    message_vi: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """Keys done, in the order given, and one refusal for each of the others."""

    done: Sequence[int] = ()
    refused: Sequence[Refusal] = field(default_factory=tuple)

    @property
    def done_count(self) -> int:
        """How many rows were done."""
        return len(self.done)
