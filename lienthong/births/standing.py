"""What the register entries of a child meant at an instant, from their messages as they stood then: pure, as `settle`.

The newest facts and the newest cancellation of an entry decide, by rank. A dossier stands on one entry: the one that it
was opened from, or the electronic one that has since taken a paper's place.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

import msgspec

from lienthong.births.reading import is_same_child
from lienthong.births.record_lines import DossierLine, MessageLine, Rank
from lienthong.gateways.justice_types import BirthFacts

NOWHERE: Rank = (0, 0)
"""Lower than the rank of any message."""
_SETTLED = ("applied", "superseded", "not_entitled")


@dataclass(slots=True)
class Entry:
    """One register entry: its key, the ranks of its newest facts and cancellation, and whether cover was due."""

    key: tuple[str, str, str, int]
    applied: Rank | None = None
    cancelled: Rank | None = None
    entitled: bool = True

    @property
    def is_live(self) -> bool:
        """True when the facts are newer than any cancellation."""
        return self.applied is not None and self.applied > (self.cancelled or NOWHERE)


def entries_of(messages: Iterable[MessageLine]) -> dict[int, Entry]:
    """What each entry meant, by its id; without those of which nothing was read."""
    found: dict[int, Entry] = {}
    for message in messages:
        if message.state not in _SETTLED or message.version is None:
            continue
        key = (message.office, message.book, message.number, message.year)
        entry = found.setdefault(message.registration_id, Entry(key))
        if message.kind == "cancel":
            entry.cancelled = max(entry.cancelled or NOWHERE, message.rank)
        elif message.facts and message.rank > (entry.applied or NOWHERE):
            entry.applied, entry.entitled = message.rank, message.entitled is not False
    return found


def with_state(message: MessageLine, entry: Entry | None) -> MessageLine:
    """The message with the state that it had while its entry meant this."""
    if entry is None or message.state not in _SETTLED:
        return message
    state = "superseded"
    if message.kind == "cancel":
        if message.rank == entry.cancelled and not entry.is_live:
            state = "applied"
    elif message.rank == entry.applied and entry.is_live and message.facts:
        state = "applied" if entry.entitled else "not_entitled"
    return replace(message, state=state)


def holders_of(dossier: DossierLine, messages: Sequence[MessageLine]) -> frozenset[int]:
    """The entries that the dossier ever stood on: the one it was opened from, and the one of today."""
    opened = _opened_from(dossier, messages)
    return frozenset(each for each in (opened, dossier.registration_id) if each is not None)


def holder_of(dossier: DossierLine, messages: Sequence[MessageLine]) -> int | None:
    """The entry that the dossier stood on when these messages, and no others, had been read.

    One opened from paper stands on the paper's entry until the same child came electronically.
    """
    today, opened = dossier.registration_id, _opened_from(dossier, messages)
    if opened is None or opened == today:
        return today
    paper = newest([m for m in messages if m.registration_id == opened and m.facts])
    told = [m for m in messages if m.registration_id == today and m.facts]
    has_come = paper is not None and any(
        is_same_child(_facts(paper), _facts(message)) for message in told
    )
    return today if has_come else opened


def newest(messages: Iterable[MessageLine]) -> MessageLine | None:
    """The message of the highest rank."""
    return max(messages, key=lambda each: each.rank, default=None)


def _opened_from(dossier: DossierLine, messages: Iterable[MessageLine]) -> int | None:
    """The entry of the message that opened the dossier; None when it is not among these."""
    return next(
        (
            message.registration_id
            for message in messages
            if (message.dossier_id, message.message_id) == (dossier.id, dossier.message_id)
        ),
        None,
    )


def _facts(message: MessageLine) -> BirthFacts:
    return msgspec.convert(message.facts, BirthFacts)
