"""The queue of dossiers: by stage, unit, lateness; searched by code or name; paged by key."""

from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.births import queries as births
from lienthong.dossiers import lifecycle, queries
from lienthong.dossiers.queries import DossierLine, QueueFilter
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff import savedfilters

PAGE_SIZE = 50
FIELDS = ("child_name", "birth_date", "sex", "commune")


@page("can-bo/ho-so/", name="queue", needs=Permission.DOSSIER_QUEUE, reveals="person", posts=True)
def queue(call: Call) -> Answer:
    """One page of the queue. A search text is sent as a form: names do not belong in addresses."""
    text = call.value("tim")[:100] if call.is_post else ""
    filters = QueueFilter(
        state=call.value("giai-doan") if call.value("giai-doan") in lifecycle.STATES else "",
        unit_code=call.value("don-vi")[:20],
        text=text,
        codes=births.dossier_codes_of(call.by, text) if text else (),
        late_only=call.value("qua-han") == "1",
        after=call.number("sau"),
    )
    if call.is_post and not filters.text:
        return Go(_address(filters))
    lines = queries.queue(call.by, filters=filters, on=call.on, limit=PAGE_SIZE + 1)
    shown = lines[:PAGE_SIZE]
    has_more = len(lines) > PAGE_SIZE
    context = {
        "lines": shown,
        "filters": filters,
        "states": list(lifecycle.LABELS_VI.items()),
        "on": call.on,
        "next_after": shown[-1].id if has_more else 0,
        "next_url": _address(filters, after=shown[-1].id) if has_more and not filters.text else "",
        "saved": savedfilters.on_page(call, "queue", urlencode(_wanted(filters))),
        "is_filtered": bool(
            filters.state or filters.unit_code or filters.text or filters.late_only
        ),
    }
    return Show(
        "staff/queue.html",
        context,
        subjects=subjects(shown),
        fields=FIELDS,
        fragment="staff/_queue_rows.html",
    )


def subjects(lines: list[DossierLine]) -> list[tuple[str, int]]:
    """Whom these lines show."""
    return [("dossier", line.id) for line in lines]


def _wanted(filters: QueueFilter, *, after: int = 0) -> dict[str, str]:
    wanted = {
        "giai-doan": filters.state,
        "don-vi": filters.unit_code,
        "qua-han": "1" if filters.late_only else "",
        "sau": str(after) if after else "",
    }
    return {name: value for name, value in wanted.items() if value}


def _address(filters: QueueFilter, *, after: int = 0) -> str:
    query = urlencode(_wanted(filters, after=after))
    return reverse("queue") + (f"?{query}" if query else "")
