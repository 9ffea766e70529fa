"""Which form each province prints (Mẫu thẻ của tỉnh): the law's, and the dated choices of the centre."""

from dataclasses import dataclass
from datetime import date

from lienthong.accounts.permissions import Permission
from lienthong.cards import forms
from lienthong.cards.forms import Entry, FormChoice
from lienthong.kernel.dates import parse_iso_date
from lienthong.kernel.errors import Refused
from lienthong.law.card_forms import CardForm
from lienthong.law.provinces import provinces
from lienthong.web.answers import Answer, Show
from lienthong.web.page import Call, page

_SOURCE_LENGTH = 300


@dataclass(frozen=True, slots=True)
class ProvinceForm:
    """What a province prints today, and why; `coming` is the next choice that has not begun."""

    code: str
    name: str
    form_vi: str
    basis_vi: str
    coming: FormChoice | None
    is_chosen: bool


@dataclass(frozen=True, slots=True)
class ChoiceRow:
    """One choice with the name of its province."""

    choice: FormChoice
    province_name: str
    is_over: bool


@page("can-bo/mau-the/", name="card-forms", needs=Permission.CATALOGUE_VIEW, posts=True)
def card_forms(call: Call) -> Answer:
    """Every province with its form of today; the form enters a choice, a row's button ends one. No child."""
    context: dict[str, object] = {"typed": _typed(call), "forms": forms.LABELS_VI.items()}
    if call.is_post:
        try:
            context["done_vi"] = _save(call)
            context["typed"] = {}
        except Refused as error:
            context |= {"said": error.message_vi, "field": error.field}
    chosen = forms.choices(call.by)
    names = {str(it.code): it.name_vi for it in provinces(on=call.on)}
    context |= {
        "rows": _rows(call, chosen, names),
        "choices": [
            ChoiceRow(it, names.get(it.province_code, it.province_code), it.is_over(call.on))
            for it in chosen
        ],
        "provinces": names.items(),
        "may_choose": call.by.may(Permission.FORM_CHOOSE),
        "on": call.on,
    }
    return Show("staff/card_forms.html", context)


def _rows(call: Call, chosen: list[FormChoice], names: dict[str, str]) -> list[ProvinceForm]:
    used = forms.forms_in_use(names, on=call.on, by=call.by)
    rows = []
    for code, name in names.items():
        mine = [it for it in chosen if it.province_code == code and not it.is_over(call.on)]
        present = next((it for it in mine if it.counts(call.on)), None)
        coming = [it for it in mine if it is not present]
        rows.append(
            ProvinceForm(
                code,
                name,
                forms.LABELS_VI[used[code]],
                present.source if present else forms.BASES_VI[used[code]],
                coming[-1] if coming else None,
                is_chosen=present is not None,
            )
        )
    return rows


def _typed(call: Call) -> dict[str, str]:
    names = ("tinh", "mau", "tu-ngay", "den-ngay", "can-cu")
    return {name.replace("-", "_"): call.value(name)[:_SOURCE_LENGTH] for name in names}


def _save(call: Call) -> str:
    if call.number("ket-thuc"):
        forms.end_choice(call.number("ket-thuc"), by=call.by, at=call.at)
        return "Đã kết thúc lựa chọn. Từ hôm nay tỉnh in theo quy định chung."
    form = call.value("mau")
    entry = Entry(
        province_code=call.value("tinh")[:2],
        form=form if form in frozenset(CardForm) else "",
        first_day=_day(call, "tu-ngay", "Hãy nhập ngày bắt đầu.", "first_day"),
        last_day=_day(call, "den-ngay", "Ngày kết thúc không hợp lệ.", "last_day")
        if call.value("den-ngay")
        else None,
        source=call.value("can-cu")[:_SOURCE_LENGTH],
    )
    forms.choose(entry, by=call.by, at=call.at)
    return "Đã ghi mẫu thẻ của tỉnh. Thẻ đã in giữ mẫu của ngày in."


def _day(call: Call, name: str, trouble_vi: str, field: str) -> date:
    try:
        return parse_iso_date(call.value(name))
    except ValueError as error:
        raise Refused(trouble_vi, code="E-DATE", field=field) from error
