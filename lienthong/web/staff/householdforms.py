"""The acts on a household: lập hộ, thêm thành viên, sửa một thành viên, đổi chủ hộ, tách hộ, đổi địa chỉ, đóng hộ."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.kernel.dates import parse_iso_date
from lienthong.kernel.errors import Conflict, NotFound, Refused
from lienthong.persons import households, householdviews, newcomers
from lienthong.persons.householdviews import MemberLine
from lienthong.persons.membership import Place
from lienthong.persons.newcomers import Newcomer
from lienthong.persons.relations import RELATIONS_VI, Relation, relation_of
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.households import FIELDS, relation_choices, whom

_PERSON = ("so", "ho-ten", "ngay-sinh", "gioi-tinh", "quan-he", "ngay", "dang-o")
_PLACE = ("ma-ho", "xa", "dia-chi")
_DAY_VI = "Hãy ghi ngày."
_NOBODY_VI = (
    "Không có người nào đúng cả số, họ tên và ngày sinh này. Hãy kiểm tra lại giấy tờ;"
    " nếu người này chưa có trong hệ thống, hãy bấm «Thêm người mới»."
)
_ELSEWHERE_VI = (
    "Người này đang ở {place}. Nếu đúng là chuyển đến hộ này, hãy bấm «Chuyển đến hộ này»."
)


class _LivesElsewhereError(Exception):
    """Asked once more, before somebody leaves the household where he lives."""

    def __init__(self, household_id: int, *, is_in_reach: bool) -> None:
        super().__init__()
        self.household_id = household_id
        self.is_in_reach = is_in_reach


@dataclass(frozen=True, slots=True)
class _Told:
    """What a form said wrong: the sentence, the field, and the household that somebody would leave."""

    said: str = ""
    field: str = ""
    leaves: int = 0


@page(
    "can-bo/ho-gia-dinh/lap/",
    name="household-new",
    needs=Permission.HOUSEHOLD_EDIT,
    reveals="person",
    posts=True,
)
def found(call: Call) -> Answer:
    """A new household with its head, found by his papers or entered."""

    def deed() -> str:
        place, (person, seen) = _place(call), _person(call)
        key = households.found(
            place,
            {person: Relation.HEAD},
            on=_day(call),
            by=call.by,
            at=call.at,
            seen={person: seen},
        )
        return _url(key)

    return _form(call, "staff/household_new.html", deed, (*_PERSON, *_PLACE), {}, [])


@page(
    "can-bo/ho-gia-dinh/<int:household_id>/them/",
    name="household-add",
    needs=Permission.HOUSEHOLD_EDIT,
    reveals="person",
    posts=True,
)
def add(call: Call, household_id: int) -> Answer:
    """Somebody comes to live here."""

    def deed() -> str:
        (person, seen), relation = _person(call), _relation(call.value("quan-he"))
        households.take_in(
            household_id,
            {person: relation},
            on=_day(call),
            by=call.by,
            at=call.at,
            seen={person: seen},
        )
        return _url(household_id)

    house = householdviews.household(call.by, household_id)
    context = {"house": house, "relations": relation_choices()}
    subjects = [("household", household_id)]
    return _form(call, "staff/household_add.html", deed, _PERSON, context, subjects)


@page(
    "can-bo/ho-gia-dinh/<int:household_id>/thanh-vien/<int:person_id>/",
    name="household-member",
    needs=Permission.HOUSEHOLD_EDIT,
    reveals="person",
    posts=True,
)
def member(call: Call, household_id: int, person_id: int) -> Answer:
    """One member: another relation, moved out, died, written down by mistake, whose child."""
    members, living = _living(call, household_id)
    held = next((it for it in living if it.person_id == person_id), None)
    if held is None:
        raise NotFound("Người này không ở trong hộ.")

    def deed() -> str:
        match call.value("thao-tac"):
            case "quan-he":
                told = _relation(call.value("quan-he"))
                households.change_relation(
                    household_id, person_id, told, on=_day(call), by=call.by, at=call.at
                )
            case "chuyen-di" | "da-mat" as what:
                why = "moved_out" if what == "chuyen-di" else "died"
                households.let_go(
                    household_id, [person_id], on=_day(call), by=call.by, at=call.at, why=why
                )
            case "ghi-nham":
                households.void(held.id, by=call.by, at=call.at)
            case "me":
                households.set_mother(person_id, call.number("me"), by=call.by, at=call.at)
            case _:
                raise Refused("Hãy chọn việc cần làm.", code="ACT", field="thao-tac")
        return _url(household_id)

    context = {
        "house": householdviews.household(call.by, household_id),
        "member": held,
        "relation_vi": RELATIONS_VI[relation_of(held.relation) or Relation.OTHER],
        "is_head": held.relation == Relation.HEAD,
        "relations": relation_choices(),
        "mothers": [it for it in living if it.sex != "male" and it.person_id != person_id],
    }
    subjects = whom(household_id, members)
    return _form(call, "staff/household_member.html", deed, ("quan-he", "ngay"), context, subjects)


@page(
    "can-bo/ho-gia-dinh/<int:household_id>/chu-ho/",
    name="household-head",
    needs=Permission.HOUSEHOLD_EDIT,
    reveals="person",
    posts=True,
)
def change_head(call: Call, household_id: int) -> Answer:
    """Another head, and what everybody else is to him."""
    members, living = _living(call, household_id)

    def deed() -> str:
        head = call.number("chu-ho")
        if head not in {it.person_id for it in living}:
            raise Refused("Hãy chọn chủ hộ mới.", code="HEAD", field="chu-ho")
        others = {
            it.person_id: _relation(call.value(f"quan-he-{it.person_id}"))
            for it in living
            if it.person_id != head
        }
        households.change_head(household_id, head, others, on=_day(call), by=call.by, at=call.at)
        return _url(household_id)

    return _members_form(call, "staff/household_head.html", deed, household_id, members)


@page(
    "can-bo/ho-gia-dinh/<int:household_id>/tach/",
    name="household-split",
    needs=Permission.HOUSEHOLD_EDIT,
    reveals="person",
    posts=True,
)
def split(call: Call, household_id: int) -> Answer:
    """Some members found a household of their own."""
    members, living = _living(call, household_id)

    def deed() -> str:
        going = set(call.keys("chon")) & {it.person_id for it in living}
        told = {it: _relation(call.value(f"quan-he-{it}"), with_head=True) for it in going}
        made = households.split(
            household_id, _place(call), told, on=_day(call), by=call.by, at=call.at
        )
        return _url(made)

    return _members_form(call, "staff/household_split.html", deed, household_id, members)


@page(
    "can-bo/ho-gia-dinh/<int:household_id>/dia-chi/",
    name="household-place",
    needs=Permission.HOUSEHOLD_EDIT,
    reveals="person",
    posts=True,
)
def restate(call: Call, household_id: int) -> Answer:
    """Another address or commune; or the household is closed."""
    house = householdviews.household(call.by, household_id)

    def deed() -> str:
        if call.value("thao-tac") == "khep":
            households.close(household_id, on=_day(call), by=call.by, at=call.at)
        else:
            households.restate(household_id, _place(call), by=call.by, at=call.at)
        return _url(household_id)

    subjects = [("household", household_id)]
    return _form(
        call, "staff/household_place.html", deed, (*_PLACE, "ngay"), {"house": house}, subjects
    )


def _members_form(
    call: Call,
    template: str,
    deed: Callable[[], str],
    household_id: int,
    members: list[MemberLine],
) -> Answer:
    living = [it for it in members if it.lives_on(call.on)]
    rows = [
        (it, call.value(f"quan-he-{it.person_id}") if call.is_post else it.relation)
        for it in living
    ]
    context = {
        "house": householdviews.household(call.by, household_id),
        "rows": rows,
        "ticked": frozenset(call.keys("chon")) if call.is_post else frozenset(),
        "head": call.number("chu-ho"),
        "relations": relation_choices(),
        "all_relations": relation_choices(with_head=True),
    }
    subjects = whom(household_id, members)
    return _form(call, template, deed, (*_PLACE, "ngay"), context, subjects)


def _form(
    call: Call,
    template: str,
    deed: Callable[[], str],
    names: tuple[str, ...],
    context: dict[str, object],
    subjects: list[tuple[str, int]],
) -> Answer:
    """The form; sent, what it leads to, or itself again with what was typed and what is wrong."""
    typed = {name: call.value(name)[:300] for name in names}
    told = _Told()
    if call.is_post:
        try:
            # All of it or nothing: a person entered for a household that refuses him is not left behind.
            with transaction.atomic():
                return Go(deed())
        except (Refused, Conflict) as error:
            told = _Told(error.message_vi, error.field)
        except _LivesElsewhereError as error:
            place = "một hộ khác của địa bàn" if error.is_in_reach else "một hộ của đơn vị khác"
            told = _Told(_ELSEWHERE_VI.format(place=place), "dang-o", error.household_id)
    else:
        typed["ngay"] = call.on.isoformat()
    shown = {"typed": typed, "told": told, "today": call.on, "sexes": _SEXES}
    return Show(template, context | shown, subjects=subjects, fields=FIELDS)


_SEXES = (("male", "Nam"), ("female", "Nữ"), ("undetermined", "Chưa xác định"))


def _person(call: Call) -> tuple[int, int | None]:
    """Who is meant, and the household he was seen in: found by exact papers, or entered anew by the button for that."""
    born = _date(call.value("ngay-sinh"), "ngay-sinh", newcomers.DAY_VI)
    name, number = call.value("ho-ten"), call.value("so")
    if call.value("thao-tac") == "moi":
        told = Newcomer(name, born, call.value("gioi-tinh"), number)
        return newcomers.make(told, by=call.by, at=call.at), None
    hit = newcomers.named(number, name, born, by=call.by, at=call.at) if number else None
    if hit is None:
        raise Refused(_NOBODY_VI, code="NOBODY", field="so")
    if hit.household_id is not None and call.number("dang-o") != hit.household_id:
        raise _LivesElsewhereError(hit.household_id, is_in_reach=hit.is_in_reach)
    return hit.person_id, hit.household_id


def _place(call: Call) -> Place:
    return Place(call.value("xa"), call.on, call.value("dia-chi"), call.value("ma-ho"))


def _relation(code: str, *, with_head: bool = False) -> Relation:
    relation = relation_of(code)
    if relation is None or (relation is Relation.HEAD and not with_head):
        raise Refused(households.RELATION_VI, code="RELATION", field="quan-he")
    return relation


def _day(call: Call) -> date:
    return _date(call.value("ngay"), "ngay", _DAY_VI)


def _date(text: str, field: str, said: str) -> date:
    try:
        return parse_iso_date(text)
    except ValueError as error:
        raise Refused(said, code="DAY", field=field) from error


def _living(call: Call, household_id: int) -> tuple[list[MemberLine], list[MemberLine]]:
    members = householdviews.members(call.by, household_id)
    return members, [it for it in members if it.lives_on(call.on)]


def _url(household_id: int) -> str:
    return reverse("household", kwargs={"household_id": household_id})
