"""The other sides as the worker meets them outside production: ministries to ask and to tell, posts that take notices.

Only wires twins to clients; how they behave is `gateways.fakes` and `justice`.
"""

from collections.abc import Callable, Iterable
from pathlib import Path

from django.conf import settings

from lienthong.births import enrolment, storing
from lienthong.database.outbox import Letter
from lienthong.gateways import http, sms
from lienthong.gateways.fakes import Citizen, PopulationTwin
from lienthong.gateways.justice_identity import identity_of
from lienthong.gateways.mail import MailClient, Relay
from lienthong.gateways.population import ONE_TRY, PopulationClient
from lienthong.simulation.justice import MinistryOfJustice
from lienthong.simulation.posts import MailSink, SmsSink
from lienthong.simulation.truth import Truth

_NOWHERE = "https://dan-cu.invalid"


def population_client(twin: PopulationTwin | None = None) -> PopulationClient:
    """A client whose other end is the twin; by default one that makes up ids and keeps no memory."""
    return PopulationClient(
        http.Client(_NOWHERE, ONE_TRY, transport=twin or PopulationTwin(makes_up=True))
    )


def citizens(truth: Truth) -> Iterable[Citizen]:
    """The children of a stream as the population database knows them, each with what stands in its id's way."""
    return (
        Citizen(
            child.full_name,
            child.born_on,
            child.sex,
            child.true_personal_id,
            child.id_cause if child.id_cause.startswith("PID_") else "",
        )
        for child in truth.children
        if child.sex != "undetermined"
    )


def justice_sender() -> Callable[[Letter], str]:
    """A sender of business answers to a twin Ministry of Justice that forgets them when the process ends."""
    return MinistryOfJustice().take


def resend_sender(unsent: Path) -> Callable[[Letter], str]:
    """A sender of requests to send a message again: the twin sends what it held back, and has nothing else."""

    def send(letter: Letter) -> str:
        wanted = str(letter.payload["message_id"])
        lines = unsent.read_bytes().splitlines() if unsent.exists() else []
        found = [body for body in lines if identity_of(body).message_id == wanted]
        if found:
            via = storing.Via("file", peer="mo-phong")
            storing.accept_many(found, via, by=enrolment.system(), at=settings.CLOCK())
        return "sent again" if found else "not known"

    return send


def mail_client(sink: MailSink | None = None) -> MailClient:
    """A client of a mail relay on this machine that delivers nothing; started now."""
    port = (sink or MailSink()).start()
    sender = "khong-tra-loi@bhxh.example"
    return MailClient(Relay("127.0.0.1", port, sender, "Bảo hiểm xã hội", security="none"))


def sms_client(sink: SmsSink | None = None) -> sms.SmsClient:
    """A client of an SMS gateway that delivers nothing."""
    gateway = sms.SmsGateway(
        "https://sms.invalid/gui",
        {"to": "{to}", "content": "{text}", "request_id": "{id}"},
        accepted='"100"',
        secret_header="Authorization",  # noqa: S106 - a header name
        secret="demo",  # noqa: S106 - opens nothing
    )
    return sms.client(gateway, transport=sink or SmsSink())
