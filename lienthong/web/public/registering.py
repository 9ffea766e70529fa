"""How a child gets the card (Đăng ký thế nào), for parents: days, reasons and papers as the law of the day has them.

Needs no database. Nothing that `law` knows is written here a second time.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from lienthong.kernel.dates import vietnam_date
from lienthong.kernel.errors import Refused
from lienthong.law.card_forms import PaperRegime, paper_regime
from lienthong.law.completeness import Channel, required_facts
from lienthong.law.dated import Dated
from lienthong.law.deadlines import due_on, official_calendar
from lienthong.law.entitlement import Payer, payer
from lienthong.law.groups import CHILD_UNDER_SIX
from lienthong.law.paper_channel import ExistingRecord, PaperRule, paper_reasons, paper_texts
from lienthong.law.parameters import Figure, dated_figure
from lienthong.law.provinces import Province, provinces
from lienthong.law.refusals import Ending, permitted_reasons
from lienthong.law.regimes import Regime, holds
from lienthong.law.sources import PERSONAL_ID_NOT_NEEDED, Source, Standing
from lienthong.law.validity import card_validity, validity_rule
from lienthong.web.page import now, open_page

# What `condition_vi` tells an officer, as a family needs it.
_EXISTING_VI: Mapping[ExistingRecord, str] = {
    ExistingRecord.MUST_EXIST: "Trẻ đã có hồ sơ điện tử: hồ sơ giấy sửa hồ sơ đó.",
    ExistingRecord.MUST_BE_CANCELLED: "Lần đăng ký khai sinh trước của trẻ đã bị hủy.",
    ExistingRecord.MUST_NOT_EXIST: "Trẻ chưa có hồ sơ, mã số hay thẻ BHYT nào.",
}


@dataclass(frozen=True, slots=True)
class Term:
    """Working days for something, the last day when it begins now, and the text; `days` 0 is the same day."""

    days: int
    due_on: date
    source: Source


@dataclass(frozen=True, slots=True)
class PaperWay:
    """What a province takes on paper, each with when, and whose list it is; no province: that of those without one."""

    province: Province | None
    rules: tuple[tuple[PaperRule, str], ...]
    texts: tuple[Source, ...]

    @property
    def is_borrowed(self) -> bool:
        """True when no text of the province itself is known."""
        return any(it.standing is Standing.DESIGN for it in self.texts)


@open_page("dang-ky/", name="register")
def register(request: HttpRequest) -> HttpResponse:
    """The whole way for a family; `tinh` chooses the province whose paper list is shown."""
    at = now()
    code = str(request.GET.get("tinh", "")).strip()
    on = vietnam_date(at)
    known = provinces(on=on)
    chosen = next((it for it in known if it.code == code), None)
    context = {
        **_terms(at),
        **_rules(on),
        "here": "register",
        "at": at,
        "on": on,
        "provinces": known,
        "paper": paper_way(chosen, on),
        "is_unknown": bool(code) and chosen is None,
    }
    return render(request, "public/register.html", context)


def paper_way(province: Province | None, on: date) -> PaperWay:
    """The closed list of the province on the day."""
    code = province.code if province else ""
    rules = tuple((it, _EXISTING_VI[it.existing]) for it in paper_reasons(code, on=on))
    return PaperWay(province, rules, paper_texts(code, on=on))


def term(name: Figure, at: datetime) -> Term | None:
    """The term of the day's law for what begins at the instant; None while no text sets one."""
    found = _figure(name, vietnam_date(at))
    if found is None:
        return None
    last = due_on(at, found.value, calendar=official_calendar())
    return Term(found.value, last, found.source)


def _terms(at: datetime) -> dict[str, object]:
    return {
        "whole": term(Figure.CHAIN_ALLOWANCE, at),
        "card": term(Figure.CARD_ALLOWANCE, at),
        "returned": term(Figure.RETURN_ALLOWANCE, at),
        "again": term(Figure.REISSUE_ALLOWANCE, at),
        "changed": term(Figure.EXCHANGE_ALLOWANCE, at),
        "cut_off": _figure(Figure.RECEIPT_CUT_OFF_HOUR, vietnam_date(at)),
    }


def _rules(on: date) -> dict[str, object]:
    return {
        "is_free": payer(CHILD_UNDER_SIX) is Payer.STATE_BUDGET,
        "is_on_national_portal": holds(Regime.PORTAL_INTEGRATED, on=on),
        "is_paper_usual": paper_regime(on=on) is PaperRegime.ALWAYS,
        "is_paper_on_request": paper_regime(on=on) is PaperRegime.ON_REQUEST,
        "register_days": _figure(Figure.LATE_REGISTRATION_DAYS, on),
        "facts": required_facts(Channel.ELECTRONIC, on=on),
        "validity": card_validity(on, on=on),
        "validity_source": validity_rule(on, on=on).source,
        "term_month": _figure(Figure.SCHOOL_TERM_MONTH, on),
        "term_day": _figure(Figure.SCHOOL_TERM_DAY, on),
        "age": _figure(Figure.CHILD_CARD_YEARS, on),
        "no_id_source": PERSONAL_ID_NOT_NEEDED,
        "returns": permitted_reasons(Ending.RETURN, on=on),
        "refusals": permitted_reasons(Ending.REFUSE, on=on),
    }


def _figure(name: Figure, on: date) -> Dated[int] | None:
    try:
        return dated_figure(name, on=on)
    except Refused:
        return None
