"""Mã số cần sửa: the queue by kind and unit, a number told from a paper, and the queue as a file."""

from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.births import repairs, repairsides
from lienthong.kernel.errors import NotFound, Refused
from lienthong.persons import numbermatters
from lienthong.persons.numbermatters import KINDS_VI, STATES_VI, MatterFilter, MatterLine
from lienthong.persons.numbers import BY_HAND, MOST_WRITTEN, SOURCES_VI
from lienthong.web.answers import XLSX, Answer, File, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.people import people

_PAGE_SIZE = 50
_MOST_ROWS = 20_000
_FIELDS = ("full_name", "birth_date", "insurance_number")
_OPEN_STATES = ("", "proposed", "confirmed")
NOBODY_VI = "Không tìm thấy đúng một người theo số này trong địa bàn của bạn. Hãy dùng mã số BHXH, số định danh hoặc mã hồ sơ."
OWN_VI = "Số này là mã số đang có của chính người đó: không có gì phải sửa."


@dataclass(frozen=True, slots=True)
class Tab:
    """One kind of the list as a link, with how many are open."""

    label_vi: str
    url: str
    count: int
    is_here: bool


@page("can-bo/ma-so/", name="numbers", needs=Permission.PERSON_REVIEW, reveals="person", posts=True)
def numbers(call: Call) -> Answer:
    """The queue, oldest first; a number that stands on a paper is noted and leads to its matter."""
    typed = {name: call.value(name)[:100] for name in ("nguoi", "ma-so", "noi-ghi")}
    said, field = "", ""
    if call.is_post:
        try:
            return Go(reverse("number-matter", kwargs={"matter_id": _told(call, typed)}))
        except (Refused, NotFound) as error:
            said, field = error.message_vi, getattr(error, "field", "")
    wanted = _wanted(call)
    lines = numbermatters.matters(call.by, wanted, limit=_PAGE_SIZE + 1)
    shown = lines[:_PAGE_SIZE]
    counts = numbermatters.counts(call.by)
    units = {it.area: it.unit_name for it in counts if it.area}
    context = {
        "lines": shown,
        "tabs": _tabs(counts, wanted),
        "wanted": wanted,
        "states": [(it, STATES_VI[it]) for it in _OPEN_STATES],
        "units": [
            (area, name, sum(it.count for it in counts if it.area == area))
            for area, name in units.items()
        ],
        "people": people(call, [it.proposed_by for it in shown]),
        "next_url": _url(wanted, after=shown[-1].id) if len(lines) > _PAGE_SIZE else "",
        "file_url": reverse("numbers-file") + "?" + _query(wanted),
        "sources": [(it, SOURCES_VI[it]) for it in BY_HAND],
        "typed": typed,
        "written": typed["ma-so"],
        "chosen_source": typed["noi-ghi"],
        "said": said,
        "field": field,
        "most": MOST_WRITTEN,
        "may_tell": call.by.may(Permission.NUMBER_REPAIR),
        "is_filtered": wanted != MatterFilter(after=wanted.after),
    }
    return Show("staff/numbers.html", context, subjects=_subjects(shown), fields=_FIELDS)


@page("can-bo/ma-so/tep/", name="numbers-file", needs=Permission.PERSON_REVIEW, reveals="person")
def numbers_file(call: Call) -> Answer:
    """The queue as filtered, as a workbook."""
    lines = numbermatters.matters(call.by, _wanted(call), limit=_MOST_ROWS)
    body = repairsides.as_xlsx(lines)
    return File(
        body, "ma-so-can-sua.xlsx", XLSX, subjects=_subjects(lines), fields=_FIELDS, is_saved=True
    )


def _told(call: Call, typed: dict[str, str]) -> int:
    person_id = repairsides.person_named(call.by, typed["nguoi"])
    if person_id is None:
        raise Refused(NOBODY_VI, code="PERSON", field="nguoi")
    found = repairs.tell(person_id, typed["ma-so"], typed["noi-ghi"], by=call.by, at=call.at)
    if found is None:
        raise Refused(OWN_VI, code="OWN", field="ma-so")
    return found


def _wanted(call: Call) -> MatterFilter:
    if call.is_post:
        return MatterFilter()
    state = call.value("tinh-trang") or "any"
    return MatterFilter(
        kind=call.value("loai"),
        area=call.number("don-vi"),
        state="" if state == "cho-de-nghi" else state,
        after=call.number("sau"),
    )


def _tabs(counts: list[numbermatters.MatterCount], wanted: MatterFilter) -> list[Tab]:
    every = sum(it.count for it in counts)
    tabs = [Tab("Tất cả", reverse("numbers"), every, wanted.kind not in KINDS_VI)]
    tabs += [
        Tab(
            label,
            reverse("numbers") + f"?loai={kind}",
            sum(it.count for it in counts if it.kind == kind),
            wanted.kind == kind,
        )
        for kind, label in KINDS_VI.items()
    ]
    return tabs


def _query(wanted: MatterFilter, *, after: int = 0) -> str:
    state = {"": "cho-de-nghi", "any": ""}.get(wanted.state, wanted.state)
    words = {"loai": wanted.kind, "don-vi": wanted.area, "tinh-trang": state, "sau": after}
    return urlencode({name: value for name, value in words.items() if value})


def _url(wanted: MatterFilter, *, after: int) -> str:
    return reverse("numbers") + "?" + _query(wanted, after=after)


def _subjects(lines: list[MatterLine]) -> list[tuple[str, int]]:
    """Whom the rows name: those in reach."""
    named = {it.person_id for it in lines if it.full_name}
    named |= {it.other_id for it in lines if it.other_id is not None and it.other_name}
    return [("person", it) for it in sorted(named)]
