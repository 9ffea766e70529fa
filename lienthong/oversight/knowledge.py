"""The knowledge base (hỏi đáp) as everybody reads it: search, what fits a page, one article with its versions.

    search(READERS_STAFF, Asked("khong in duoc the"), on=today)

Words count without tones, in any order; a code (`E-PHONE`, `OP-01`) finds its articles, a slip of the pen too. Row-level
security decides what is read: the country's articles, those of one's own province, and what is marked for hospitals and
the public.
"""

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.accounts.permissions import TITLES_VI, Role
from lienthong.database.rows import rows_as
from lienthong.database.sql import Statement
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotFound
from lienthong.oversight.difficulties import SMALL_WORDS, TOPICS_VI, Topic

STAFF, HOSPITALS, PUBLIC = "staff", "hospitals", "public"
"""Who reads."""
ANSWER, GUIDE = "answer", "guide"
MOST_WORDS = 200
_SEARCH = Statement.load("lienthong.oversight", "knowledge.sql")
_ONE = """
    SELECT id, slug, kind, province_code, for_hospitals, for_public, topic, title, answer, basis, keywords, pages, codes,
           roles, valid_from, valid_to, version, written_at, written_by, 0 AS rank
    FROM oversight_article WHERE id = %s OR slug = %s
"""
_VERSIONS = """
    SELECT version, title, answer, basis, valid_from, valid_to, readers, written_at, written_by
    FROM oversight_articleversion WHERE article_id = %s ORDER BY version DESC
"""
_OPINIONS = "SELECT article_id, helped_count, other_count FROM oversight_opinions(%s)"
_MINE = "SELECT helped FROM oversight_opinion WHERE article_id = %s AND officer_id = %s"


@dataclass(frozen=True, slots=True)
class Asked:
    """What is looked for: words, and where from. Nothing at all is everything."""

    words: str = ""
    topic: str = ""
    kind: str = ""
    page: str = ""
    code: str = ""
    role: str = ""


@dataclass(frozen=True, slots=True)
class ArticleLine:
    """One article as it stands; `rank` says how well it fits, the higher the better."""

    id: int
    slug: str | None
    kind: str
    province_code: str
    for_hospitals: bool
    for_public: bool
    topic: str
    title: str
    answer: str
    basis: str
    keywords: str
    pages: list[str]
    codes: list[str]
    roles: list[str]
    valid_from: date
    valid_to: date | None
    version: int
    written_at: datetime
    written_by: str
    rank: float = 0.0

    @property
    def topic_vi(self) -> str:
        """What it is about."""
        return TOPICS_VI.get(Topic(self.topic), self.topic)

    @property
    def is_guide(self) -> bool:
        """True for a guide of the house."""
        return self.kind == GUIDE

    @property
    def summary(self) -> str:
        """Its first paragraph, on one line."""
        return " ".join(self.answer.partition("\n\n")[0].split())

    @property
    def readers_vi(self) -> str:
        """Who reads it."""
        if self.province_code:
            return "Cán bộ trong tỉnh"
        more = ["bệnh viện"] * self.for_hospitals + ["người dân"] * self.for_public
        return "Cán bộ cả nước" + "".join(f", {it}" for it in more)

    @property
    def roles_vi(self) -> str:
        """Whom a guide is for; empty for everybody."""
        return ", ".join(TITLES_VI[Role(it)] for it in self.roles if it in frozenset(Role))

    def stands_on(self, day: date) -> bool:
        """True when it counts on the day."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)


@dataclass(frozen=True, slots=True)
class VersionLine:
    """What an article said in one version."""

    version: int
    title: str
    answer: str
    basis: str
    valid_from: date
    valid_to: date | None
    readers: str
    written_at: datetime
    written_by: str


@dataclass(frozen=True, slots=True)
class Opinions:
    """How many officers an article helped, and how many not."""

    helped_count: int = 0
    other_count: int = 0


def search(readers: str, asked: Asked, *, on: date, limit: int = 30) -> list[ArticleLine]:
    """The articles of the day that fit, the best first; all of them when nothing is asked. One statement."""
    return _read(readers, asked, on=on, limit=limit, must_fit=False)


def fitting(readers: str, asked: Asked, *, on: date, limit: int = 5) -> list[ArticleLine]:
    """Those alone that fit the page, the code or the words: for who is about to ask. One statement."""
    return _read(readers, asked, on=on, limit=limit, must_fit=True)


def article(readers: str, key: int | str, *, on: date | None = None) -> ArticleLine:
    """One article by its key, or a guide by its slug. Raises NotFound. One statement.

    Staff may open one whose days are over; hospitals and the public get what is marked for them alone, and counts `on` the day.
    """
    number, slug = (key, "") if isinstance(key, int) else (0, key)
    with connection.cursor() as cursor:
        cursor.execute(_ONE, [number, slug])
        found = rows_as(ArticleLine, cursor)
    if not found or not _is_open(readers, found[0], on):
        raise NotFound("Không có bài hỏi đáp này.", code="NOT_FOUND")
    return found[0]


def _is_open(readers: str, line: ArticleLine, on: date | None) -> bool:
    is_marked = {STAFF: True, HOSPITALS: line.for_hospitals, PUBLIC: line.for_public}[readers]
    return is_marked and (readers == STAFF or on is None or line.stands_on(on))


def versions(by: Actor, article_id: int) -> list[VersionLine]:
    """Everything the article ever said, the latest first. One statement."""
    del by  # row-level security reads the actor of the transaction
    with connection.cursor() as cursor:
        cursor.execute(_VERSIONS, [article_id])
        return rows_as(VersionLine, cursor)


def opinions(article_ids: list[int]) -> dict[int, Opinions]:
    """How many each of them helped. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_OPINIONS, [article_ids])
        return {row[0]: Opinions(row[1], row[2]) for row in cursor.fetchall()}


def own_opinion(by: Actor, article_id: int) -> bool | None:
    """Whether it helped the actor; None before he has said. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_MINE, [article_id, by.account_id])
        row = cursor.fetchone()
    return None if row is None else bool(row[0])


def _read(readers: str, asked: Asked, *, on: date, limit: int, must_fit: bool) -> list[ArticleLine]:
    parameters: dict[str, Any] = {
        "readers": readers,
        "words": asked.words[:MOST_WORDS],
        "small_words": SMALL_WORDS,
        "topic": asked.topic,
        "kind": asked.kind,
        "codes": [asked.code] if asked.code else [],
        "pages": [asked.page] if asked.page else [],
        "role": asked.role,
        "on": on,
        "must_fit": must_fit,
        "limit": limit,
    }
    with connection.cursor() as cursor:
        cursor.execute(_SEARCH.text, parameters)
        return rows_as(ArticleLine, cursor)
