"""Guides of the house (hướng dẫn) and first articles: files of `guides/`, kept in step with the knowledge base.

A file says what an article says; its name is the article's slug. A changed file becomes a new version at the next start;
an article that the centre has revised since then is its own, and is left alone.
"""

import tomllib
from datetime import date, datetime
from functools import cache
from importlib.resources import files
from typing import Any

from django.db import connection

from lienthong.kernel.actor import Actor
from lienthong.oversight import publishing
from lienthong.oversight.knowledge import STAFF, article
from lienthong.oversight.publishing import Draft

_SINCE = date(2024, 7, 1)
_KEPT = "SELECT slug, version, written_by FROM oversight_article WHERE slug IS NOT NULL"


@cache
def drafts() -> dict[str, tuple[str, Draft]]:
    """Every file by slug, in the order of the names: its kind, and what it says."""
    found = {}
    for path in sorted(
        files("lienthong.oversight").joinpath("guides").iterdir(), key=lambda it: it.name
    ):
        if path.name.endswith(".toml"):
            slug = path.name.removesuffix(".toml")
            said = tomllib.loads(path.read_text(encoding="utf-8"))
            kind = said.pop("kind")
            lists: dict[str, Any] = {
                name: tuple(said.pop(name, ())) for name in ("pages", "codes", "roles")
            }
            answer = said.pop("answer").strip()
            found[slug] = (
                kind,
                Draft(answer=answer, slug=slug, valid_from=_SINCE, **lists, **said),
            )
    return found


def ensure(*, by: Actor, at: datetime) -> int:
    """Publish the files that are new, and the new words of those that nobody else has touched; how many.

    One statement more for each file that is ours alone.
    """
    with connection.cursor() as cursor:
        cursor.execute(_KEPT)
        kept = {slug: (version, label) for slug, version, label in cursor.fetchall()}
    written = 0
    for slug, (kind, draft) in drafts().items():
        if slug not in kept:
            publishing.publish(draft, kind=kind, by=by, at=at)
            written += 1
            continue
        version, label = kept[slug]
        before = article(STAFF, slug) if label == by.label else None
        if before is not None and publishing.draft_of(before) != draft:
            publishing.revise(before.id, draft, seen=version, by=by, at=at)
            written += 1
    return written
