"""Difficulties (khó khăn, vướng mắc) as pages read them: the words for them, lists, one with its steps, its doubles.

    page = listed(by, filters=DifficultyFilter(mine_only=True), on=today)
    one(by, 12), steps(by, 12), doubles_of(by, 12)

Row-level security decides whose: the asker's own, his unit's, his province's, all for the centre.
"""

from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Any, Final

from django.db import connection

from lienthong.accounts.permissions import Role
from lienthong.database.rows import rows_as
from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor, ActorKind
from lienthong.kernel.errors import NotFound

_LIST = Statement.load("lienthong.oversight", "difficulties.sql")
_STEPS = """
    SELECT at, by, act, state, level, said FROM oversight_difficultystep WHERE difficulty_id = %s ORDER BY id
"""
_DOUBLES = """
    SELECT id, title, state, asked_at, province_code, unit_code FROM oversight_difficulty
    WHERE same_as_id = %s ORDER BY id
"""
_ALIKE = """
    SELECT other.id, other.title, other.state, other.asked_at, other.province_code, other.unit_code
    FROM oversight_difficulty AS other, oversight_difficulty AS this
    WHERE this.id = %(id)s AND other.id <> this.id AND other.same_as_id IS NULL
      AND other.state IN ('new', 'taken', 'asked_back', 'answered', 'confirmed')
      AND (other.topic = this.topic OR (other.code <> '' AND other.code = this.code))
      AND similarity(other.folded, this.folded) > 0.25
    ORDER BY similarity(other.folded, this.folded) DESC, other.id DESC LIMIT 5
"""
# Answered or confirmed ones in reach that ask much the same; a double stands for the one it was merged into.
_ANSWERED = """
    SELECT id, title, state, asked_at, province_code, unit_code
    FROM oversight_difficulty
    WHERE answer <> '' AND article_id IS NULL AND same_as_id IS NULL AND state IN ('answered', 'confirmed', 'closed')
      AND word_similarity(oversight_words(%(words)s), folded) > 0.5
    ORDER BY word_similarity(oversight_words(%(words)s), folded) DESC, id DESC LIMIT 3
"""
_LEAST_WORDS = 8
_OPENS = "SELECT audit_visible(%s, %s)"


class Topic(StrEnum):
    """What a difficulty or an article is about."""

    RECEIVING = "receiving"
    IDENTITY = "identity"
    CARD = "card"
    EXCHANGE = "exchange"
    DIVISION = "division"
    HOUSEHOLD = "household"
    HOSPITAL = "hospital"
    REPORT = "report"
    SYSTEM = "system"
    LAW = "law"
    OTHER = "other"


TOPICS_VI: Final = {
    Topic.RECEIVING: "Tiếp nhận, xử lý dữ liệu khai sinh",
    Topic.IDENTITY: "Nghi trùng, số định danh, mã số BHXH",
    Topic.CARD: "Duyệt, in, trả thẻ",
    Topic.EXCHANGE: "Cấp lại, đổi thẻ; khai sinh thay đổi",
    Topic.DIVISION: "Địa bàn, đơn vị cấp thẻ, sáp nhập",
    Topic.HOUSEHOLD: "Hộ gia đình, dữ liệu người tham gia",
    Topic.HOSPITAL: "Khám, chữa bệnh, tra cứu thẻ",
    Topic.REPORT: "Báo cáo, công văn đôn đốc",
    Topic.SYSTEM: "Phần mềm, tài khoản, đường truyền",
    Topic.LAW: "Quy định, chế độ",
    Topic.OTHER: "Nội dung khác",
}
STATES_VI: Final = {
    "new": "Chờ nhận",
    "taken": "Đang xử lý",
    "asked_back": "Chờ người hỏi bổ sung",
    "answered": "Đã trả lời, chờ xác nhận",
    "confirmed": "Đã xong",
    "closed": "Đã đóng",
    "merged": "Gộp vào vướng mắc khác",
}
OPEN_STATES: Final = ("new", "taken", "asked_back", "answered", "merged")
ACTS_VI: Final = {
    "reported": "Báo vướng mắc",
    "taken": "Nhận xử lý",
    "asked_back": "Đề nghị bổ sung thông tin",
    "replied": "Bổ sung thông tin",
    "answered": "Trả lời",
    "passed_up": "Chuyển cấp trên",
    "climbed": "Quá hạn, tự chuyển cấp trên",
    "confirmed": "Xác nhận đã giải quyết",
    "reopened": "Chưa giải quyết được, hỏi lại",
    "withdrawn": "Rút lại",
    "closed": "Đóng",
    "merged": "Gộp với vướng mắc khác",
    "parted": "Bỏ gộp",
    "published": "Đăng thành bài hỏi đáp",
}
UNIT, PROVINCE, CENTRE = "unit", "province", "centre"
LEVELS: Final = (UNIT, PROVINCE, CENTRE)
"""Who answers, from below: each is told by the one below, or by the clock."""
LEVELS_VI: Final = {
    UNIT: "Trưởng bộ phận Sổ, thẻ",
    PROVINCE: "BHXH tỉnh",
    CENTRE: "BHXH Việt Nam",
}
_LEVEL_OF_ROLE = {
    Role.HEAD: UNIT,
    Role.PROVINCE: PROVINCE,
    Role.CENTRE: CENTRE,
    Role.ADMINISTRATOR: CENTRE,
}


def level_of(by: Actor) -> str:
    """The level the actor answers at; '' for who asks and answers nobody."""
    if by.kind is ActorKind.SYSTEM:
        return CENTRE
    return _LEVEL_OF_ROLE.get(Role(by.role), "") if by.role in frozenset(Role) else ""


def answers_at(by: Actor, level: str) -> bool:
    """True when what stands at `level` is the actor's to answer: his own level, or one below."""
    own = level_of(by)
    return bool(own) and LEVELS.index(own) >= LEVELS.index(level)


def number_of(difficulty_id: int) -> str:
    """How people name a difficulty: `VM-12`."""
    return f"VM-{difficulty_id}"


@dataclass(frozen=True, slots=True)
class DifficultyLine:
    """One difficulty as lists and its page show it. `place` is the asker's unit, province or facility."""

    id: int
    asked_at: datetime
    asked_by: str
    asker_id: int | None
    asker_role: str
    province_code: str
    unit_code: str
    facility_code: str
    place: str
    topic: str
    title: str
    question: str
    page: str
    code: str
    subject_kind: str
    subject_id: int | None
    software: str
    level: str
    state: str
    since: datetime | None
    due_on: date | None
    taker_id: int | None
    taker_name: str
    taken_at: datetime | None
    answer: str
    basis: str
    answered_at: datetime | None
    answered_by: str
    article_id: int | None
    same_as_id: int | None
    act: str
    said: str
    changed_at: datetime

    @property
    def number(self) -> str:
        """`VM-12`."""
        return number_of(self.id)

    @property
    def topic_vi(self) -> str:
        """What it is about."""
        return TOPICS_VI.get(Topic(self.topic), self.topic)

    @property
    def state_vi(self) -> str:
        """How far it is."""
        return STATES_VI[self.state]

    @property
    def level_vi(self) -> str:
        """Who answers now."""
        return LEVELS_VI[self.level]

    @property
    def is_open(self) -> bool:
        """True until it was confirmed or closed."""
        return self.state in OPEN_STATES

    @property
    def has_clock(self) -> bool:
        """True while somebody's days are running."""
        return self.due_on is not None


@dataclass(frozen=True, slots=True)
class StepLine:
    """One step, with the words that went with it."""

    at: datetime
    by: str
    act: str
    state: str
    level: str
    said: str

    @property
    def title_vi(self) -> str:
        """What was done."""
        return ACTS_VI[self.act]

    @property
    def level_vi(self) -> str:
        """Who answered from then on."""
        return LEVELS_VI[self.level]


@dataclass(frozen=True, slots=True)
class AlikeLine:
    """Another difficulty with much the same question."""

    id: int
    title: str
    state: str
    asked_at: datetime
    province_code: str
    unit_code: str

    @property
    def number(self) -> str:
        """`VM-12`."""
        return number_of(self.id)

    @property
    def state_vi(self) -> str:
        """How far it is."""
        return STATES_VI[self.state]


@dataclass(frozen=True, slots=True)
class DifficultyFilter:
    """Which difficulties. `for_me`: those that wait for an answer at the actor's level or below; `after` is an id."""

    for_me: bool = False
    mine_only: bool = False
    state: str = ""
    topic: str = ""
    province_code: str = ""
    words: str = ""
    late_only: bool = False
    after: int = 0


def listed(
    by: Actor, *, filters: DifficultyFilter, on: date, limit: int = 50
) -> list[DifficultyLine]:
    """Those that wait for the actor by what is due first, all others the latest first. One statement."""
    return _read(by, filters, on=on, limit=limit, only=0)


def one(by: Actor, difficulty_id: int, *, on: date) -> DifficultyLine:
    """One difficulty. Raises NotFound for one that is not there or not the actor's to see. One statement."""
    found = _read(by, DifficultyFilter(), on=on, limit=1, only=difficulty_id)
    if not found:
        raise NotFound("Không tìm thấy vướng mắc này trong địa bàn của bạn.", code="NOT_FOUND")
    return found[0]


def waiting_count(by: Actor, *, on: date) -> tuple[int, int]:
    """How many wait for an answer by the actor, and how many of them are late; counts to 100. One statement."""
    found = _read(by, DifficultyFilter(for_me=True), on=on, limit=100, only=0)
    return len(found), sum(it.due_on is not None and it.due_on < on for it in found)


def steps(by: Actor, difficulty_id: int) -> list[StepLine]:
    """Every step of a difficulty in reach, the first one first. One statement."""
    del by  # row-level security reads the actor of the transaction
    with connection.cursor() as cursor:
        cursor.execute(_STEPS, [difficulty_id])
        return rows_as(StepLine, cursor)


def doubles_of(by: Actor, difficulty_id: int) -> list[AlikeLine]:
    """Those that get this one's answer. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_DOUBLES, [difficulty_id])
        return rows_as(AlikeLine, cursor)


def alike(by: Actor, difficulty_id: int) -> list[AlikeLine]:
    """Up to five others that ask much the same, the nearest first. One statement."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_ALIKE, {"id": difficulty_id})
        return rows_as(AlikeLine, cursor)


def answered_alike(by: Actor, words: str) -> list[AlikeLine]:
    """Up to three in reach that are answered already and of which no article was made, the nearest first. One statement."""
    del by
    if len(words) < _LEAST_WORDS:
        return []
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, {"words": words})
        return rows_as(AlikeLine, cursor)


def opens(by: Actor, kind: str, subject_id: int | None) -> bool:
    """True when the matter a difficulty points to is the actor's to see. One statement."""
    del by
    if not kind or subject_id is None:
        return False
    with connection.cursor() as cursor:
        cursor.execute(_OPENS, [kind, subject_id])
        return bool(cursor.fetchone()[0])


def _read(
    by: Actor, filters: DifficultyFilter, *, on: date, limit: int, only: int
) -> list[DifficultyLine]:
    own = level_of(by)
    parameters: dict[str, Any] = {
        "only": only,
        "officer": by.account_id,
        "for_me": filters.for_me,
        "levels": list(LEVELS[: LEVELS.index(own) + 1]) if own else [],
        "mine": filters.mine_only,
        "state": filters.state,
        "open_states": list(OPEN_STATES),
        "topic": filters.topic,
        "province": filters.province_code,
        "words": filters.words,
        "late": filters.late_only,
        "on": on,
        "after": filters.after,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LIST.text, parameters)
        return rows_as(DifficultyLine, cursor)
