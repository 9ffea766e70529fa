"""What the record of a child is made of: plain lines, as the tables hold them now or as they stood at an instant.

No table and no clock here; `record` reads the lines, `instants` takes them back to an instant.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import msgspec

from lienthong.births.queries import sentence_of
from lienthong.births.reading import rank_vi
from lienthong.cards import lifecycle as cards
from lienthong.dossiers import lifecycle as dossiers
from lienthong.kernel.dates import DateRange

Rank = tuple[int, int]
"""Version and number of the paper behind it; 0 is electronic."""


@dataclass(frozen=True, slots=True)
class DossierLine:
    """One dossier and, for a first card, its register entry. `unit_code` is empty while no unit is known."""

    id: int
    code: str
    kind: str
    channel: str
    paper_reason: str
    message_id: str
    state: str
    reason: str
    received_at: datetime
    due_on: date
    closed_on: date | None
    child_name: str
    child_born_on: date
    child_sex: str
    residence_text: str
    unit_rule: str
    written_commune_code: str
    commune_code: str
    commune_name: str
    province_name: str
    unit_code: str
    unit_name: str
    registration_id: int | None
    office: str | None
    book: str | None
    number: str | None
    year: int | None
    applied_version: int | None
    applied_paper_no: int
    cancelled_version: int | None
    cancelled_paper_no: int
    person_id: int | None
    person_made_at: datetime | None
    personal_id: str | None
    personal_id_status: str | None
    entitled_from: date | None
    entitled_end: date | None
    guardian_name: str | None
    mother_name: str | None
    father_name: str | None
    merged_into_id: int | None

    @property
    def applied(self) -> Rank:
        """The rank of its entry's facts in force; lower than any other without one."""
        return self.applied_version or 0, self.applied_paper_no

    @property
    def cancelled(self) -> Rank:
        """The rank of its entry's newest cancellation; lower than any other without one."""
        return self.cancelled_version or 0, self.cancelled_paper_no

    @property
    def state_vi(self) -> str:
        """The state as officials call it."""
        return dossiers.LABELS_VI[self.state]

    @property
    def reason_vi(self) -> str:
        """Why it waits or ended; empty when nothing is to be said."""
        return sentence_of(self.reason) or self.reason

    @property
    def message_state(self) -> str:
        """What stands in a dossier was accepted (`waiting.Waiting`)."""
        return "applied"

    @property
    def is_closed(self) -> bool:
        """True when nothing waits for anybody."""
        return self.state in dossiers.CLOSED


class ScanLine(msgspec.Struct, frozen=True):
    """One scan of a paper's evidence; `name` is its file on our disk and is shown to nobody."""

    id: int
    place: int
    name: str
    form: str
    size: int
    sha256: str


class PaperLine(msgspec.Struct, frozen=True):
    """What makes a message a paper: why it was taken, by whom, on what evidence."""

    id: int
    reason: str
    kind: str
    note: str
    province_code: str
    entered_by: str
    entered_at: datetime
    scans: tuple[ScanLine, ...]


@dataclass(frozen=True, slots=True)
class MessageLine:
    """One message and the register entry that it speaks of: the dossier's own, or one of a paper that joined it.

    `state` is None for an instant of which it is not known; `facts` is empty where none were read.
    """

    id: int
    dossier_id: int
    registration_id: int
    office: str
    book: str
    number: str
    year: int
    source: str
    message_id: str
    kind: str
    version: int | None
    paper_no: int
    channel: str
    received_at: datetime
    judged_at: datetime | None
    state: str | None
    code: str
    field: str
    warnings: tuple[str, ...]
    sha256: str
    entitled: bool | None
    facts: dict[str, Any]
    delivered_at: tuple[datetime, ...]
    conflicting_at: tuple[datetime, ...]
    release_asked_by: str
    release_asked_at: datetime | None
    release_confirmed_by: str
    release_confirmed_at: datetime | None
    paper: PaperLine | None

    @property
    def rank(self) -> Rank:
        """Where it stands among the versions of its entry."""
        return self.version or 0, self.paper_no

    @property
    def version_vi(self) -> str:
        """Its rank in words; empty when it has none."""
        return "" if self.version is None else rank_vi(*self.rank)

    @property
    def reason_vi(self) -> str:
        """What was found in it, in a sentence; empty when nothing was."""
        return sentence_of(self.code)

    @property
    def warnings_vi(self) -> list[str]:
        """The remarks made on it."""
        return [sentence for code in self.warnings if (sentence := sentence_of(code))]

    @property
    def repeat_count(self) -> int:
        """How often it came again."""
        return max(len(self.delivered_at) - 1 - len(self.conflicting_at), 0)


@dataclass(frozen=True, slots=True)
class MoveLine:
    """One move of a dossier or a card, as the trigger wrote it."""

    id: int
    machine: str
    subject_id: int
    batch: int
    at: datetime
    from_state: str
    to_state: str
    by: str
    reason: str


class CopyLine(msgspec.Struct, frozen=True):
    """One printed copy of a card."""

    run_id: int
    run_number: str
    copy_number: int
    reason: str
    at: datetime
    by: str
    spoilt_at: datetime | None = None
    spoilt_by: str = ""
    spoilt_reason: str = ""


@dataclass(frozen=True, slots=True)
class CardLine:
    """One card from its request on; `valid_to` is the last day included."""

    id: int
    dossier_id: int
    replaces_id: int | None
    code: str
    status: str
    version: int
    valid_from: date
    valid_to: date
    five_year_on: date
    benefit_level: int
    facility_code: str
    facility_name: str
    area_code: str
    full_name: str
    born_on: date
    sex: str
    address: str
    guardian_name: str
    insurance_number: str
    end_reason: str
    ended_at: datetime | None
    unit_code: str | None
    unit_name: str | None
    request_kind: str
    request_ground: str
    request_evidence: tuple[str, ...]
    request_note: str
    requested_by: str
    requested_at: datetime
    withdrawn_at: datetime | None
    request_sha256: str
    approved_by: str
    approved_at: datetime | None
    copies: tuple[CopyLine, ...]
    handed_at: datetime | None
    handed_by: str
    recipient: str
    relation: str

    @property
    def status_vi(self) -> str:
        """The status as officials call it."""
        return cards.LABELS_VI.get(self.status, self.status)

    @property
    def reason_vi(self) -> str:
        """Why it ended, in a sentence."""
        return sentence_of(self.end_reason) or self.end_reason


@dataclass(frozen=True, slots=True)
class PlaceLine:
    """A reroute by an act of merger, or the choice of a new unit for a dossier of a divided commune."""

    kind: str
    dossier_id: int
    at: datetime
    by: str
    rule: str
    qualifier: str
    act: str
    effective: date
    from_unit: str | None
    from_unit_name: str
    to_unit: str | None
    to_unit_name: str
    from_commune: str
    to_commune: str
    note: str
    chosen_at: datetime | None


@dataclass(frozen=True, slots=True)
class MatterLine:
    """Something with a beginning and an end: a `task`, a `collection`, a `number`, a `question` after the personal id."""

    matter: str
    name: str
    began_at: datetime
    ended_at: datetime | None
    ended_by: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class ActLine:
    """One business act about the child in the log, other than a look."""

    at: datetime
    by: str
    action: str
    detail: dict[str, Any]


@dataclass(frozen=True, slots=True)
class Child:
    """The child as registered: the version of the facts in force. `rank` is None where only the dossier speaks."""

    rank: Rank | None
    full_name: str
    born_on: date
    sex: str
    mother_name: str = ""
    father_name: str = ""
    requester_name: str = ""
    residence_text: str = ""
    personal_id_told: str = ""

    @property
    def source_vi(self) -> str:
        """Which version of the facts speaks, in words; empty where only the dossier does."""
        return "" if self.rank is None else rank_vi(*self.rank)


@dataclass(frozen=True, slots=True)
class Record:
    """Everything about one child. `as_of` None: as it stands now; `unknown_vi`: what cannot be known for that instant."""

    as_of: datetime | None
    child: Child | None
    person_id: int | None
    personal_id: str | None
    personal_id_status: str
    entitled: DateRange | None
    dossiers: tuple[DossierLine, ...]
    messages: tuple[MessageLine, ...]
    cards: tuple[CardLine, ...]
    moves: tuple[MoveLine, ...]
    places: tuple[PlaceLine, ...]
    matters: tuple[MatterLine, ...]
    acts: tuple[ActLine, ...] = ()
    unknown_vi: tuple[str, ...] = ()

    def of(self, matter: str) -> list[MatterLine]:
        """The matters of one kind."""
        return [each for each in self.matters if each.matter == matter]

    @property
    def subjects(self) -> list[tuple[str, int]]:
        """Whose data stand here, for the log of views."""
        found = [("dossier", each.id) for each in self.dossiers]
        found += [("card", each.id) for each in self.cards]
        found += [("paper", each.paper.id) for each in self.messages if each.paper is not None]
        return found + ([("person", self.person_id)] if self.person_id is not None else [])
