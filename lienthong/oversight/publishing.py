"""Writes of the knowledge base: publish, revise, end; open to the country, hospitals, the public; did it help.

The centre publishes for everybody, a province for its own officers. Each change is a version; what stood before stays
readable. No text names a person: what does is masked, as in difficulties.
"""

from dataclasses import asdict, dataclass, field, replace
from datetime import date, datetime
from typing import Any

from django.db import connection

from lienthong.accounts.permissions import Permission
from lienthong.audit import trail
from lienthong.cards.actions import need
from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Conflict, NotAllowed, Refused
from lienthong.oversight import moving
from lienthong.oversight.difficulties import CENTRE, TOPICS_VI, level_of
from lienthong.oversight.knowledge import ANSWER, STAFF, ArticleLine, article
from lienthong.oversight.masking import masked

LONGEST_ANSWER, LONGEST_BASIS, LONGEST_WORDS = 8000, 500, 300
_FIELDS = (
    "topic", "title", "answer", "basis", "keywords", "pages", "codes", "roles", "valid_from", "valid_to",
    "for_hospitals", "for_public",
)  # fmt: skip
_INSERT = """
    INSERT INTO oversight_article (slug, kind, province_code, topic, title, answer, basis, keywords, pages, codes, roles,
        valid_from, valid_to, for_hospitals, for_public, version, written_at, written_by)
    VALUES (%(slug)s, %(kind)s, %(province_code)s, %(topic)s, %(title)s, %(answer)s, %(basis)s, %(keywords)s, %(pages)s,
            %(codes)s, %(roles)s, %(valid_from)s, %(valid_to)s, %(for_hospitals)s, %(for_public)s, 1, %(at)s, %(label)s)
    RETURNING id
"""
_REVISE = """
    UPDATE oversight_article
    SET province_code = %(province_code)s, topic = %(topic)s, title = %(title)s, answer = %(answer)s, basis = %(basis)s,
        keywords = %(keywords)s, pages = %(pages)s, codes = %(codes)s, roles = %(roles)s, valid_from = %(valid_from)s,
        valid_to = %(valid_to)s, for_hospitals = %(for_hospitals)s, for_public = %(for_public)s, version = version + 1,
        written_at = %(at)s, written_by = %(label)s
    WHERE id = %(id)s AND version = %(seen)s
"""
_SAY = """
    INSERT INTO oversight_opinion (article_id, officer_id, version, helped, said_at)
    VALUES (%(article)s, %(officer)s, %(version)s, %(helped)s, %(at)s)
    ON CONFLICT (article_id, officer_id) DO UPDATE
    SET version = EXCLUDED.version, helped = EXCLUDED.helped, said_at = EXCLUDED.said_at
"""


@dataclass(frozen=True, slots=True)
class Draft:
    """What an article is to say. `slug` is a guide's alone; `province_code` '' is the whole country."""

    topic: str
    title: str
    answer: str
    valid_from: date
    basis: str = ""
    keywords: str = ""
    pages: tuple[str, ...] = ()
    codes: tuple[str, ...] = ()
    roles: tuple[str, ...] = ()
    valid_to: date | None = None
    for_hospitals: bool = False
    for_public: bool = False
    province_code: str = ""
    slug: str = field(default="")


def draft_of(line: ArticleLine) -> Draft:
    """The article as a draft to revise."""
    words: dict[str, Any] = {name: getattr(line, name) for name in _FIELDS}
    lists = {name: tuple(words[name]) for name in ("pages", "codes", "roles")}
    return Draft(**{**words, **lists, "province_code": line.province_code, "slug": line.slug or ""})


def may_write(by: Actor, province_code: str) -> bool:
    """True for the centre, and for a province's director about its own articles."""
    if not by.may(Permission.ARTICLE_PUBLISH):
        return False
    return level_of(by) == CENTRE or (province_code != "" and by.province_code == province_code)


def publish(
    draft: Draft, *, by: Actor, at: datetime, kind: str = ANSWER, difficulty_id: int = 0
) -> int:
    """A new article; its id. One made of an answered difficulty stands with it.

    A province's is its own, whatever the draft says. Raises Refused with the field: no topic of the list, no title or
    answer, too much of one, last day before the first, readers outside whom only the centre may open it to.
    """
    need(by, Permission.ARTICLE_PUBLISH)
    kept = _checked(draft, by=by)
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_INSERT, {**_words(kept), "kind": kind, "at": at, "label": by.label})
        made = int(cursor.fetchone()[0])
        _note(by, "article.published", made, at=at)
        if difficulty_id:
            now = moving.locked_one(difficulty_id, "answered", "confirmed", "closed")
            moving.write(replace(now, article_id=made), "published", by=by, at=at)
    return made


def revise(article_id: int, draft: Draft, *, seen: int, by: Actor, at: datetime) -> None:
    """The article says this from now on; `seen` is the version that was revised.

    Raises as `publish`, NotFound, NotAllowed for another's article, Conflict when somebody was faster.
    """
    need(by, Permission.ARTICLE_PUBLISH)
    with acting(by, at=at), connection.cursor() as cursor:
        before = article(STAFF, article_id)
        if not may_write(by, before.province_code):
            raise NotAllowed("Bài này do cơ quan khác đăng; bạn không sửa được.", code="OWNER")
        kept = _checked(replace(draft, slug=before.slug or ""), by=by)
        cursor.execute(
            _REVISE, {**_words(kept), "id": article_id, "seen": seen, "at": at, "label": by.label}
        )
        if not cursor.rowcount:
            raise Conflict("Bài vừa được người khác sửa. Hãy xem bản mới rồi sửa.", code="CHANGED")
        _note(by, "article.revised", article_id, at=at)


def say(article_id: int, *, helped: bool, by: Actor, at: datetime) -> None:
    """Whether it helped the actor; his latest word counts. Raises NotFound."""
    need(by, Permission.ARTICLE_VIEW)
    with acting(by, at=at), connection.cursor() as cursor:
        line = article(STAFF, article_id)
        said: dict[str, Any] = {
            "article": line.id,
            "officer": by.account_id,
            "version": line.version,
            "helped": helped,
            "at": at,
        }
        cursor.execute(_SAY, said)


def _checked(draft: Draft, *, by: Actor) -> Draft:
    is_centre = level_of(by) == CENTRE
    if draft.topic not in TOPICS_VI:
        raise Refused("Vui lòng chọn chủ đề trong danh sách.", code="TOPIC", field="chu-de")
    if draft.valid_to is not None and draft.valid_to < draft.valid_from:
        raise Refused(
            "Ngày hết hiệu lực không được trước ngày bắt đầu.", code="DAYS", field="den-ngay"
        )
    if (draft.for_hospitals or draft.for_public) and not is_centre:
        raise Refused(
            "Chỉ BHXH Việt Nam mới mở bài cho bệnh viện, người dân.",
            code="READERS",
            field="doc-gia",
        )
    return replace(
        draft,
        title=moving.said_in(
            draft.title, field="tieu-de", what_vi="câu hỏi", longest=moving.LONGEST_TITLE
        ),
        answer=moving.said_in(
            draft.answer, field="tra-loi", what_vi="câu trả lời", longest=LONGEST_ANSWER
        ),
        basis=masked(draft.basis).text[:LONGEST_BASIS],
        keywords=masked(draft.keywords).text[:LONGEST_WORDS],
        province_code=draft.province_code if is_centre else by.province_code,
    )


def _words(draft: Draft) -> dict[str, Any]:
    words = asdict(draft)
    lists = {name: list(words[name]) for name in ("pages", "codes", "roles")}
    return {**words, **lists, "slug": draft.slug or None}


def _note(by: Actor, action: str, article_id: int, *, at: datetime) -> None:
    trail.record(by, action, at=at, subject_kind="article", subject_id=article_id)
