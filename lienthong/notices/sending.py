"""Senders of the outbox's notices: what one letter says now, and to which address; the relay calls them.

Address and consent are read at the moment of sending: who changed either meanwhile is served by what holds now.
"""

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final, Protocol

from lienthong.database.outbox import Letter
from lienthong.database.sql import Statement
from lienthong.gateways.mail import Mail
from lienthong.gateways.sms import Sms
from lienthong.kernel.errors import Refused
from lienthong.notices import passcodes, texts
from lienthong.notices.kinds import EMAIL, KINDS, SMS, Kind

STALE_AFTER: Final = timedelta(days=7)
"""An optional notice older than this is not sent any more: the lane was down, and the news is none."""
STOP_PATH: Final = "/thoi-nhan/"
_POSTING = Statement.load("lienthong.notices", "posting.sql")
Sender = Callable[[Letter], str]


class MailOut(Protocol):
    """Who sends an e-mail."""

    def send(self, mail: Mail, /) -> str:
        """The other side's short answer. Raises Refused (for good) or Unavailable."""
        ...


class SmsOut(Protocol):
    """Who sends an SMS."""

    def send(self, sms: Sms, /) -> str:
        """The other side's short answer. Raises Refused (for good) or Unavailable."""
        ...


@dataclass(frozen=True, slots=True)
class Style:
    """How notices are written here: the public address of the pages for links, and SMS without marks."""

    pages_url: str = ""
    is_plain: bool = True


@dataclass(frozen=True, slots=True)
class _Posting:
    kind: Kind
    words: dict[str, str]
    made_at: datetime
    address: str
    name: str
    wants_optional: bool
    stop_link: str

    def reason_not_to_send(self, now: datetime) -> str:
        """Why a notice is not sent any more: nobody wants it now, or it is too old to be news; '' to send."""
        if self.kind.name == passcodes.KIND and now - self.made_at > passcodes.LIVES:
            return "stale"
        if not self.kind.is_optional:
            return ""
        if not self.wants_optional:
            return "opted-out"
        return "stale" if now - self.made_at > STALE_AFTER else ""


def email_sender(out: MailOut, style: Style, *, now: Callable[[], datetime]) -> Sender:
    """Sends the letters of kind `notice.email`."""

    def send(letter: Letter) -> str:
        posting = _posting(letter, EMAIL, style)
        if why := posting.reason_not_to_send(now()):
            return why
        written = texts.email_text(
            posting.kind, posting.words, name=posting.name, stop_link=posting.stop_link
        )
        name = texts.clean(posting.name)
        return out.send(Mail(_id_of(letter), posting.address, name, written.subject, written.body))

    return send


def sms_sender(out: SmsOut, style: Style, *, now: Callable[[], datetime]) -> Sender:
    """Sends the letters of kind `notice.sms`; the answer also says how many messages the text took."""

    def send(letter: Letter) -> str:
        posting = _posting(letter, SMS, style)
        if why := posting.reason_not_to_send(now()):
            return why
        text = texts.sms_text(
            posting.kind, posting.words, is_plain=style.is_plain, stop_link=posting.stop_link
        )
        answer = out.send(Sms(_id_of(letter), posting.address, text))
        return f"{answer} · {texts.segments(text)} SMS"

    return send


def _posting(letter: Letter, channel: str, style: Style) -> _Posting:
    parameters = {"notice": letter.version, "recipient": letter.key, "channel": channel}
    rows = _POSTING.rows(parameters)
    if not rows or rows[0][0] not in KINDS:
        raise Refused("Thư không còn thông báo.", code="E-NO-NOTICE")
    name, words, made_at, address, reader, wants_optional, token = rows[0]
    if not address:
        raise Refused("Người nhận không còn địa chỉ.", code="E-NO-ADDRESS")
    decoded = json.loads(words) if isinstance(words, str) else words
    if name == passcodes.KIND:
        decoded["code"] = passcodes.code_of(decoded["code"])
    link = f"{style.pages_url}{STOP_PATH}{token}" if style.pages_url else ""
    return _Posting(KINDS[name], decoded, made_at, address, reader, wants_optional, link)


def _id_of(letter: Letter) -> str:
    """The same at every attempt, and says nothing."""
    return f"thong-bao-{letter.id}"
