"""Papers by exception (Hồ sơ giấy): the reasons open here today, what was entered, one paper with its scans."""

from collections.abc import Sequence

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.births import paper, papers, scans
from lienthong.births.papers import PaperLine
from lienthong.kernel.errors import Refused
from lienthong.web.answers import Answer, File, Go, Show
from lienthong.web.page import Call, page

_SHOWN = 30


@page(
    "can-bo/ho-so-giay/",
    name="papers",
    needs=Permission.PAPER_ENTER,
    reveals="person",
    posts=True,
)
def papers_page(call: Call) -> Answer:
    """First the reason; everything outside the list is refused here, and counted."""
    said = ""
    if call.is_post:
        reason = call.value("ly-do")
        try:
            paper.rule_of(reason, by=call.by, on=call.on)
            return Go(reverse("paper-new", kwargs={"reason": reason}))
        except Refused as error:
            paper.note_refusal(reason or paper.NOT_LISTED, error.code, by=call.by, at=call.at)
            said = error.message_vi
    lines = papers.recent(call.by, limit=_SHOWN)
    context = {
        "rules": paper.open_reasons(call.by, on=call.on),
        "said": said,
        "lines": lines,
        "not_listed": paper.NOT_LISTED,
        "on": call.on,
    }
    return Show("staff/papers.html", context, subjects=_subjects(lines), fields=("child_name",))


@page(
    "can-bo/ho-so-giay/da-nhap/<int:paper_id>/",
    name="paper",
    needs=Permission.DOSSIER_VIEW,
    reveals="person",
)
def paper_page(call: Call, paper_id: int) -> Answer:
    """One paper: why, by whom, what became of it, and its scans."""
    line, kept = papers.one(call.by, paper_id)
    context = {"paper": line, "scans": kept}
    return Show("staff/paper.html", context, subjects=_subjects([line]), fields=("child_name",))


@page(
    "can-bo/ho-so-giay/ban-quet/<int:scan_id>/",
    name="paper-scan",
    needs=Permission.DOSSIER_VIEW,
    reveals="person",
)
def paper_scan(call: Call, scan_id: int) -> Answer:
    """The bytes of a scan, to be saved and never opened by the page itself; the look is logged."""
    line, kept = papers.scan(call.by, scan_id)
    body = scans.read(kept.name, bytes(kept.sha256))
    name = f"ban-quet-{kept.paper_id}-{kept.place}.{scans.SUFFIXES[kept.form]}"
    return File(
        body,
        name,
        scans.MEDIA_TYPES[kept.form],
        subjects=_subjects([line]),
        fields=("scan",),
        is_saved=True,
    )


def _subjects(lines: Sequence[PaperLine]) -> list[tuple[str, int]]:
    """The papers, and the dossiers behind them."""
    shown = [("paper", line.id) for line in lines]
    return shown + [("dossier", line.dossier_id) for line in lines if line.dossier_id is not None]
