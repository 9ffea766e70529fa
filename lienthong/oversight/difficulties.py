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
# Words in common, whole ones, small ones left out: a measure of whole texts would take seconds over some thousand of them.
_SHARING = """
    SELECT other.id, other.title, other.state, other.asked_at, other.province_code, other.unit_code
    FROM (SELECT array_agg(DISTINCT term) AS terms
          FROM unnest(string_to_array(oversight_words(%(words)s), ' ')) AS term
          WHERE length(term) > 1 AND term <> ALL (string_to_array(%(small_words)s, ' '))) AS asked
    CROSS JOIN oversight_difficulty AS other
    CROSS JOIN LATERAL (
        SELECT count(*)::real / cardinality(asked.terms) AS share FROM unnest(asked.terms) AS term
        WHERE strpos(' ' || other.folded || ' ', ' ' || term || ' ') > 0 OFFSET 0) AS found
    WHERE other.same_as_id IS NULL AND {condition} AND found.share >= %(least)s
    ORDER BY found.share DESC, other.id DESC LIMIT 5
"""
_ALIKE = _SHARING.format(
    condition="""
        other.id <> %(id)s AND other.state IN ('new', 'taken', 'asked_back', 'answered', 'confirmed')
        AND (other.topic = %(topic)s OR (other.code <> '' AND other.code = %(code)s))"""
)
# What an article says already is found there.
_ANSWERED = _SHARING.format(
    condition="""
        other.answer <> '' AND other.article_id IS NULL AND other.state IN ('answered', 'confirmed', 'closed')"""
)
_THIS = "SELECT title, topic, code FROM oversight_difficulty WHERE id = %s"
_LEAST_ALIKE, _LEAST_ANSWERED, _LEAST_WORDS = 0.5, 0.6, 8
SMALL_WORDS: Final = "la thi ma va cua cho co duoc nhu nao lam sao o tai voi cac nhung mot nay do khi bi ve de se da dang gi ra vao len vi phai can"
"""They stand in every question and tell none from another."""
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
    """Up to five others of its subject or code that ask much the same, the nearest first. Two statements."""
    del by
    with connection.cursor() as cursor:
        cursor.execute(_THIS, [difficulty_id])
        title, topic, code = cursor.fetchone() or ("", "", "")
    place = {"id": difficulty_id, "topic": topic, "code": code}
    return _sharing(_ALIKE, title, {**place, "least": _LEAST_ALIKE})


def answered_alike(by: Actor, words: str) -> list[AlikeLine]:
    """Up to five in reach that are answered already and of which no article was made, the nearest first. One statement."""
    del by
    if len(words) < _LEAST_WORDS:
        return []
    return _sharing(_ANSWERED, words, {"least": _LEAST_ANSWERED})


def _sharing(statement: str, words: str, asked: dict[str, Any]) -> list[AlikeLine]:
    with connection.cursor() as cursor:
        cursor.execute(statement, {**asked, "words": words, "small_words": SMALL_WORDS})
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
