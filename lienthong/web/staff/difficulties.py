"""Difficulties (vướng mắc): the lists, one with its steps and the form that is due.

Who answers sees what waits for him, by what is due first; who asked sees his own.
"""

from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from django.urls import reverse

from lienthong.accounts.permissions import Permission
from lienthong.catalogues import queries as catalogues
from lienthong.dossiers import queries as dossiers
from lienthong.kernel.errors import Conflict, NotFound, Refused
from lienthong.oversight import answering, difficulties, knowledge, moving, publishing
from lienthong.oversight.difficulties import DifficultyFilter, DifficultyLine
from lienthong.oversight.knowledge import STAFF, Asked
from lienthong.web.answers import Answer, Go, Show
from lienthong.web.page import Call, page
from lienthong.web.staff.people import people

_ROWS = 50
_MOST_WORDS = 100
_PREFIX = "VM-"
_Deed = Callable[[], object]
_DONE_VI = {
    "bao": "Đã gửi vướng mắc. Có trả lời, bạn sẽ thấy ở Thông báo.",
    "nhan": "Bạn đã nhận trả lời vướng mắc này.",
    "hoi-lai": "Đã hỏi lại người báo. Thời hạn tạm dừng đến khi có thông tin bổ sung.",
    "tra-loi": "Đã gửi trả lời cho mọi người hỏi.",
    "chuyen": "Đã chuyển lên cấp trên.",
    "dong": "Đã đóng vướng mắc.",
    "gop": "Đã gộp. Trả lời vướng mắc kia là trả lời cả vướng mắc này.",
    "bo-gop": "Đã bỏ gộp. Vướng mắc chờ trả lời riêng.",
    "bo-sung": "Đã gửi thông tin bổ sung.",
    "xong": "Cảm ơn bạn. Vướng mắc đã kết thúc.",
    "chua": "Đã hỏi lại. Vướng mắc chờ trả lời tiếp.",
    "rut": "Đã rút lại vướng mắc.",
    "dang": "Đã đăng thành bài hỏi đáp.",
}


@dataclass(frozen=True, slots=True)
class Tab:
    """One list as a link."""

    label_vi: str
    url: str
    is_here: bool


@page("can-bo/vuong-mac/", name="difficulties", needs=Permission.DIFFICULTY_REPORT)
def difficulty_list(call: Call) -> Answer:
    """What waits for me when I answer; else my own. Filters by subject, state, province, words."""
    which, filters = _asked(call)
    found = difficulties.listed(call.by, filters=filters, on=call.on, limit=_ROWS + 1)
    shown = found[:_ROWS]
    context = {
        "lines": shown,
        "tabs": _tabs(call, which),
        "which": which,
        "filters": filters,
        "topics": difficulties.TOPICS_VI,
        "states": {"open": "Chưa kết thúc", **difficulties.STATES_VI},
        "provinces": catalogues.provinces(call.by, on=call.on) if call.by.everywhere else [],
        "next_url": _url(which, filters, after=shown[-1].id) if len(found) > _ROWS else "",
        "is_filtered": bool(filters.topic or filters.words or filters.province_code),
        "on": call.on,
        "at": call.at,
        "may_count": call.by.may(Permission.DIFFICULTY_ANSWER),
    }
    return Show("staff/difficulties.html", context)


@page(
    "can-bo/vuong-mac/<int:difficulty_id>/",
    name="difficulty",
    needs=Permission.DIFFICULTY_REPORT,
    posts=True,
)
def difficulty(call: Call, difficulty_id: int) -> Answer:
    """One difficulty: the question, where it was met, its steps, and the next one for who may make it."""
    line = difficulties.one(call.by, difficulty_id, on=call.on)
    said, field = "", ""
    if call.is_post:
        act = call.value("thao-tac")
        try:
            _act(call, difficulty_id, act)
        except (Refused, Conflict) as error:
            said, field = error.message_vi, error.field
        else:
            address = reverse("difficulty", kwargs={"difficulty_id": difficulty_id})
            return Go(f"{address}?da={act}")
        line = difficulties.one(call.by, difficulty_id, on=call.on)
    steps = difficulties.steps(call.by, difficulty_id)
    is_asker = line.asker_id == call.by.account_id
    answers = call.by.may(Permission.DIFFICULTY_ANSWER) and difficulties.answers_at(
        call.by, line.level
    )
    asked = Asked(line.title, page=line.page, code=line.code)
    context = {
        "line": line,
        "steps": steps,
        "people": people(call, [line.asked_by, line.answered_by, *(it.by for it in steps)]),
        "said": said,
        "field": field,
        "typed": {name: call.value(name) for name in _TYPED} if said else {},
        "done_vi": "" if call.is_post else _DONE_VI.get(call.value("da"), ""),
        "is_asker": is_asker,
        "may_answer": answers and line.state in {"new", "taken"},
        "may_close": answers and line.state in {"asked_back", "answered"},
        "may_part": answers and line.state == "merged",
        "may_publish": publishing.may_write(call.by, call.by.province_code or "00")
        and line.state in {"answered", "confirmed", "closed"}
        and bool(line.answer)
        and not line.article_id,
        "is_top": difficulties.level_of(call.by) == difficulties.CENTRE,
        "fitting": knowledge.fitting(STAFF, asked, on=call.on),
        "alike": difficulties.alike(call.by, difficulty_id) if answers else [],
        "doubles": difficulties.doubles_of(call.by, difficulty_id),
        "same_as": difficulties.number_of(line.same_as_id) if line.same_as_id else "",
        "matter": _matter(call, line),
        "longest": moving.LONGEST_TEXT,
        "on": call.on,
    }
    return Show("staff/difficulty.html", context, status=422 if said else 200)


_TYPED = ("tra-loi", "can-cu", "hoi-them", "ly-do", "bo-sung", "gop-vao")


@dataclass(frozen=True, slots=True)
class Matter:
    """What a difficulty points to, as far as the reader may open it."""

    label_vi: str
    url: str


_MATTERS_VI = {
    "dossier": "Hồ sơ",
    "person": "Người trong hồ sơ",
    "card": "Thẻ",
    "finding": "Thao tác sai quy trình",
    "household": "Hộ gia đình",
    "difference": "Chênh lệch dữ liệu",
    "pair": "Cặp nghi trùng",
    "merge": "Lần gộp hồ sơ",
    "paper": "Hồ sơ giấy",
    "number_matter": "Mã số cần sửa",
    "task": "Việc cần xử lý",
}
_PAGES = {
    "finding": ("off-process-one", "finding_id", Permission.CONFORMANCE_VIEW),
    "household": ("household", "household_id", Permission.HOUSEHOLD_VIEW),
    "difference": ("difference", "difference_id", Permission.HOUSEHOLD_VIEW),
    "pair": ("double", "pair_id", Permission.PERSON_REVIEW),
    "merge": ("merge", "merge_id", Permission.PERSON_REVIEW),
    "paper": ("paper", "paper_id", Permission.PAPER_ENTER),
    "number_matter": ("number-matter", "matter_id", Permission.PERSON_REVIEW),
}


def _matter(call: Call, line: DifficultyLine) -> Matter | None:
    """The matter with its link for who may see it; without one for everybody else."""
    kind, key = line.subject_kind, line.subject_id
    if not kind or key is None:
        return None
    label = f"{_MATTERS_VI.get(kind, kind)} (mã nội bộ {key})"
    if not difficulties.opens(call.by, kind, key):
        return Matter(label, "")
    if kind in {"dossier", "person"} and call.by.may(Permission.DOSSIER_VIEW):
        try:
            message_id = dossiers.message_of(kind, key, by=call.by)
        except NotFound:
            return Matter(label, "")
        return Matter(label, reverse("trace", kwargs={"message_id": message_id}))
    name, part, permission = _PAGES.get(kind, ("", "", Permission.HOME_VIEW))
    is_reached = bool(name) and call.by.may(permission)
    return Matter(label, reverse(name, kwargs={part: key}) if is_reached else "")


def _act(call: Call, key: int, act: str) -> None:
    """Do what the form says. Raises Refused, Conflict, NotAllowed with a sentence."""
    by, at, value = call.by, call.at, call.value
    acts: dict[str, _Deed] = {
        "nhan": lambda: answering.take(key, by=by, at=at),
        "hoi-lai": lambda: answering.ask_back(key, value("hoi-them"), by=by, at=at),
        "tra-loi": lambda: answering.answer(
            key, value("tra-loi"), basis=value("can-cu"), by=by, at=at
        ),
        "chuyen": lambda: answering.pass_up(key, value("ly-do"), by=by, at=at),
        "dong": lambda: answering.close(key, value("ly-do"), by=by, at=at),
        "gop": lambda: answering.merge(key, _number(value("gop-vao")), by=by, at=at),
        "bo-gop": lambda: answering.part(key, by=by, at=at),
        "bo-sung": lambda: answering.reply(key, value("bo-sung"), by=by, at=at),
        "xong": lambda: answering.confirm(key, by=by, at=at),
        "chua": lambda: answering.reopen(key, value("bo-sung"), by=by, at=at),
        "rut": lambda: answering.withdraw(key, by=by, at=at),
    }
    if act not in acts:
        raise Refused("Chưa chọn thao tác.", code="ACT")
    acts[act]()


def _number(text: str) -> int:
    """The id in `VM-12` or `12`. Raises Refused."""
    digits = text.upper().removeprefix(_PREFIX).strip()
    if not (digits.isascii() and digits.isdigit() and len(digits) <= len("999999999")):
        raise Refused("Hãy ghi số vướng mắc, ví dụ VM-12.", code="NUMBER", field="gop-vao")
    return int(digits)


def _asked(call: Call) -> tuple[str, DifficultyFilter]:
    may_answer = call.by.may(Permission.DIFFICULTY_ANSWER)
    which = call.value("xem")
    if which not in {"cho-toi", "cua-toi", "tat-ca"}:
        which = "cho-toi" if may_answer else "cua-toi"
    topic, state = call.value("chu-de"), call.value("trang-thai")
    return which, DifficultyFilter(
        for_me=which == "cho-toi",
        mine_only=which == "cua-toi",
        state=state if state in {"open", *difficulties.STATES_VI} else "",
        topic=topic if topic in difficulties.TOPICS_VI else "",
        province_code=call.value("tinh")[:2],
        words=call.value("tim")[:_MOST_WORDS],
        late_only=call.value("qua-han") == "1",
        after=call.number("sau"),
    )


def _tabs(call: Call, which: str) -> list[Tab]:
    tabs = [("cua-toi", "Tôi đã báo"), ("tat-ca", "Tất cả trong địa bàn")]
    if call.by.may(Permission.DIFFICULTY_ANSWER):
        count, _ = difficulties.waiting_count(call.by, on=call.on)
        tabs.insert(0, ("cho-toi", f"Chờ tôi trả lời ({count})"))
    return [Tab(label, f"?xem={name}", name == which) for name, label in tabs]


def _url(which: str, filters: DifficultyFilter, *, after: int) -> str:
    words = {
        "xem": which,
        "trang-thai": filters.state,
        "chu-de": filters.topic,
        "tinh": filters.province_code,
        "tim": filters.words,
        "qua-han": "1" if filters.late_only else "",
        "sau": str(after),
    }
    return "?" + urlencode({name: value for name, value in words.items() if value})
