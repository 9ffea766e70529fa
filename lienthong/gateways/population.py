"""The national population database (CSDLQGDC): asks which personal id was given to a newborn.

No public document of its interface was found; the shape is ours, the classes of answers are those the civil-status
offices know (letter 3160/BTP-CNTT; rules §3.3). The name, the birth date and the answer's text never leave this
module but as an `Answer`; `detail` holds no personal data. Before changing it, talk to the Ministry of Public
Security's population centre, which sets the rate.
"""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Final, Protocol

import msgspec

from lienthong.gateways import http
from lienthong.kernel.codes import is_personal_id
from lienthong.kernel.dates import day_first, parse_day_first
from lienthong.kernel.errors import Unavailable
from lienthong.kernel.names import fold_key, tone_key

PATH: Final = "/dinh-danh/tra-cuu"
SEX_CODES: Final = {"male": 1, "female": 2}
_SEXES = {str(code): sex for sex, code in SEX_CODES.items()}
_OK = 200
_FOUND = "00"
_ERRORS_OF_THEIRS = 500
_TOO_MANY = 429
_REMEMBERED = 10_000


class AnswerClass(StrEnum):
    """What an answer means (rules §3.3)."""

    FOUND = "FOUND"
    PID_TECH_ERROR = "PID_TECH_ERROR"
    PID_SUSPECT_DUPLICATE = "PID_SUSPECT_DUPLICATE"
    PID_VERIFY_REQUIRED = "PID_VERIFY_REQUIRED"
    PID_NO_ANSWER = "PID_NO_ANSWER"
    PID_NOT_APPLICABLE = "PID_NOT_APPLICABLE"
    PID_CORRECTION_PENDING = "PID_CORRECTION_PENDING"


_SIGNS: Final = (
    ("nghi trung", AnswerClass.PID_SUSPECT_DUPLICATE),
    ("can xac minh", AnswerClass.PID_VERIFY_REQUIRED),
    ("khong thuoc dien", AnswerClass.PID_NOT_APPLICABLE),
    ("khong thuoc doi tuong", AnswerClass.PID_NOT_APPLICABLE),
    ("cai chinh", AnswerClass.PID_CORRECTION_PENDING),
    ("dieu chinh", AnswerClass.PID_CORRECTION_PENDING),
    ("qua tai", AnswerClass.PID_NO_ANSWER),
    ("dang xu ly", AnswerClass.PID_NO_ANSWER),
)
"""The other side answers in free text; these are its signs, folded."""


@dataclass(frozen=True, slots=True)
class Question:
    """Which id has this child? `key` is the caller's; it comes back with the answer and is not sent."""

    key: int
    full_name: str
    born_on: date
    sex: str
    mother_name: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back. `outage` is True when the other side, not the child's data, is at fault.

    With FOUND, the other four facts are as the database holds them, not as we asked.
    """

    key: int
    answer_class: AnswerClass
    personal_id: str = ""
    full_name: str = ""
    born_on: date | None = None
    sex: str = ""
    outage: bool = False
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How the other side stands with us: trusted or not, how long it is left alone, what rate was agreed."""

    is_trusted: bool
    rest_seconds: float
    rate_per_second: float


class Population(Protocol):
    """Who can be asked: the client, or a twin of it."""

    def ask(self, question: Question) -> Answer | None:
        """The answer; None when it is not the time to ask. Never raises."""
        ...

    def ready(self) -> bool:
        """False while the other side is left alone."""
        ...

    def suspect(self) -> bool:
        """True from the moment the other side is held to be broken until an answer makes sense again."""
        ...

    def distrust(self) -> None:
        """The caller found the answers of the last round to be nonsense."""
        ...

    def standing(self) -> Standing:
        """How the other side stands now, for people to read."""
        ...


class Breaker:
    """Leaves a broken peer alone: after five failures running it opens, then lets one probe through at a time.

    The pause doubles from 30 seconds to five minutes while probes fail.
    """

    def __init__(
        self,
        *,
        failures: int = 5,
        pause: float = 30.0,
        longest: float = 300.0,
        now: Callable[[], float] = time.monotonic,
    ) -> None:
        self._most_failures = failures
        self._first_pause = pause
        self._longest = longest
        self._now = now
        self._lock = threading.Lock()
        self._failure_count = 0
        self._pause = pause
        self._opens_at: float | None = None
        self._is_probing = False

    @property
    def is_open(self) -> bool:
        """True until a probe has been answered."""
        return self._opens_at is not None

    @property
    def rest_seconds(self) -> float:
        """How long the peer is still left alone; 0 when a call, or a probe, may go."""
        return 0.0 if self._opens_at is None else max(0.0, self._opens_at - self._now())

    def ready(self) -> bool:
        """True when a call would be let through now."""
        with self._lock:
            return self._may_pass()

    def enter(self) -> bool:
        """Ask to make one call; True binds the caller to report it by `record`."""
        with self._lock:
            if not self._may_pass():
                return False
            self._is_probing = self._opens_at is not None
            return True

    def record(self, *, ok: bool) -> None:
        """Report a call: a good one closes, a bad one counts; a bad probe opens again for longer."""
        with self._lock:
            was_probe, self._is_probing = self._is_probing, False
            if ok:
                self._failure_count, self._opens_at, self._pause = 0, None, self._first_pause
                return
            self._failure_count += 1
            if was_probe:
                self._pause = min(self._pause * 2, self._longest)
            if was_probe or self._failure_count >= self._most_failures:
                self._opens_at = self._now() + self._pause

    def trip(self) -> None:
        """Open at once."""
        with self._lock:
            self._is_probing = False
            self._failure_count = self._most_failures
            self._opens_at = self._now() + self._pause

    def _may_pass(self) -> bool:
        if self._opens_at is None:
            return True
        return not self._is_probing and self._now() >= self._opens_at


class TokenBucket:
    """Keeps calls under an agreed rate a second, with a small burst; nothing is saved up beyond it."""

    def __init__(
        self, rate: float, *, burst: float = 10.0, now: Callable[[], float] = time.monotonic
    ) -> None:
        self._rate = rate
        self._burst = burst
        self._now = now
        self._tokens = burst
        self._filled_at = now()
        self._lock = threading.Lock()

    @property
    def rate(self) -> float:
        """Calls a second."""
        return self._rate

    def take(self) -> bool:
        """True and one token less; False when the rate is used up for now."""
        with self._lock:
            at = self._now()
            self._tokens = min(self._burst, self._tokens + (at - self._filled_at) * self._rate)
            self._filled_at = at
            if self._tokens < 1:
                return False
            self._tokens -= 1
            return True


ONE_TRY: Final = http.Patience(connect=3.0, read=10.0, whole=15.0, attempts=1)
"""The lane tries again by itself, minutes later: a second try at once would only add to an overload."""


@dataclass(slots=True)
class PopulationClient:
    """The population database over HTTP. Slow or broken, it costs at most fifteen seconds a question."""

    http: http.Client
    breaker: Breaker = field(default_factory=Breaker)
    bucket: TokenBucket = field(default_factory=lambda: TokenBucket(20.0))
    _offered: dict[str, int] = field(init=False, default_factory=dict, repr=False)

    def ready(self) -> bool:
        """False while the breaker is open and its pause not over."""
        return self.breaker.ready()

    def suspect(self) -> bool:
        """True while the breaker is open."""
        return self.breaker.is_open

    def distrust(self) -> None:
        """Open the breaker: answers came, but they cannot be true."""
        self.breaker.trip()

    def standing(self) -> Standing:
        """Trusted while the breaker is closed; else how long its pause still is."""
        return Standing(not self.breaker.is_open, self.breaker.rest_seconds, self.bucket.rate)

    def check(self) -> str:
        """Whether anything answers there: its status to OPTIONS. Asks about nobody. Raises Unavailable."""
        return f"HTTP {self.http.send('OPTIONS', PATH).status}"

    def ask(self, question: Question) -> Answer | None:
        """The answer, whatever happened on the way; None when breaker or rate say not now. One call at most."""
        if not self.breaker.ready() or not self.bucket.take() or not self.breaker.enter():
            return None
        try:
            answer = self._asked(question)
        except BaseException:
            self.breaker.record(ok=False)
            raise
        # Nonsense counts as a failure: a few running, and the other side is left alone.
        is_nonsense = contradicts(question, answer) or self._is_second_hand(answer)
        self.breaker.record(ok=not answer.outage and not is_nonsense)
        return answer

    def _is_second_hand(self, answer: Answer) -> bool:
        """True when this id was lately offered for another child."""
        if answer.answer_class is not AnswerClass.FOUND:
            return False
        if len(self._offered) >= _REMEMBERED:
            self._offered.clear()
        return self._offered.setdefault(answer.personal_id, answer.key) != answer.key

    def _asked(self, question: Question) -> Answer:
        try:
            reply = self.http.send("POST", PATH, body=_body(question))
        except Unavailable as error:
            return _outage(question, error.code)
        return read_answer(question, reply.status, reply.body)


def contradicts(question: Question, answer: Answer) -> bool:
    """True when an id was found for somebody with another name, birth date or sex (INV-13)."""
    if answer.answer_class is not AnswerClass.FOUND:
        return False
    asked = (tone_key(question.full_name), question.born_on, question.sex)
    return asked != (tone_key(answer.full_name), answer.born_on, answer.sex)


class _Reply(msgspec.Struct, rename="camel"):
    """The wire shape of an answer."""

    ma_ket_qua: str
    thong_bao: str = ""
    so_dinh_danh: str = ""
    ho_ten: str = ""
    ngay_sinh: str = ""
    gioi_tinh: int | str = ""


_decode = msgspec.json.Decoder(_Reply).decode
_encode = msgspec.json.Encoder().encode


def read_answer(question: Question, status: int, body: bytes) -> Answer:
    """Classify an answer by its body first, then by its status: a 500 may carry a verdict, a 200 may be a web page."""
    try:
        reply = _decode(body)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return _outage(question, f"http {status}, not an answer")
    if reply.ma_ket_qua == _FOUND:
        return _found(question, status, reply)
    said = fold_key(reply.thong_bao)
    for sign, meaning in _SIGNS:
        if sign in said:
            return Answer(question.key, meaning, detail=f"http {status}")
    if status >= _ERRORS_OF_THEIRS or status == _TOO_MANY:
        return _outage(question, f"http {status}")
    return Answer(question.key, AnswerClass.PID_TECH_ERROR, detail=f"http {status}")


def _found(question: Question, status: int, reply: _Reply) -> Answer:
    if status != _OK or not is_personal_id(reply.so_dinh_danh):
        return _outage(question, f"http {status}, found without an id")
    try:
        born_on = parse_day_first(reply.ngay_sinh)
    except ValueError:
        return _outage(question, "found without a birth date")
    return Answer(
        question.key,
        AnswerClass.FOUND,
        personal_id=reply.so_dinh_danh,
        full_name=reply.ho_ten,
        born_on=born_on,
        sex=_SEXES.get(str(reply.gioi_tinh), "undetermined"),
    )


def _outage(question: Question, detail: str) -> Answer:
    return Answer(question.key, AnswerClass.PID_NO_ANSWER, outage=True, detail=detail)


def _body(question: Question) -> bytes:
    return _encode(
        {
            "hoTen": question.full_name,
            "ngaySinh": day_first(question.born_on),
            "gioiTinh": SEX_CODES.get(question.sex, 3),
            "meHoTen": question.mother_name,
        }
    )
