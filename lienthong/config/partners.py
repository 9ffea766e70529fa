"""`partners.toml` in the data folder: which other systems this installation talks to, and how. Read once, typed, strict.

A key nobody knows stops the start with its name, never later and never silently. A secret stands in a file of its own
that others cannot read, and is named here by its path.
"""

import re
import stat
import tomllib
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

import msgspec

from lienthong.kernel.errors import Refused

_UNKNOWN = re.compile(r"unknown field `(?P<key>[^`]+)`")
_PLACE = re.compile(r" - at `\$\.?(?P<place>[^`]*)`")
_MISSING = re.compile(r"missing required field `(?P<key>[^`]+)`")
_LOOPBACK = frozenset({"localhost", "127.0.0.1", "::1"})
_OPEN_TO_OTHERS = stat.S_IRWXG | stat.S_IRWXO


class Pages(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[pages]`: the public address of the pages, for links in notices."""

    url: str


class Mail(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[mail]`: the relay that takes e-mail."""

    host: str
    sender: str
    sender_name: str = "Bảo hiểm xã hội"
    port: int = 587
    security: Literal["tls", "starttls", "none"] = "starttls"
    user: str = ""
    password_file: str = ""
    ca_file: str = ""


class Sms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[sms]`: the gateway that takes SMS, and the fields it wants."""

    url: str
    fields: dict[str, str]
    form: Literal["json", "form"] = "json"
    accepted: str = ""
    secret_header: str = ""
    secret_file: str = ""
    without_marks: bool = True


class Population(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[population]`: the national population database, and the rate agreed with it (questions a second)."""

    url: str
    rate: float = 20.0
    secret_header: str = ""
    secret_file: str = ""


class Justice(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[justice]`: where the Ministry of Justice takes our answers; they are signed by our answering key."""

    url: str
    path: str = "/ket-qua"
    resend_path: str = "/gui-lai"


class Alarms(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """`[alarms]`: the addresses of the people on call; each gets a letter for each alarm, by the relay of `[mail]`."""

    email: list[str]


class Partners(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Every section; None where it is not there: that lane rests."""

    pages: Pages | None = None
    mail: Mail | None = None
    sms: Sms | None = None
    population: Population | None = None
    justice: Justice | None = None
    alarms: Alarms | None = None


def read(file: Path) -> Partners:
    """The file's sections; none when there is no file. Raises Refused (E-PARTNERS) with the name of what is wrong."""
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return Partners()
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise _refused("", f"không đọc được: {error}.") from None
    try:
        found = msgspec.convert(document, Partners)
    except msgspec.ValidationError as error:
        raise _in_vietnamese(str(error)) from None
    _check(found)
    return found


def secret(name: str, text: str, folder: Path) -> str:
    """The secret in the file that the key `name` points to; '' when it is not set. Raises Refused.

    A relative path starts at the folder of `partners.toml`.
    """
    if not text:
        return ""
    file = folder / Path(text).expanduser()
    try:
        if file.stat().st_mode & _OPEN_TO_OTHERS:
            raise _refused(name, f"tệp {file} để người khác đọc được; hãy đặt quyền 0400.")
        content = file.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        raise _refused(name, f"không đọc được tệp {file}.") from None
    if not content or not content.isprintable():
        raise _refused(name, f"tệp {file} phải chứa đúng một dòng.")
    return content


def _check(found: Partners) -> None:
    for name, section in (("pages", found.pages), ("sms", found.sms)):
        if section is not None:
            _need_https(f"{name}.url", section.url)
    for name, system in (("population", found.population), ("justice", found.justice)):
        if system is not None:
            _need_https(f"{name}.url", system.url)
    if found.mail is not None:
        _check_mail(found.mail)
    if found.sms is not None:
        _check_sms(found.sms)
    if found.population is not None and found.population.rate <= 0:
        raise _refused("population.rate", "phải lớn hơn 0.")


def _check_mail(mail: Mail) -> None:
    if mail.security == "none" and mail.host not in _LOOPBACK:
        raise _refused("mail.security", "chỉ được để none khi máy chủ thư ở ngay máy này.")
    if mail.sender.count("@") != 1 or not mail.sender.isprintable():
        raise _refused("mail.sender", "cần một địa chỉ thư điện tử.")
    if bool(mail.user) != bool(mail.password_file):
        raise _refused("mail.password_file", "user và password_file phải có cùng nhau.")


def _check_sms(sms: Sms) -> None:
    words = {"to": "", "text": "", "id": ""}
    try:
        filled = "".join(sms.fields.values())
        for text in sms.fields.values():
            text.format_map(words)
    except (KeyError, ValueError, IndexError, AttributeError):
        raise _refused("sms.fields", "chỉ được dùng {to}, {text} và {id}.") from None
    if "{to}" not in filled or "{text}" not in filled:
        raise _refused("sms.fields", "phải có cả {to} và {text}.")
    if bool(sms.secret_header) != bool(sms.secret_file):
        raise _refused("sms.secret_file", "secret_header và secret_file phải có cùng nhau.")


def _need_https(name: str, url: str) -> None:
    parts = urlsplit(url)
    is_here = parts.scheme == "http" and parts.hostname in _LOOPBACK
    if not parts.hostname or not (parts.scheme == "https" or is_here):
        raise _refused(name, f"cần địa chỉ https://, không nhận «{url}».")


def _in_vietnamese(said: str) -> Refused:
    """msgspec's own words, by the few shapes they have."""
    place = found["place"] if (found := _PLACE.search(said)) else ""
    within = f"{place}." if place else ""
    if match := _UNKNOWN.search(said):
        return _refused(within + match["key"], "khóa này không có; hãy xem docs/operate.md.")
    if match := _MISSING.search(said):
        return _refused(within + match["key"], "còn thiếu.")
    return _refused(place, "giá trị sai kiểu hoặc không có trong các giá trị được nhận.")


def _refused(name: str, message_vi: str) -> Refused:
    key = f" «{name}»" if name else ""
    return Refused(f"partners.toml{key}: {message_vi}", code="E-PARTNERS", field=name)
