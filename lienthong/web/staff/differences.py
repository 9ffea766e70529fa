"""Chênh lệch: where the household and the collection database differ, by kind and unit; settled one by one or by a rule."""

from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.kernel.dates import day_first, parse_iso_date
from lienthong.kernel.errors import Conflict, Refused
from lienthong.persons import differenceviews, settling, settlingrules
from lienthong.persons.differenceviews import (
    CHOICES_VI,
    KINDS_VI,
    DifferenceFilter,
    DifferenceLine,
)
from lienthong.persons.relations import RELATIONS_VI, relation_of
from lienthong.persons.settling import Choice
from lienthong.persons.settlingrules import PATTERNS_VI, NewRule, RunLine
from lienthong.web.answers import XLSX, Answer, File, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.people import people

_FIELDS = (
    "full_name",
    "birth_date",
    "sex",
    "personal_id",
    "insurance_number",
    "household",
    "parents",
)
_PAGE_SIZE = 40
_SEXES_VI = {"male": "Nam", "female": "Nữ", "undetermined": "Chưa xác định"}


@page(
    "can-bo/chenh-lech/",
    name="differences",
    needs=Permission.HOUSEHOLD_VIEW,
    reveals="person",
)
def listed(call: Call) -> Answer:
    """Counts by kind and unit, and the list of one of them, the oldest first."""
    asked = _asked(call)
    lines = differenceviews.differences(call.by, asked, limit=_PAGE_SIZE + 1)
    shown = lines[:_PAGE_SIZE]
    units = [] if call.by.unit_code else differenceviews.units(call.by)
    context = {
        "asked": asked,
        "kinds": differenceviews.counts(call.by, unit=asked.unit),
        "units": units,
        "rows": [_row(it) for it in shown],
        "query": urlencode(_query(asked)),
        "next_url": _next(asked, shown[-1]) if len(lines) > _PAGE_SIZE else "",
        "may_settle": call.by.may(Permission.HOUSEHOLD_EDIT),
        "people": people(call, {it.settled_by for it in shown}),
    }
    return Show("staff/differences.html", context, subjects=_subjects(shown), fields=_FIELDS)


@page(
    "can-bo/chenh-lech/tep/",
    name="differences-file",
    needs=Permission.HOUSEHOLD_VIEW,
    reveals="person",
)
def file(call: Call) -> Answer:
    """What the filter shows, all of it, as XLSX: the open ones, or what was settled, for the keepers of both databases."""
    lines = list(differenceviews.every_difference(call.by, _asked(call)))
    body = differenceviews.as_xlsx(lines)
    return File(body, "chenh-lech.xlsx", XLSX, subjects=_subjects(lines), fields=_FIELDS)


@page(
    "can-bo/chenh-lech/<int:difference_id>/",
    name="difference",
    needs=Permission.HOUSEHOLD_VIEW,
    reveals="person",
    posts=True,
)
def one(call: Call, difference_id: int) -> Answer:
    """One difference with both sides and what is registered; settled, it leads to the next of its kind."""
    line = differenceviews.difference(call.by, difference_id)
    choice = Choice(call.value("chon"), call.value("gia-tri")[:300], call.value("can-cu")[:500])
    said, field = "", ""
    if call.is_post:
        try:
            settling.settle(difference_id, choice, by=call.by, at=call.at)
            following = differenceviews.next_open(call.by, line)
            if following is not None:
                return Go(reverse("difference", kwargs={"difference_id": following}) + "?xong=1")
            return Go(f"{reverse('differences')}?loai={line.kind}")
        except (Refused, Conflict) as error:
            said, field = error.message_vi, error.field
            line = differenceviews.difference(call.by, difference_id)
    context = {
        "line": line,
        "row": _row(line),
        "choices": _choices(line),
        "choice": choice,
        "said": said,
        "field": field,
        "has_settled": call.value("xong") == "1",
        "is_date": line.kind == "birth_date",
        "sexes": _SEXES_VI.items() if line.kind == "sex" else (),
        "may_settle": call.by.may(Permission.HOUSEHOLD_EDIT),
        "people": people(call, {line.settled_by}),
    }
    return Show("staff/difference.html", context, subjects=_subjects([line]), fields=_FIELDS)


@page(
    "can-bo/chenh-lech/quy-tac/",
    name="difference-rules",
    needs=Permission.HOUSEHOLD_EDIT,
    posts=True,
)
def rules(call: Call) -> Answer:
    """The rules in use, a form for a new one, and the last runs with the button that takes one's own back."""
    typed = {name: call.value(name)[:500] for name in ("ten", "loai", "kieu", "chon", "can-cu")}
    said, field, done = "", "", ""
    if call.is_post:
        try:
            if call.value("thao-tac") != "bo":
                told = NewRule(*(typed[name] for name in ("ten", "loai", "kieu", "chon", "can-cu")))
                key = settlingrules.add(told, by=call.by, at=call.at)
                return Go(reverse("difference-rule", kwargs={"rule_id": key}))
            count = settlingrules.undo(call.number("lan"), by=call.by, at=call.at)
            done, typed = f"Đã bỏ lần áp dụng: {count} chênh lệch trở lại danh sách chờ.", {}
        except (Refused, Conflict) as error:
            said, field = error.message_vi, error.field
    runs: list[RunLine] = settlingrules.runs(call.by)
    if not call.is_post:
        done = _applied_vi(runs, call.number("xong"))
    context = {
        "rules": [_rule_vi(it) for it in settlingrules.rules(call.by)],
        "runs": [(it, KINDS_VI[it.kind], it.by == call.by.label) for it in runs],
        "kinds": [(key, KINDS_VI[key]) for key in settlingrules.KINDS],
        "patterns": PATTERNS_VI.items(),
        "choices": [(k, v) for k, v in CHOICES_VI.items() if k != "other"],
        "typed": typed,
        "said": said,
        "field": field,
        "done": done,
        "people": people(call, {it.by for it in runs}),
    }
    return Show("staff/difference_rules.html", context)


@page(
    "can-bo/chenh-lech/quy-tac/<int:rule_id>/",
    name="difference-rule",
    needs=Permission.HOUSEHOLD_EDIT,
    reveals="person",
    posts=True,
)
def rule(call: Call, rule_id: int) -> Answer:
    """What a rule would do now, with examples; applied only from here, after it was seen."""
    if call.is_post:
        if call.value("thao-tac") == "thoi":
            settlingrules.end(rule_id, by=call.by, at=call.at)
            return Go(reverse("difference-rules"))
        run_id = settlingrules.apply(rule_id, by=call.by, at=call.at)
        return Go(f"{reverse('difference-rules')}?xong={run_id}")
    told = next((it for it in settlingrules.rules(call.by) if it.id == rule_id), None)
    seen = settlingrules.preview(rule_id, by=call.by, at=call.at)
    context = {
        "rule": told,
        "shown": _rule_vi(told) if told else None,
        "seen": seen,
        "sample": [_picked_row(told.kind if told else "", it) for it in seen.sample],
        "is_registered_kept": told is not None and told.choice == "registered",
    }
    subjects = [("person", it.person_id) for it in seen.sample]
    return Show("staff/difference_rule.html", context, subjects=subjects, fields=_FIELDS[:2])


def _applied_vi(runs: list[RunLine], run_id: int) -> str:
    """What was just applied; '' for a run that is not there or was taken back since."""
    run = next((it for it in runs if it.id == run_id and it.undone_at is None), None)
    if run is None:
        return ""
    return f"Đã áp dụng: {run.done_count} chênh lệch được xử lý. Bỏ được cả lần này ở bảng dưới."


def _picked_row(kind: str, it: settlingrules.Picked) -> dict[str, object]:
    return {
        "it": it,
        "household_vi": value_vi(kind, it.household_value),
        "collection_vi": value_vi(kind, it.collection_value),
        "before_vi": value_vi(kind, it.value_before or ""),
        "after_vi": value_vi(kind, it.value_after),
    }


def _rule_vi(it: settlingrules.Rule) -> dict[str, object]:
    return {
        "rule": it,
        "kind_vi": KINDS_VI[it.kind],
        "pattern_vi": PATTERNS_VI[it.pattern],
        "choice_vi": CHOICES_VI[it.choice],
    }


def _asked(call: Call) -> DifferenceFilter:
    kind = call.value("loai") if call.value("loai") in KINDS_VI else ""
    unit = call.number("don-vi")
    is_settled = call.value("xem") == "da-xu-ly"
    after, since = call.number("sau"), call.value("tu")[:40]
    if after and since:
        return DifferenceFilter(kind, unit, is_settled, since, after)
    return DifferenceFilter(kind, unit, is_settled)


def _query(asked: DifferenceFilter) -> dict[str, str]:
    told = {"loai": asked.kind, "don-vi": str(asked.unit or "")}
    return told | ({"xem": "da-xu-ly"} if asked.is_settled else {})


def _next(asked: DifferenceFilter, line: DifferenceLine) -> str:
    at = line.settled_at if asked.is_settled and line.settled_at else line.found_at
    query = _query(asked) | {"tu": at.isoformat(), "sau": str(line.id)}
    return f"{reverse('differences')}?{urlencode(query)}"


def _subjects(lines: list[DifferenceLine]) -> list[tuple[str, int]]:
    persons = sorted({it.person_id for it in lines})
    return [*(("difference", it.id) for it in lines), *(("person", it) for it in persons)]


def _row(line: DifferenceLine) -> dict[str, object]:
    return {
        "line": line,
        "household_vi": value_vi(line.kind, line.household_value),
        "collection_vi": value_vi(line.kind, line.collection_value),
        "held_vi": value_vi(line.kind, line.held_value),
        "after_vi": value_vi(line.kind, line.value_after),
    }


def value_vi(kind: str, value: str) -> str:
    """A value of an entry as an officer reads it; what is not of the expected form stands as received."""
    if kind == "sex":
        return _SEXES_VI.get(value, value)
    if kind == "relation":
        relation = relation_of(value)
        return f"{value} – {RELATIONS_VI[relation]}" if relation else value
    if kind == "birth_date":
        try:
            return day_first(parse_iso_date(value))
        except ValueError:
            return value
    return value


def _choices(line: DifferenceLine) -> list[tuple[str, str, str, str]]:
    """(code, words, value in words, key) of what may be chosen."""
    if line.is_only:
        told = (
            ("household", "Dữ liệu hộ gia đình đúng: báo bên kia sửa", "", "h"),
            ("collection", "Dữ liệu thu đúng: báo bên kia sửa", "", "t"),
        )
        return list(told)
    values = {
        "household": (value_vi(line.kind, line.household_value), "h"),
        "collection": (value_vi(line.kind, line.collection_value), "t"),
        "registered": (value_vi(line.kind, line.held_value) or "chưa có", "d"),
        "other": ("", "n"),
    }
    may_be_other = line.kind not in {"insurance_number", "household", "relation"}
    return [
        (code, CHOICES_VI[code], *values[code])
        for code in CHOICES_VI
        if code != "other" or may_be_other
    ]
