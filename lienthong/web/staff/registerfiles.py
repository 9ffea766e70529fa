"""Registers as files: send one, look at what it would do, have it written, follow it; and take one out for a purpose."""

import io
from collections.abc import Callable
from typing import Final

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import Refused
from lienthong.persons import exports, imports, importviews, registerfile
from lienthong.persons.imports import Import, Sent
from lienthong.web.answers import XLSX, Answer, File, Go, Show
from lienthong.web.page import Call, page

_CSV = "text/csv; charset=utf-8"
_FILES: Final[dict[str, tuple[Callable[..., bytes], str]]] = {
    "fault": (importviews.fault_file, "dong-co-loi"),
    "changed": (importviews.change_file, "thay-doi"),
    "missing": (importviews.missing_file, "khong-co-trong-tep"),
}


@page(
    "can-bo/nhap-xuat/",
    name="register-imports",
    needs=Permission.REGISTER_IMPORT,
    posts=True,
)
def register_imports(call: Call) -> Answer:
    """Where a register is sent, and what became of those that were."""
    refused: Refused | None = None
    if call.is_post:
        try:
            return Go(reverse("register-import", kwargs={"import_id": _sent(call)}))
        except Refused as error:
            refused = error
    context = {
        "refused": refused,
        "kinds": imports.KINDS_VI.items(),
        "encodings": imports.ENCODINGS_VI.items(),
        "kind": call.value("loai"),
        "encoding": call.value("bang-ma") or "utf-8",
        "columns": registerfile.COLUMNS_VI.items(),
        "found": imports.latest(call.by),
    }
    return Show("staff/register_imports.html", context, status=422 if refused else 200)


@page(
    "can-bo/nhap-xuat/<int:import_id>/",
    name="register-import",
    needs=Permission.REGISTER_IMPORT,
    reveals="person",
    posts=True,
)
def register_import(call: Call, import_id: int) -> Answer:
    """What one file would do, or did; the buttons have it written or leave it."""
    if call.is_post:
        act = imports.confirm if call.value("viec") == "ap-dung" else imports.drop
        act(import_id, by=call.by, at=call.at)
        return Go(reverse("register-import", kwargs={"import_id": import_id}))
    found = imports.one(import_id, by=call.by)
    has_rows = found.state in {"previewed", "confirmed", "done"} and found.swept_at is None
    context: dict[str, object] = {"it": found, "has_rows": has_rows}
    subjects: list[tuple[str, int]] = []
    if has_rows:
        context |= _told(found, call.by, subjects)
    return Show(
        "staff/register_import.html", context, subjects=subjects, fields=registerfile.COLUMNS
    )


@page(
    "can-bo/nhap-xuat/<int:import_id>/<str:which>.xlsx",
    name="register-import-file",
    needs=Permission.REGISTER_IMPORT,
    reveals="person",
)
def register_import_file(call: Call, import_id: int, which: str) -> Answer:
    """All rows with faults, all changes, or all that the file leaves out, as a spreadsheet."""
    found = imports.one(import_id, by=call.by)
    if which not in _FILES:
        raise Refused("Không có danh sách này.", code="LIST", field="danh-sach")
    make, name = _FILES[which]
    subjects = [("person", it) for it in importviews.persons_of(found, which)]
    return File(
        make(found, by=call.by),
        f"{name}-{import_id}.xlsx",
        XLSX,
        subjects=subjects,
        fields=registerfile.COLUMNS,
        is_saved=True,
    )


@page(
    "can-bo/nhap-xuat/xuat/",
    name="register-export",
    needs=Permission.REGISTER_EXPORT,
    reveals="person",
    posts=True,
)
def register_export(call: Call) -> Answer:
    """A register of the officer's area as a file, for a purpose that is written down."""
    refused: Refused | None = None
    asked = exports.Asked(
        call.value("loai"), call.value("muc-dich"), call.value("dang") or ".csv", call.value("xa")
    )
    if call.is_post:
        stream = io.BytesIO()
        try:
            exports.write(stream, asked, by=call.by, at=call.at, most=exports.MOST_ON_SCREEN)
        except Refused as error:
            refused = error
        else:
            name = "ho-gia-dinh" if asked.kind == registerfile.HOUSEHOLD else "du-lieu-thu"
            content = XLSX if asked.suffix == ".xlsx" else _CSV
            # Everybody in it was logged while it was written.
            return File(
                stream.getvalue(), f"{name}-{call.on}{asked.suffix}", content, subjects=(),
                is_saved=True,
            )  # fmt: skip
    context = {
        "refused": refused,
        "asked": asked,
        "kinds": imports.KINDS_VI.items(),
        "columns": registerfile.COLUMNS_VI.items(),
        "most": exports.MOST_ON_SCREEN,
    }
    return Show("staff/register_export.html", context, subjects=(), status=422 if refused else 200)


def _sent(call: Call) -> int:
    file = call.request.FILES.get("tep")
    if file is None or not file.name:
        raise Refused("Hãy chọn tệp.", code="E-FILE", field="file")
    sent = Sent(call.value("loai"), file.name, call.value("bang-ma"))
    return imports.receive(sent, file.chunks, by=call.by, at=call.at)


def _told(found: Import, by: Actor, subjects: list[tuple[str, int]]) -> dict[str, object]:
    """The lists of a preview; whom they show is added to `subjects`."""
    lists = {
        which: importviews.lines(found, which, by=by)
        for which in ("fault", "changed", "asked", "remark")
    }
    missing = importviews.missing(found, by=by) if found.state == "previewed" else []
    shown = {it.found_id for some in lists.values() for it in some if it.found_id}
    shown |= {it.person_id for it in missing if it.person_id}
    subjects += [("person", it) for it in sorted(shown)]
    return {
        **lists,
        "missing": missing,
        "counts": found.counts,
        "fault_counts": importviews.fault_counts(found),
        "remark_counts": importviews.remark_counts(found),
        "change_counts": importviews.change_counts(found),
        "link_counts": importviews.link_counts(found),
        "spellings": importviews.spellings(found),
        "same": imports.same_before(found, by=by),
        "shown": importviews.SHOWN,
        "is_useless": found.counts.get("fault") == found.counts.get("rows"),
        "is_nothing": not found.counts.get("new") and not found.counts.get("changed"),
    }
