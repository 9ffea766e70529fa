"""Declarations as a file: download, work on them in a spreadsheet, upload, look at the difference, apply."""

from collections.abc import Iterator

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.catalogues import queries as catalogues
from lienthong.catalogues import sheets, unit_file, uploads
from lienthong.catalogues.sheets import SentFile
from lienthong.kernel.actor import Actor
from lienthong.kernel.errors import NotAllowed, Refused
from lienthong.web.answers import XLSX, Answer, File, Go, Show
from lienthong.web.page import Call, page

_LINES_SHOWN = 200


@page(
    "can-bo/khai-bao-dia-ban/",
    name="declarations",
    needs=Permission.UNIT_DECLARE,
    posts=True,
)
def declarations(call: Call) -> Answer:
    """Where the file is taken and sent. A file that was sent is kept, then looked at on a page of its own."""
    _need_province(call.by)
    said = ""
    if call.is_post:
        sent = call.request.FILES.get("tep")
        try:
            if sent is None or not sent.name:
                raise Refused("Hãy chọn tệp.", code="E-FILE", field="file")
            # One byte more than allowed is enough to refuse it.
            file = SentFile(sent.name, sent.read(uploads.MOST_BYTES + 1))
            key = uploads.keep(uploads.UNITS, file, by=call.by, at=call.at)
            return Go(reverse("declaration-upload", kwargs={"upload_id": key}))
        except Refused as error:
            said = error.message_vi
    context = {"said": said, "columns": unit_file.COLUMNS, "is_everywhere": call.by.everywhere}
    return Show("staff/declarations.html", context)


@page("can-bo/khai-bao-dia-ban/tai-ve/", name="declarations-file", needs=Permission.UNIT_DECLARE)
def declarations_file(call: Call) -> Answer:
    """Every declaration of the officer's province, or of the country, in the columns that are read back."""
    _need_province(call.by)
    province = "" if call.by.everywhere else call.by.province_code
    body = sheets.write_sheet("Khai báo", unit_file.COLUMNS, _lines(call.by, province))
    return File(body, f"khai-bao-dia-ban-{province or 'ca-nuoc'}-{call.on}.xlsx", XLSX)


@page(
    "can-bo/khai-bao-dia-ban/<int:upload_id>/",
    name="declaration-upload",
    needs=Permission.UNIT_DECLARE,
    posts=True,
)
def declaration_upload(call: Call, upload_id: int) -> Answer:
    """What the kept file would change; the button applies it."""
    _need_province(call.by)
    upload = uploads.one(call.by, upload_id, kind=uploads.UNITS)
    if call.is_post:
        difference = uploads.apply_units(upload_id, by=call.by, at=call.at)
    else:
        difference = uploads.preview_units(upload, by=call.by, at=call.at)
    context = {
        "upload": upload,
        "is_done": call.is_post,
        "difference": difference,
        "counts": difference.counts,
        "parts": [
            ("Thêm", difference.added[:_LINES_SHOWN], len(difference.added)),
            ("Kết thúc", difference.ended[:_LINES_SHOWN], len(difference.ended)),
            ("Lưu ý", difference.remarks_vi[:_LINES_SHOWN], len(difference.remarks_vi)),
        ],
        "changed": difference.changed[:_LINES_SHOWN],
        "refused": difference.refused[:_LINES_SHOWN],
        "shown": _LINES_SHOWN,
    }
    return Show("staff/declaration_upload.html", context)


def _need_province(by: Actor) -> None:
    """An officer of one unit has no province in his session: row-level security would refuse him later."""
    if by.unit_code:
        raise NotAllowed(
            "Chỉ cán bộ cấp tỉnh hoặc Bảo hiểm xã hội Việt Nam được khai báo bằng tệp."
        )


def _lines(by: Actor, province_code: str) -> Iterator[tuple[str, ...]]:
    units = {it.code: it for it in catalogues.units_of(by, province_code)}
    for it in catalogues.declarations(by, province_code=province_code):
        unit = units.get(it.unit_code) or catalogues.unit(by, it.unit_code)
        yield (
            it.unit_code,
            unit.name,
            unit.agency_code,
            unit.province_code,
            it.district_code,
            it.commune_code,
            str(it.valid_from),
            str(it.valid_to) if it.valid_to else "",
        )
