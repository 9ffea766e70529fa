"""E-mail by SMTP (RFC 5321): one message, one recipient, one connection, bounded in time.

The server's own words never leave this module: they may repeat the address. What comes back is its code, and the
enhanced code of RFC 3463. Before changing it, talk to whoever runs the relay named in `partners.toml`.
"""

import re
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP as SMTP_RULES
from typing import Final, Literal

from lienthong.kernel.errors import Refused, Unavailable

SECONDS: Final = 15.0
_PERMANENT: Final = 500
_ENHANCED = re.compile(rb"^([245]\.\d{1,3}\.\d{1,3})\b")
Security = Literal["tls", "starttls", "none"]


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to send. `id` is the same at every attempt, so that a repeat is recognisable by its Message-ID."""

    id: str
    to: str
    name: str
    subject: str
    body: str


@dataclass(frozen=True, slots=True)
class Relay:
    """Where and as whom to send. `none` is for a relay on this machine."""

    host: str
    port: int
    sender: str
    sender_name: str = ""
    security: Security = "starttls"
    user: str = ""
    password: str = field(default="", repr=False)
    seconds: float = SECONDS


@dataclass(slots=True)
class MailClient:
    """A client of one relay. `context` decides which certificates are believed."""

    relay: Relay
    context: Callable[[], ssl.SSLContext] = ssl.create_default_context

    def send(self, mail: Mail) -> str:
        """The relay's answer (`250`) when it took the message. Safe to repeat: the Message-ID stays.

        Raises Refused for what will never go (the recipient or the text refused with 500 and above, an address that is
        none), Unavailable for the rest.
        """
        message = composed(mail, self.relay)
        try:
            with self._connected() as smtp:
                smtp.send_message(message, self.relay.sender, [mail.to])
        except smtplib.SMTPRecipientsRefused as error:
            code, said = next(iter(error.recipients.values()))
            raise _failed(code, said) from None
        except smtplib.SMTPDataError as error:
            raise _failed(error.smtp_code, error.smtp_error) from None
        except smtplib.SMTPResponseException as error:
            # Greeting, account or sender: ours to mend, not the letter's fault, so it waits.
            raise _unavailable(_said(error.smtp_code, error.smtp_error)) from None
        except (smtplib.SMTPException, OSError):
            raise _unavailable("E-NO-ANSWER") from None
        return "250"

    def check(self) -> str:
        """Connect, secure, sign in, say NOOP and leave: the code. Sends nothing. Raises Unavailable."""
        try:
            with self._connected() as smtp:
                return _said(*smtp.noop())
        except smtplib.SMTPResponseException as error:
            raise _unavailable(_said(error.smtp_code, error.smtp_error)) from None
        except (smtplib.SMTPException, OSError):
            raise _unavailable("E-NO-ANSWER") from None

    def _connected(self) -> smtplib.SMTP:
        relay = self.relay
        smtp = (
            smtplib.SMTP_SSL(relay.host, relay.port, timeout=relay.seconds, context=self.context())
            if relay.security == "tls"
            else smtplib.SMTP(relay.host, relay.port, timeout=relay.seconds)
        )
        try:
            if relay.security == "starttls":
                smtp.starttls(context=self.context())
            if relay.user:
                smtp.login(relay.user, relay.password)
        except BaseException:
            smtp.close()
            raise
        return smtp


def composed(mail: Mail, relay: Relay) -> EmailMessage:
    """The message as it goes over the wire. Raises Refused for an address or a header that cannot be one."""
    message = EmailMessage(policy=SMTP_RULES)
    domain = relay.sender.partition("@")[2]
    try:
        message["From"] = Address(relay.sender_name, addr_spec=relay.sender)
        message["To"] = Address(mail.name, addr_spec=mail.to)
        message["Subject"] = mail.subject
    except (ValueError, IndexError) as error:
        raise Refused("Địa chỉ hoặc tiêu đề thư không hợp lệ.", code="E-ADDRESS") from error
    message["Message-ID"] = f"<{mail.id}@{domain}>"
    message["Auto-Submitted"] = "auto-generated"
    message.set_content(mail.body, charset="utf-8", cte="base64")
    return message


def _said(code: int, text: bytes | str) -> str:
    raw = text if isinstance(text, bytes) else text.encode()
    enhanced = _ENHANCED.match(raw)
    return f"{code} {enhanced[1].decode()}" if enhanced else str(code)


def _failed(code: int, text: bytes | str) -> Refused | Unavailable:
    said = _said(code, text)
    if code >= _PERMANENT:
        return Refused("Máy chủ thư từ chối thư này.", code=said)
    return _unavailable(said)


def _unavailable(code: str) -> Unavailable:
    return Unavailable("Máy chủ thư chưa nhận; sẽ thử lại.", code=code)
