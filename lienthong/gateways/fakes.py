"""Twins of other ministries' systems, for tests and demos: they speak the same bytes and can be broken on purpose.

Verified against the same contract tests as the clients (`tests/gateways/`). Never used in production.
"""

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from typing import Any, Final

import httpx
import msgspec

from lienthong.gateways.population import PATH, SEX_CODES
from lienthong.kernel.dates import day_first, parse_day_first
from lienthong.kernel.names import tone_key

NO_SUCH_PREFIX: Final = "005"
"""A province prefix that was never assigned: ids that the twin makes up belong to nobody."""
_SEXES = {1: "male", 2: "female", 3: "undetermined"}
_DAY_OF_ANOTHER = date(2020, 2, 29)


class Mode(StrEnum):
    """How the twin behaves."""

    HONEST = "honest"
    REFUSE = "refuse"
    RESET = "reset"
    SLOW = "slow"
    ERROR = "error"
    OVERLOAD = "overload"
    HTML = "html"
    WRONG_JSON = "wrong_json"
    EMPTY = "empty"
    WRONG_CHILD = "wrong_child"
    DUPLICATE = "duplicate"
    LATE = "late"
    NEVER = "never"


BROKEN: Final = tuple(mode for mode in Mode if mode not in {Mode.HONEST, Mode.LATE})
"""Every mode in which no id that is right comes out."""
_TEXTS: Final = {
    "PID_TECH_ERROR": "Object reference not set to an instance of an object.",
    "PID_SUSPECT_DUPLICATE": "Nghi trùng thông tin công dân đã cấp số",
    "PID_VERIFY_REQUIRED": "Thông tin cần xác minh",
    "PID_NO_ANSWER": "Hệ thống quá tải, yêu cầu đang xử lý",
    "PID_NOT_APPLICABLE": "Không thuộc diện cấp số định danh",
    "PID_CORRECTION_PENDING": "Chưa tiếp nhận yêu cầu cải chính",
}
Key = tuple[str, date, str]


@dataclass(slots=True)
class Citizen:
    """A child as the population database knows it. `obstacle` is a PID_* class said `obstacle_count` times first."""

    full_name: str
    born_on: date
    sex: str
    personal_id: str
    obstacle: str = ""
    obstacle_count: int = 1

    @property
    def key(self) -> Key:
        """By what the child is found: name without regard to tone places, birth date, sex."""
        return tone_key(self.full_name), self.born_on, self.sex


@dataclass(slots=True)
class PopulationTwin(httpx.BaseTransport):
    """The population database as a transport for `gateways.http.Client`.

    `makes_up` gives unknown children an id made from what was asked, always the same; else they need checking.
    `asked` counts every call that reached it. `sleep` is called with the seconds a slow answer takes.
    """

    citizens: Iterable[Citizen] = ()
    mode: Mode = Mode.HONEST
    makes_up: bool = False
    late_after: int = 2
    sleep: Callable[[float], None] | None = None
    asked: int = 0
    _by_key: dict[Key, Citizen] = field(init=False, default_factory=dict)
    _times: dict[Key, int] = field(init=False, default_factory=dict)

    def __post_init__(self) -> None:
        self._by_key = {citizen.key: citizen for citizen in self.citizens}

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """One exchange. Raises the error of the transport where the wire itself breaks."""
        self.asked += 1
        if self.mode is Mode.REFUSE:
            raise httpx.ConnectError("connection refused", request=request)
        if self.mode is Mode.RESET:
            raise httpx.ReadError("connection reset by peer", request=request)
        if self.mode is Mode.SLOW:
            if self.sleep is not None:
                self.sleep(30.0)
            raise httpx.ReadTimeout("no byte for too long", request=request)
        status, kind, body = self.answer(request.url.path, request.read())
        return httpx.Response(status, headers={"Content-Type": kind}, content=body)

    def answer(self, path: str, body: bytes) -> tuple[int, str, bytes]:
        """Status, content type and bytes for a question's bytes; for every mode that reaches HTTP."""
        if path != PATH:
            return 404, "text/plain", b"not found"
        broken = _BROKEN_ANSWERS.get(self.mode)
        if broken is not None:
            return broken
        return 200, "application/json", msgspec.json.encode(self._reply(msgspec.json.decode(body)))

    def _reply(self, asked: dict[str, Any]) -> dict[str, Any]:
        born_on = parse_day_first(asked["ngaySinh"])
        sex = _SEXES[asked["gioiTinh"]]
        key = (tone_key(asked["hoTen"]), born_on, sex)
        times = self._times[key] = self._times.get(key, 0) + 1
        if self.mode is Mode.NEVER or (self.mode is Mode.LATE and times <= self.late_after):
            return _said("PID_NO_ANSWER")
        citizen = self._by_key.get(key)
        if citizen is None and self.makes_up:
            citizen = made_up(asked["hoTen"], born_on, sex)
        if citizen is None:
            return _said("PID_VERIFY_REQUIRED")
        if citizen.obstacle and times <= citizen.obstacle_count:
            return _said(citizen.obstacle)
        return self._found(citizen)

    def _found(self, citizen: Citizen) -> dict[str, Any]:
        found = {
            "maKetQua": "00",
            "soDinhDanh": citizen.personal_id,
            "hoTen": citizen.full_name.upper(),
            "ngaySinh": day_first(citizen.born_on),
            "gioiTinh": SEX_CODES[citizen.sex],
        }
        if self.mode is Mode.WRONG_CHILD:
            found |= {"hoTen": "TRẺ KHÁC", "ngaySinh": day_first(_DAY_OF_ANOTHER)}
        if self.mode is Mode.DUPLICATE:
            found["soDinhDanh"] = f"{NO_SUCH_PREFIX}326000001"
        return found


def made_up(full_name: str, born_on: date, sex: str) -> Citizen:
    """A citizen whose id follows from name, birth date and sex, so that a twin without memory stays consistent.

    One in ten must wait for the police's check for ever; half of the rest wait for one to three questions.
    """
    digest = hashlib.sha256(f"{tone_key(full_name)}|{born_on}|{sex}".encode()).digest()
    century = (born_on.year // 100 - 19) * 2 + (sex == "female")
    serial = int.from_bytes(digest[:4]) % 1_000_000
    number = f"{NO_SUCH_PREFIX}{century}{born_on.year % 100:02}{serial:06}"
    luck = digest[4] % 20
    if sex == "undetermined":
        return Citizen(full_name, born_on, sex, number, "PID_NOT_APPLICABLE", 1_000_000)
    if luck in _NEVER_CLEARED:
        return Citizen(full_name, born_on, sex, number, "PID_VERIFY_REQUIRED", 1_000_000)
    obstacle = _OBSTACLES[luck % len(_OBSTACLES)]
    return Citizen(full_name, born_on, sex, number, obstacle, 1 + digest[5] % 3)


_NEVER_CLEARED = frozenset({0, 1})
_OBSTACLES = ("", "PID_NO_ANSWER", "", "PID_SUSPECT_DUPLICATE", "", "PID_TECH_ERROR")


def _said(meaning: str) -> dict[str, Any]:
    return {"maKetQua": "01", "thongBao": _TEXTS[meaning]}


_PAGE = b"<!doctype html><html><title>Bao tri</title><body>He thong dang bao tri</body></html>"
_BROKEN_ANSWERS: Final = {
    Mode.ERROR: (500, "text/plain", b"Internal Server Error"),
    Mode.OVERLOAD: (503, "application/json", b'{"maKetQua":"99","thongBao":"overload"}'),
    Mode.HTML: (200, "text/html", _PAGE),
    Mode.WRONG_JSON: (200, "application/json", b'{"result":[1,2,3],"soDinhDanh":5}'),
    Mode.EMPTY: (200, "application/json", b""),
}
