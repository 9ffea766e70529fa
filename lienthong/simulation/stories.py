"""What happens to one child's registration between the two ministries: sent, repeated, mended, corrected, cancelled.

Each story posts messages with the instant of their arrival and says what must come of them. Chance decides which
story a child gets; the shares are guesses that make every path appear in a demo of two thousand births.
"""

import heapq
import random
import unicodedata
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from lienthong.kernel.dates import day_first
from lienthong.simulation.chance import happens
from lienthong.simulation.children import Child, Nursery
from lienthong.simulation.flaws import BLEMISHES, ID_FLAWS, STOPPING, Mischief
from lienthong.simulation.messages import Message, line, message
from lienthong.simulation.truth import ChildTruth, Expectation

_MENDED_SHARE = 0.7
"""So many of the stopped messages come again, mended."""
_ACCEPTED = ("accepted",)
_AFTERWARDS = ("accepted", "held")
"""Accepted by the judge; the report may already know that it waits further on."""


@dataclass(slots=True)
class Post:
    """Messages under way, in the order in which they arrive."""

    until: datetime
    prefix: str
    serial: int = 0
    bag: list[tuple[datetime, int, bytes, Expectation]] = field(default_factory=list)

    def next_id(self) -> str:
        """A fresh message id."""
        self.serial += 1
        return f"{self.prefix}{self.serial:07}"

    def send(self, body: bytes, expected: Expectation, *, arrives_at: datetime) -> None:
        """Put a message under way; nothing arrives after the stream's end."""
        self.serial += 1
        heapq.heappush(self.bag, (min(arrives_at, self.until), self.serial, body, expected))

    def arrived(self, by: datetime) -> list[tuple[datetime, bytes, Expectation]]:
        """What has arrived by that instant, in order, with the instant of arrival."""
        due = []
        while self.bag and self.bag[0][0] <= by:
            at, _, body, expected = heapq.heappop(self.bag)
            due.append((at, body, expected))
        return due


class Storyteller:
    """Decides what happens to each child's registration and posts the messages."""

    def __init__(self, nursery: Nursery, post: Post, rng: random.Random) -> None:
        self._nursery = nursery
        self._post = post
        self._rng = rng
        self._places = nursery.land.places
        here = {code for code, _ in self._places.communes}
        self._gone = [code for code, _ in self._places.former if code not in here]
        self._split = [code for code, _ in self._places.split if code not in here]
        self._stopping, self._blemishes = Mischief(STOPPING), Mischief(BLEMISHES)
        self._stories = (
            (0.028, self._corrected),
            (0.003, self._corrected_out_of_order),
            (0.002, self._corrected_before_created),
            (0.008, self._cancelled),
            (0.002, self._cancelled_before_created),
            (0.002, self._cancelled_and_made_again),
            (0.014, self._repeated),
            (0.002, self._same_id_other_bytes),
            (0.002, self._same_content_other_id),
            (0.001, self._version_clash),
            (0.030, self._spoilt),
            (0.035, self._blemished),
            (0.004, self._unknown_commune),
            (0.006, self._stale_commune),
            (0.003, self._split_commune),
            (0.002, self._too_old),
            (0.001, self._died),
            (0.002, self._registered_twice),
        )

    def tell(self, child: Child, at: datetime) -> ChildTruth:
        """Post what is sent about the child, registered at that instant; how the child ends up."""
        drawn = self._rng.random()
        fate, message_id = "card", f"{self._post.prefix}{self._post.serial + 1:07}"
        for share, story in self._stories:
            if drawn < share:
                fate = story(child, at)
                break
            drawn -= share
        else:
            self._create(child, at)
        mother = child.mother.name if child.mother else ""
        return ChildTruth(
            child.number,
            child.full_name,
            child.sex,
            child.born_on,
            child.commune_code,
            child.residence_code,
            child.province_code,
            child.true_personal_id,
            child.personal_id,
            child.id_cause,
            mother,
            message_id,
            fate,
        )

    # -- the plain way

    def _create(
        self,
        child: Child,
        at: datetime,
        case: str = "create",
        outcomes: tuple[str, ...] = _ACCEPTED,
    ) -> Message:
        content = message(child, self._post.next_id(), sent_at=at)
        self._send(content, case, child, at, outcomes)
        return content

    def _send(
        self, content: Message, case: str, child: Child, at: datetime, outcomes: tuple[str, ...]
    ) -> bytes:
        body = line(content)
        expected = Expectation(content["message_id"], case, outcomes, child=child.number)
        self._post.send(body, expected, arrives_at=at + self._minutes(1, 20))
        return body

    def _minutes(self, low: float, high: float) -> timedelta:
        return timedelta(minutes=self._rng.uniform(low, high))

    def _days(self, low: float, high: float) -> timedelta:
        return timedelta(days=self._rng.uniform(low, high))

    def _later(self, content: Message, at: datetime, **changes: object) -> Message:
        sent_at = min(at, self._post.until).isoformat(timespec="seconds")
        return {**content, "message_id": self._post.next_id(), "sent_at": sent_at, **changes}

    # -- corrections and cancellations

    def _correction(self, content: Message, child: Child, at: datetime, version: int) -> Message:
        """The full new state: a corrected parent, address or, seldom, the child's own name."""
        data = dict(content["data"])
        if child.mother is not None and happens(self._rng, 0.5):
            data["meNgaySinh"] = child.mother.born[-4:]
        elif happens(self._rng, 0.7):
            home = data["nksNoiCuTru"]
            data["nksNoiCuTru"] = {**home, "dcChiTiet": f"{home['dcChiTiet']}, tổ {version}"}
        else:
            data["nksHoTen"] = (
                f"{data['nksHoTen']} AN" if data["nksHoTen"].isupper() else f"{data['nksHoTen']} An"
            )
        return self._later(content, at, kind="correct", version=version, data=data)

    def _corrected(self, child: Child, at: datetime) -> str:
        content = self._create(child, at)
        later = at + self._days(0.5, 9)
        fixed = self._correction(content, child, later, 2)
        self._send(fixed, "correct", child, later, _AFTERWARDS)
        if happens(self._rng, 0.2):
            later += self._days(0.5, 4)
            self._send(
                self._correction(fixed, child, later, 3), "correct", child, later, _AFTERWARDS
            )
        return "card"

    def _corrected_out_of_order(self, child: Child, at: datetime) -> str:
        content = self._create(child, at)
        later = at + self._days(1, 5)
        second = self._correction(content, child, later, 2)
        third = self._correction(second, child, later + timedelta(hours=1), 3)
        self._send(third, "correct: version 3 first", child, later, _AFTERWARDS)
        self._send(
            second, "correct: version 2 late", child, later + timedelta(hours=3), _AFTERWARDS
        )
        return "card"

    def _corrected_before_created(self, child: Child, at: datetime) -> str:
        content = message(child, self._post.next_id(), sent_at=at)
        fixed = self._correction(content, child, at, 2)
        self._send(fixed, "correct before create", child, at, _AFTERWARDS)
        self._send(content, "create, late", child, at + self._minutes(30, 600), _AFTERWARDS)
        return "card"

    def _cancel(
        self, content: Message, child: Child, at: datetime, case: str, version: int = 2
    ) -> None:
        cancel = self._later(content, at, kind="cancel", version=version)
        self._send(cancel, case, child, at, _AFTERWARDS)

    def _cancelled(self, child: Child, at: datetime) -> str:
        self._cancel(self._create(child, at), child, at + self._days(0.05, 6), "cancel")
        return "cancelled"

    def _cancelled_before_created(self, child: Child, at: datetime) -> str:
        content = message(child, self._post.next_id(), sent_at=at)
        self._cancel(content, child, at, "cancel before create")
        self._send(
            content, "create, after its cancel", child, at + self._minutes(30, 900), _AFTERWARDS
        )
        return "cancelled"

    def _cancelled_and_made_again(self, child: Child, at: datetime) -> str:
        content = self._create(child, at)
        later = at + self._days(0.2, 3)
        self._cancel(content, child, later, "cancel")
        again = self._later(content, later + timedelta(hours=2), version=3)
        self._send(again, "create again", child, later + timedelta(hours=2), _AFTERWARDS)
        return "card"

    # -- repeats

    def _repeated(self, child: Child, at: datetime) -> str:
        content = self._create(child, at)
        body = line(content)
        later = at
        for _ in range(1 if happens(self._rng, 0.8) else 3):
            later += self._minutes(25, 3000)
            expected = Expectation(
                content["message_id"], "repeat", ("duplicate",), child=child.number
            )
            self._post.send(body, expected, arrives_at=later)
        return "card"

    def _same_id_other_bytes(self, child: Child, at: datetime) -> str:
        content = self._create(child, at)
        spaced = line(content).replace(b'","', b'", "')
        other = line({**content, "data": {**content["data"], "soDangKy": f"{child.entry}B"}})
        body = spaced if happens(self._rng, 0.5) else other
        expected = Expectation(
            content["message_id"],
            "same id, other bytes",
            ("conflict",),
            "E-ID-CONFLICT",
            child.number,
        )
        self._post.send(body, expected, arrives_at=at + self._minutes(30, 2000))
        return "card"

    def _same_content_other_id(self, child: Child, at: datetime) -> str:
        content = self._create(child, at)
        later = at + self._minutes(30, 2000)
        outcomes = ("accepted", "duplicate")
        self._send(self._later(content, later), "same content, other id", child, later, outcomes)
        return "card"

    def _version_clash(self, child: Child, at: datetime) -> str:
        content = self._create(child, at)
        later = at + self._minutes(30, 2000)
        clash = self._correction(content, child, later, 1) | {"kind": "create"}
        self._send(
            clash, "version clash", child, later, ("accepted", "conflict", "held", "quarantined")
        )
        return "card"

    # -- flaws

    def _spoilt(self, child: Child, at: datetime) -> str:
        flaw = self._stopping.pick(self._rng)
        content = message(child, self._post.next_id(), sent_at=at)
        name = content["message_id"] if flaw.keeps_id else ""
        expected = Expectation(name, flaw.case, (flaw.outcome,), flaw.code, child.number)
        self._post.send(flaw.spoil(content), expected, arrives_at=at)
        if not happens(self._rng, _MENDED_SHARE):
            return "held" if flaw.outcome == "held" else "quarantined"
        later = at + self._days(0.1, 3)
        self._send(self._later(content, later), "mended", child, later, _ACCEPTED)
        return "card"

    def _blemished(self, child: Child, at: datetime) -> str:
        flaw = self._blemishes.pick(self._rng)
        if not self._can_show(flaw.code, child):
            self._create(child, at)
            return "card"
        if flaw.code in ID_FLAWS:
            child.id_cause = flaw.code
        if flaw.code == "W-ETH":
            child.full_name = "Đặng Gia Huy"
        content = message(child, self._post.next_id(), sent_at=at)
        expected = Expectation(content["message_id"], flaw.case, _ACCEPTED, flaw.code, child.number)
        self._post.send(flaw.spoil(content), expected, arrives_at=at)
        if flaw.code in ID_FLAWS:
            child.personal_id = ""
        return "card"

    def _can_show(self, code: str, child: Child) -> bool:
        """False where the blemish would not be seen: no id to spoil, no mark to take apart, a district in its time."""
        if code in ID_FLAWS:
            return bool(child.personal_id and (child.mother or child.father))
        if code == "W-NFC":
            return not unicodedata.is_normalized("NFD", child.full_name)
        return code != "W-AREA-NAME" or child.registered_on >= self._places.merged_on

    # -- places

    def _moved(self, child: Child, code: str, case: str, at: datetime, code_said: str) -> None:
        child.commune_code = child.residence_code = code
        child.book, child.entry = self._nursery.mint.entry(code, child.registered_on.year)
        content = message(child, self._post.next_id(), sent_at=at)
        expected = Expectation(content["message_id"], case, _AFTERWARDS, code_said, child.number)
        self._post.send(line(content), expected, arrives_at=at)

    def _unknown_commune(self, child: Child, at: datetime) -> str:
        self._moved(child, self._rng.choice(self._places.unknown), "commune unknown", at, "H-AREA")
        return "held"

    def _stale_commune(self, child: Child, at: datetime) -> str:
        """Registered after the merger, yet under a code that died with it."""
        if not self._gone:
            self._create(child, at)
            return "card"
        self._moved(
            child, self._rng.choice(self._gone), "commune of an old code", at, "W-AREA-STALE"
        )
        return "card"

    def _split_commune(self, child: Child, at: datetime) -> str:
        if not self._split:
            self._create(child, at)
            return "card"
        self._moved(child, self._rng.choice(self._split), "commune since split", at, "H-AREA-SPLIT")
        return "review"

    # -- children to whom no card is due, and one who is entered twice

    def _too_old(self, child: Child, at: datetime) -> str:
        child.born_on = child.born_on.replace(year=child.born_on.year - 8, day=1)
        child.kind = "4"
        content = message(child, self._post.next_id(), sent_at=at)
        expected = Expectation(
            content["message_id"], "older than six", ("not_entitled",), "N-AGE", child.number
        )
        self._post.send(line(content), expected, arrives_at=at)
        return "not_entitled"

    def _died(self, child: Child, at: datetime) -> str:
        content = message(child, self._post.next_id(), sent_at=at)
        content["data"]["nksNgayMat"] = day_first(child.registered_on)
        expected = Expectation(
            content["message_id"], "died", ("not_entitled", "accepted"), "N-DECEASED", child.number
        )
        self._post.send(line(content), expected, arrives_at=at)
        return "not_entitled"

    def _registered_twice(self, child: Child, at: datetime) -> str:
        """Entered again in another commune, with the same birth notice and personal id."""
        self._create(child, at)
        land = self._nursery.land
        code = land.neighbour(self._rng, child.province_code)
        second = self._nursery.enter(child, code, child.registered_on)
        self._create(second, at + self._days(0.3, 4), "registered twice", _AFTERWARDS)
        return "card"
