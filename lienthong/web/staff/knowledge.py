"""The knowledge base for officers (Hướng dẫn, hỏi đáp): search, one article with its history, writing and revising it."""

from dataclasses import dataclass
from datetime import date

from django.urls import reverse

from lienthong.accounts.permissions import Permission, Role
from lienthong.kernel.dates import parse_iso_date
from lienthong.kernel.errors import Conflict, NotFound, Refused
from lienthong.oversight import difficulties, knowledge, moving, publishing
from lienthong.oversight.knowledge import STAFF, ArticleLine, Asked
from lienthong.oversight.masking import masked
from lienthong.oversight.publishing import Draft
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.people import people

_ROWS = 30


@page("can-bo/hoi-dap/", name="knowledge", needs=Permission.ARTICLE_VIEW)
def knowledge_base(call: Call) -> Answer:
    """What fits the words, the page or the code; with nothing asked, the guides of the officer's role first."""
    topic = call.value("chu-de")
    asked = Asked(
        words=call.value("tim")[: knowledge.MOST_WORDS],
        topic=topic if topic in difficulties.TOPICS_VI else "",
        page=call.value("trang")[:60],
        code=call.value("ma")[:60],
        role=call.by.role,
    )
    is_from_page = bool(asked.page or asked.code) and not asked.words
    found = (
        knowledge.fitting(STAFF, asked, on=call.on, limit=_ROWS)
        if is_from_page
        else knowledge.search(STAFF, asked, on=call.on, limit=_ROWS)
    )
    context = {
        "found": found,
        "guides": [it for it in found if it.is_guide],
        "answers": [it for it in found if not it.is_guide],
        "asked": asked,
        "is_from_page": is_from_page,
        "topics": difficulties.TOPICS_VI,
        "may_publish": call.by.may(Permission.ARTICLE_PUBLISH),
        "on": call.on,
    }
    return Show("staff/knowledge.html", context)


@page("can-bo/hoi-dap/<int:article_id>/", name="article", needs=Permission.ARTICLE_VIEW, posts=True)
def article(call: Call, article_id: int) -> Answer:
    """One article; the form says whether it helped."""
    if call.is_post:
        publishing.say(article_id, helped=call.value("giup") == "co", by=call.by, at=call.at)
        return Go(reverse("article", kwargs={"article_id": article_id}) + "?da-ghi=1")
    line = knowledge.article(STAFF, article_id)
    versions = knowledge.versions(call.by, article_id)
    context = {
        "line": line,
        "versions": versions,
        "people": people(call, [line.written_by, *(it.written_by for it in versions)]),
        "opinions": knowledge.opinions([article_id]).get(article_id, knowledge.Opinions()),
        "own": knowledge.own_opinion(call.by, article_id),
        "is_noted": call.value("da-ghi") == "1",
        "is_over": not line.stands_on(call.on),
        "may_revise": publishing.may_write(call.by, line.province_code),
        "on": call.on,
    }
    return Show("staff/article.html", context)


@page("can-bo/hoi-dap/soan/", name="article-new", needs=Permission.ARTICLE_PUBLISH, posts=True)
def article_new(call: Call) -> Answer:
    """A new article, empty or filled from an answered difficulty."""
    source = call.number("vuong-mac")
    if call.is_post:
        return _save(call, None, source)
    return _form(call, None, source, _from_difficulty(call, source) if source else _empty(call))


@page(
    "can-bo/hoi-dap/<int:article_id>/sua/",
    name="article-edit",
    needs=Permission.ARTICLE_PUBLISH,
    posts=True,
)
def article_edit(call: Call, article_id: int) -> Answer:
    """Revise an article: each saving is a version."""
    line = knowledge.article(STAFF, article_id)
    if not publishing.may_write(call.by, line.province_code):
        raise NotFound("Không có bài hỏi đáp này.", code="NOT_FOUND")
    if call.is_post:
        return _save(call, line, 0)
    return _form(call, line, 0, publishing.draft_of(line))


@dataclass(frozen=True, slots=True)
class _Told:
    """What the form says back."""

    said: str = ""
    field: str = ""
    found_vi: str = ""


def _save(call: Call, line: ArticleLine | None, source: int) -> Answer:
    draft = _sent(call)
    texts = [masked(it) for it in (draft.title, draft.answer, draft.basis, draft.keywords)]
    found_vi = ", ".join(it.found_vi for it in texts if it.found)
    if found_vi:
        title, answer, basis, keywords = (it.text for it in texts)
        clean = Draft(
            **{
                **{name: getattr(draft, name) for name in Draft.__dataclass_fields__},
                "title": title,
                "answer": answer,
                "basis": basis,
                "keywords": keywords,
            }
        )
        return _form(call, line, source, clean, _Told(found_vi=found_vi))
    try:
        if line is None:
            key = publishing.publish(draft, by=call.by, at=call.at, difficulty_id=source)
        else:
            key = line.id
            publishing.revise(key, draft, seen=call.number("ban"), by=call.by, at=call.at)
    except (Refused, Conflict) as error:
        return _form(call, line, source, draft, _Told(error.message_vi, error.field))
    return Go(reverse("article", kwargs={"article_id": key}))


def _form(
    call: Call, line: ArticleLine | None, source: int, draft: Draft, told: _Told | None = None
) -> Answer:
    context = {
        "line": line,
        "draft": draft,
        "source": source,
        "told": told or _Told(),
        "pages": ", ".join(draft.pages),
        "codes": ", ".join(draft.codes),
        "topics": difficulties.TOPICS_VI,
        "is_centre": difficulties.level_of(call.by) == difficulties.CENTRE,
        "longest_title": moving.LONGEST_TITLE,
        "longest": publishing.LONGEST_ANSWER,
    }
    return Show("staff/article_form.html", context, status=422 if told else 200)


def _empty(call: Call) -> Draft:
    return Draft("", "", "", call.on, province_code=call.by.province_code)


def _from_difficulty(call: Call, difficulty_id: int) -> Draft:
    asked = difficulties.one(call.by, difficulty_id, on=call.on)
    return Draft(
        topic=asked.topic,
        title=asked.title,
        answer=asked.answer,
        valid_from=call.on,
        basis=asked.basis,
        pages=(asked.page,) if asked.page else (),
        codes=(asked.code,) if asked.code else (),
        province_code=call.by.province_code,
    )


def _sent(call: Call) -> Draft:
    roles = call.request.POST.getlist("vai-tro")
    readers = call.request.POST.getlist("doc-gia")
    return Draft(
        topic=call.value("chu-de"),
        title=call.value("tieu-de"),
        answer=call.value("tra-loi"),
        valid_from=_day(call, "tu-ngay") or call.on,
        valid_to=_day(call, "den-ngay"),
        basis=call.value("can-cu"),
        keywords=call.value("tu-khoa"),
        pages=_words(call.value("trang")),
        codes=_words(call.value("ma")),
        roles=tuple(it for it in roles if it in frozenset(Role)),
        for_hospitals="benh-vien" in readers,
        for_public="nguoi-dan" in readers,
        province_code=call.value("pham-vi")[:2],
    )


def _words(text: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys(it.strip()[:60] for it in text.split(",") if it.strip()))


def _day(call: Call, name: str) -> date | None:
    try:
        return parse_iso_date(call.value(name)) if call.value(name) else None
    except ValueError:
        return None
