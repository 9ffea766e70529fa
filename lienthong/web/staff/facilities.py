"""The list of health facilities (Cơ sở khám, chữa bệnh): find one, see its contracts over time, add, mend, end them.

Also the facilities that families chose and that the list lacks (letter 2703 §2), and the children registered at one.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.audit.trail import TrailLine
from lienthong.cards import facility_endings
from lienthong.catalogues import contacts, facility_desk
from lienthong.catalogues import facility_desk_lines as lists
from lienthong.catalogues import queries as catalogues
from lienthong.catalogues.facility_desk_lines import FILTERS_VI, Contract, FacilityLine, Filter
from lienthong.catalogues.facility_file import FacilityFacts
from lienthong.dossiers import facility_gaps
from lienthong.dossiers.facility_gaps import FacilityGap
from lienthong.kernel.codes import is_facility_code
from lienthong.kernel.errors import Conflict, NotAllowed, NotFound, Refused
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.contractline import contract_line
from lienthong.web.staff.declarations import day_of, days_of

_PAGE_SIZE = 50
_MOST_ENDING = 500
_MOST_TEXT = 200
_CHILD_FIELDS = ("full_name", "birth_date", "card_code")
_DEEDS_VI = {"added": "Thêm hợp đồng", "mended": "Sửa", "ended": "Kết thúc hợp đồng"}
_PARTS_VI = {
    "name": "tên",
    "province": "mã tỉnh",
    "commune": "mã xã",
    "level": "hạng, tuyến",
    "registers": "nhận đăng ký trẻ",
    "first": "từ ngày",
    "last": "đến hết ngày",
}
_DONE_VI = {
    "them": "Đã ghi hợp đồng. Nếu có trẻ đang chờ cơ sở này, việc tự đóng trong ít phút.",
    "sua": "Đã ghi thay đổi.",
    "ket-thuc": "Đã ghi ngày kết thúc hợp đồng.",
}


@dataclass(frozen=True, slots=True)
class Form:
    """What the officer typed about a contract, kept whatever comes of it; `said` by the name of the input."""

    code: str = ""
    name: str = ""
    province_code: str = ""
    commune_code: str = ""
    level: str = ""
    registers: bool = True
    first: str = ""
    last: str = ""
    said: Mapping[str, str] | None = None

    @classmethod
    def sent(cls, call: Call) -> "Form":
        """The form as it was sent."""
        return cls(
            call.value("ma")[:10].upper(),
            call.value("ten")[:_MOST_TEXT],
            call.value("tinh")[:2],
            call.value("xa")[:5],
            call.value("hang")[:_MOST_TEXT],
            call.value("nhan-tre") == "1",
            call.value("tu-ngay")[:10],
            call.value("den-ngay")[:10],
        )

    @classmethod
    def of(cls, contract: Contract) -> "Form":
        """What a contract says."""
        facts = contract.facts
        return cls(
            facts.code,
            facts.name,
            facts.province_code,
            facts.commune_code,
            facts.level,
            facts.registers_children,
            str(facts.contract.start),
            str(contract.last) if contract.last else "",
        )

    def facts(self, call: Call) -> FacilityFacts:
        """The form as facts. Raises Refused for days that cannot be read."""
        return FacilityFacts(
            self.code,
            self.name,
            self.province_code,
            self.commune_code,
            self.level,
            self.registers,
            days_of(call),
            declared_on=call.on,
        )


@dataclass(frozen=True, slots=True)
class Row:
    """One facility of the list; `child_count` only where contracts end."""

    line: FacilityLine
    days_left: int | None
    child_count: int | None


@dataclass(frozen=True, slots=True)
class GapRow:
    """One missing facility and what this officer does about it; `help` is whom to ask where he may not."""

    gap: FacilityGap
    url: str
    help: contacts.ProvinceHelp | None


@dataclass(frozen=True, slots=True)
class Deed:
    """One change as the page tells it: what was done, and each part before and after."""

    label_vi: str
    by: str
    line: TrailLine
    changes: tuple[tuple[str, str, str], ...]


@page("can-bo/co-so-kcb/", name="facilities", needs=Permission.CATALOGUE_VIEW)
def facilities(call: Call) -> Answer:
    """Facilities by how their contracts stand; one's own province first. Those that end soon come with their children."""
    wanted = _wanted(call)
    is_ending = wanted.state is Filter.ENDING
    limit = _MOST_ENDING if is_ending else _PAGE_SIZE
    found = lists.facilities(call.by, wanted=wanted, on=call.on, limit=limit + 1)
    shown = found[:limit]
    counts: dict[str, int] = {}
    sees_children = is_ending and call.by.may(Permission.DOSSIER_VIEW)
    if sees_children:
        counts = facility_endings.child_counts(call.by, [it.code for it in shown], on=call.on)
    context = {
        "rows": [
            Row(it, it.days_left(call.on), counts.get(it.code, 0) if sees_children else None)
            for it in shown
        ],
        "wanted": wanted,
        "is_ending": is_ending,
        "sees_children": sees_children,
        "filters": FILTERS_VI.items(),
        "provinces": catalogues.provinces(call.by, on=call.on),
        "is_cut": is_ending and len(found) > limit,
        "next_query": _query(wanted, shown[-1].code)
        if len(found) > limit and not is_ending
        else "",
        "gap_count": len(_gaps(call)) if call.by.may(Permission.TASK_VIEW) else 0,
        "may_manage": _may_manage(call),
        "on": call.on,
    }
    return Show("staff/facilities.html", context)


@page("can-bo/co-so-kcb/them/", name="facility-add", needs=Permission.FACILITY_MANAGE, posts=True)
def facility_add(call: Call) -> Answer:
    """The form for a facility that the list lacks; a code in the address stands in it already."""
    code = call.value("ma")[:10].upper()
    own = "" if call.by.everywhere else call.by.province_code
    form = Form(code=code, province_code=own or code[:2])
    if call.is_post:
        form = Form.sent(call)
        try:
            facility_desk.add(form.facts(call), by=call.by, at=call.at)
            return Go(_url_of(form.code.strip(), "them"))
        except Refused as error:
            form = replace(form, said={error.field: error.message_vi})
    gap = next((it for it in _gaps(call) if it.code == form.code), None)
    context = {
        "form": form,
        "gap": gap,
        "provinces": catalogues.provinces(call.by, on=call.on),
        "own_province": own,
    }
    return Show("staff/facility_add.html", context)


@page("can-bo/co-so-kcb/con-thieu/", name="facility-gaps", needs=Permission.TASK_VIEW)
def missing(call: Call) -> Answer:
    """What families chose and cannot be had, by code: how many children wait, since when, and the one move."""
    return Show("staff/facility_gaps.html", {"rows": [_gap_row(call, it) for it in _gaps(call)]})


@page("can-bo/co-so-kcb/<str:code>/", name="facility", needs=Permission.CATALOGUE_VIEW, posts=True)
def facility(call: Call, code: str) -> Answer:
    """One facility: its contracts as a line, each with the forms that change it, and everything that was done to them."""
    held = lists.contracts_of(code)
    if not held:
        raise NotFound("")
    said, form = "", Form()
    if call.is_post:
        try:
            _save(call, held)
            return Go(_url_of(code, call.value("thao-tac")))
        except (Refused, Conflict) as error:
            said = error.message_vi
            form = replace(Form.sent(call), code=code, said={error.field: said})
            held = lists.contracts_of(code)
    newest = held[0]
    present = next((it for it in held if it.state_on(call.on) == "present"), newest)
    may_manage = _may_manage(call) and facility_desk.may_manage_in(
        call.by, newest.facts.province_code, on=call.on
    )
    counts = {}
    if call.by.may(Permission.DOSSIER_VIEW):
        counts = facility_endings.child_counts(call.by, [code], on=call.on)
    names = {it.code: it.name for it in catalogues.provinces(call.by, on=call.on)}
    province = present.facts.province_code
    context = {
        "code": code,
        "present": present,
        "province_name": names.get(province, province),
        "cover": contract_line(held, call.on),
        "contracts": [(it, it.state_on(call.on)) for it in held],
        "deeds": [_deed(it) for it in lists.deeds_of(call.by, held)],
        "form": form if call.value("thao-tac") == "them" and said else _following(held),
        "said": said,
        "deed_of": call.value("thao-tac") if said else "",
        "done_vi": _DONE_VI.get(call.value("da-ghi"), "") if not call.is_post else "",
        "child_count": counts.get(code, 0),
        "sees_children": call.by.may(Permission.DOSSIER_VIEW),
        "may_manage": may_manage,
    }
    return Show("staff/facility.html", context | _changing(call, held, form))


@page(
    "can-bo/co-so-kcb/<str:code>/tre/",
    name="facility-children",
    needs=Permission.DOSSIER_VIEW,
    reveals="person",
)
def children(call: Call, code: str) -> Answer:
    """The children in the officer's area whose card names the facility, with the way to another one."""
    held = lists.contracts_of(code)
    if not held:
        raise NotFound("")
    after = call.number("sau")
    found = facility_endings.children(call.by, code, on=call.on, after=after, limit=_PAGE_SIZE + 1)
    shown = found[:_PAGE_SIZE]
    count = facility_endings.child_counts(call.by, [code], on=call.on).get(code, 0)
    context = {
        "code": code,
        "name": held[0].facts.name,
        "cover": contract_line(held, call.on),
        "rows": shown,
        "count": count,
        "next_after": shown[-1].id if len(found) > _PAGE_SIZE else 0,
        "may_exchange": call.by.may(Permission.CARD_EXCHANGE),
    }
    subjects = sorted(
        {("card", it.id) for it in shown} | {("dossier", it.dossier_id) for it in shown}
    )
    return Show("staff/facility_children.html", context, subjects=subjects, fields=_CHILD_FIELDS)


# ---------------------------------------------------------------- the list


def _wanted(call: Call) -> lists.Wanted:
    own = "" if call.by.everywhere else call.by.province_code
    asks = "tinh" in call.request.GET or "tim" in call.request.GET
    state = call.value("tinh-trang")
    return lists.Wanted(
        text=call.value("tim")[:100],
        province_code=call.value("tinh")[:2] if asks else own,
        registers=call.value("nhan-tre") == "1",
        state=Filter(state) if state in frozenset(Filter) else Filter.PRESENT,
        after=call.value("sau")[:10],
    )


def _query(wanted: lists.Wanted, after: str) -> str:
    told = {
        "tim": wanted.text,
        "tinh": wanted.province_code,
        "tinh-trang": str(wanted.state),
        "nhan-tre": "1" if wanted.registers else "",
        "sau": after,
    }
    return urlencode({name: it for name, it in told.items() if it or name == "tinh"})


def _may_manage(call: Call) -> bool:
    """An officer of one unit has no province in his session: row-level security would refuse him later."""
    return call.by.may(Permission.FACILITY_MANAGE) and not call.by.unit_code


# ---------------------------------------------------------------- what is missing


def _gaps(call: Call) -> list[FacilityGap]:
    return facility_gaps.gaps(call.by, on=call.on)


def _gap_row(call: Call, gap: FacilityGap) -> GapRow:
    is_own = _may_manage(call) and facility_desk.may_manage_in(
        call.by, gap.province_code, on=call.on
    )
    if gap.name:
        url = reverse("facility", kwargs={"code": gap.code})
    elif is_own and is_facility_code(gap.code):
        url = f"{reverse('facility-add')}?{urlencode({'ma': gap.code})}"
    else:
        url = ""
    told = None if is_own else contacts.contacts_of_facility(gap.code, call.on)
    return GapRow(gap, url, told)


# ---------------------------------------------------------------- one facility


def _save(call: Call, held: list[Contract]) -> None:
    """Do what the form says. Raises Refused and Conflict with a sentence."""
    if not _may_manage(call):
        raise NotAllowed("Bạn không có quyền sửa danh mục cơ sở khám, chữa bệnh.")
    deed, key, seen = call.value("thao-tac"), call.number("hop-dong"), call.value("da-xem")[:40]
    form = replace(Form.sent(call), code=held[0].facts.code)
    if deed == "them":
        facility_desk.add(form.facts(call), by=call.by, at=call.at)
    elif key not in {it.id for it in held}:
        raise NotFound("")
    elif deed == "sua":
        facility_desk.mend(key, form.facts(call), seen=seen, by=call.by, at=call.at)
    else:
        last = day_of(call, "ngay-cuoi")
        if last is None:
            raise Refused("Hãy chọn ngày cuối cùng của hợp đồng.", code="E-DATE", field="ngay-cuoi")
        facility_desk.end(key, last, seen=seen, by=call.by, at=call.at)


def _following(held: list[Contract]) -> Form:
    """The next contract: what the newest says, from the day after its end."""
    newest = held[0]
    first = str(newest.last + timedelta(days=1)) if newest.last else ""
    return replace(Form.of(newest), first=first, last="")


def _changing(call: Call, held: list[Contract], refused: Form) -> dict[str, object]:
    """The contract whose form is open, as it stands or as it was sent; nothing when none is."""
    key = call.number("hop-dong" if call.is_post else "sua")
    contract = next((it for it in held if it.id == key), None)
    if contract is None:
        return {"changing": None}
    is_sent = call.is_post and call.value("thao-tac") == "sua"
    return {
        "changing": contract,
        "changing_state": contract.state_on(call.on),
        # What the officer saw, until he looks anew: a second click does not undo another's change.
        "seen": call.value("da-xem")[:40] if call.is_post else contract.stamp,
        "change": refused if is_sent else Form.of(contract),
        "last_day": call.value("ngay-cuoi")[:10] or str(call.on),
    }


def _url_of(code: str, deed: str) -> str:
    return f"{reverse('facility', kwargs={'code': code})}?{urlencode({'da-ghi': deed})}"


def _deed(line: TrailLine) -> Deed:
    before, after = line.detail.get("before", {}), line.detail.get("after", {})
    changes = tuple(
        (label, str(before.get(part, "")), str(after.get(part, "")))
        for part, label in _PARTS_VI.items()
        if before and before.get(part) != after.get(part)
    )
    deed = line.action.rpartition(".")[2]
    return Deed(_DEEDS_VI.get(deed, deed), line.by, line, changes)
