"""Who talks to whom in this installation: the worker's tasks with their clients.

Outside production the other sides of `simulation` answer; in production those of `partners.toml`, and a lane without its
section rests and says so once.
"""

import logging
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial

from django.conf import settings

from lienthong.config import clock, partners, paths
from lienthong.database.outbox import Letter
from lienthong.gateways import http, justice_answers, sms
from lienthong.gateways.justice_answers import JusticeAnswers
from lienthong.gateways.mail import MailClient, Relay
from lienthong.gateways.population import ONE_TRY, PopulationClient, TokenBucket
from lienthong.gateways.signing import Request
from lienthong.gateways.sms import SmsClient, SmsGateway
from lienthong.notices import sending
from lienthong.notices.sending import Style
from lienthong.oversight import calling
from lienthong.oversight.watching import Machine as Watched
from lienthong.persons.linkagerunning import Machine, Runner
from lienthong.worker import tasks as work
from lienthong.worker.schedule import Task

_log = logging.getLogger(__name__)
_STEPS_PAUSE = 0.5
_FORECAST_PAUSE = 1.0
_SEAL_PAUSE = 5.0
_PUBLISH_PAUSE = 600.0
_REMARK_PAUSE = 3600.0
_ANNOUNCE_PAUSE = 2.0
_LOOK_PAUSE = 3.0
_NIGHT_PAUSE = 60.0
_ESCALATE_PAUSE = 300.0
_TALLY_PAUSE = 60.0
_FOLD_PAUSE = 15.0
_SWEEP_PAUSE = 3600.0
_WATCH_PAUSE = 10.0
_PLANT_PAUSE = 20.0
_ASK_PAUSE = 2.0
_FOLLOW_PAUSE = 15.0
_DIRECTIVES_PAUSE = 300.0
_ENDINGS_PAUSE = 600.0
_SEND_PAUSE = 1.0
_LINK_PAUSE = 5.0
_HOMES_PAUSE = 10.0
_PLACE_PAUSE = 60.0
_COMPARE_PAUSE = 5.0
_COUNT_PAUSE = 300.0
_RUN_LINKAGES_PAUSE = 2.0
_BOOKS_PAUSE = 60.0
_PLANS_PAUSE = 600.0
_IMPORT_PAUSE = 1.0
_PROMISES_PAUSE = 60.0
_GAUGES_PAUSE = 30.0


@dataclass(frozen=True, slots=True)
class Clients:
    """The other sides; None for a lane that rests."""

    population: PopulationClient | None = None
    answers: Callable[[Letter], str] | None = None
    resends: Callable[[Letter], str] | None = None
    mail: MailClient | None = None
    sms: SmsClient | None = None
    style: Style = field(default_factory=Style)
    on_call: tuple[str, ...] = ()

    @property
    def resting(self) -> list[str]:
        """The lanes without another side."""
        named = {
            "population": self.population,
            "justice": self.answers,
            "mail": self.mail,
            "sms": self.sms,
        }
        return [name for name, client in named.items() if client is None]


def tasks() -> tuple[Task, ...]:
    """Every task of the worker, with how often it runs."""
    runner = Runner(settings.LINKAGES, Machine(memory=settings.LINK_MEMORY))
    machine = Watched(
        home=paths.home(), backup_note=paths.backup_note(), needs_backup=bool(settings.PRODUCTION)
    )
    own = (
        Task("advance", _STEPS_PAUSE, work.advance),
        Task("forecast_mergers", _FORECAST_PAUSE, work.forecast_mergers),
        Task("look_at_events", _LOOK_PAUSE, work.look_at_events),
        Task("look_at_everything", _NIGHT_PAUSE, work.look_at_everything),
        Task("escalate", _ESCALATE_PAUSE, work.escalate),
        Task("follow_difficulties", _ESCALATE_PAUSE, work.follow_difficulties),
        Task("tally_closed", _TALLY_PAUSE, work.tally_closed),
        Task("fold_lines", _FOLD_PAUSE, work.fold_lines),
        Task("seal", _SEAL_PAUSE, work.seal),
        Task("remark_orphans", _REMARK_PAUSE, work.remark_orphans),
        Task("follow_identity", _FOLLOW_PAUSE, work.follow_identity),
        Task("follow_wishes", _FOLLOW_PAUSE, work.follow_wishes),
        Task("tell_endings", _ENDINGS_PAUSE, work.tell_endings),
        Task("announce", _ANNOUNCE_PAUSE, work.announce),
        Task("link_temporary_codes", _LINK_PAUSE, work.link_temporary_codes),
        Task("follow_homes", _HOMES_PAUSE, work.follow_homes),
        Task("place_households", _PLACE_PAUSE, work.place_households),
        Task("compare_entries", _COMPARE_PAUSE, work.compare_entries),
        Task("count_completeness", _COUNT_PAUSE, work.count_completeness),
        Task("look_at_numbers", _LOOK_PAUSE, work.look_at_numbers),
        Task("look_at_all_numbers", _NIGHT_PAUSE, work.look_at_all_numbers),
        Task("follow_repairs", _FOLLOW_PAUSE, work.follow_repairs),
        Task("follow_directives", _DIRECTIVES_PAUSE, work.follow_directives),
        Task("follow_imports", _IMPORT_PAUSE, work.follow_imports),
        Task("sweep_imports", _SWEEP_PAUSE, work.sweep_imports),
        Task(
            "run_linkages",
            _RUN_LINKAGES_PAUSE,
            work.run_linkages(runner),
            settles=False,
            end=work.end_linkages(runner),
        ),
        Task("write_linkages", _RUN_LINKAGES_PAUSE, work.write_linkages(settings.LINKAGES)),
        Task("sweep_scans", _SWEEP_PAUSE, work.sweep_scans),
        Task("watch_lookups", _WATCH_PAUSE, work.watch_lookups),
        Task("plant_decoys", _PLANT_PAUSE, work.plant_decoys, settles=False),
        Task("reconcile_books", _BOOKS_PAUSE, work.reconcile_books),
        # After the days that are due were looked at: until then a province only seems silent.
        Task("remind_plans", _PLANS_PAUSE, work.remind_plans, is_patient=True),
        Task("publish", _PUBLISH_PAUSE, work.publish(paths.home())),
    )
    clients = configured() if settings.PRODUCTION else _simulated()
    if clients.resting:
        _log.warning("wiring.no_partner: %s", ", ".join(clients.resting))
    return _watched(own + _lanes(clients), clients, machine)


def _watched(others: tuple[Task, ...], clients: Clients, machine: Watched) -> tuple[Task, ...]:
    """The tasks, and those that watch over them: what is promised, what is counted, who is told."""
    paces = {task.name: task.every for task in others}
    machine = replace(machine, paces=paces)
    tell = work.tell_alarms(clients.on_call)
    return (
        *others,
        Task(
            "watch_promises",
            _PROMISES_PAUSE,
            work.watch_promises(machine),
            settles=False,
            is_patient=True,
        ),
        Task("count_gauges", _GAUGES_PAUSE, work.count_gauges(machine), settles=False),
        Task("tell_alarms", _PROMISES_PAUSE, tell, settles=False),
    )


def _lanes(clients: Clients) -> tuple[Task, ...]:
    """A task for each other side that is there; none of them ever settles by our own means but the twin's answers."""
    lanes = []
    if clients.population is not None:
        ask = work.ask_population(clients.population)
        lanes.append(Task("ask_population", _ASK_PAUSE, ask, settles=False))
    if clients.answers is not None:
        is_twin = not settings.PRODUCTION
        answer = work.send("justice.answer", clients.answers)
        lanes.append(Task("send_answers", _SEND_PAUSE, answer, settles=is_twin))
    if clients.resends is not None:
        again = work.send("justice.resend", clients.resends)
        lanes.append(Task("ask_resends", _SEND_PAUSE, again, settles=False))
    if clients.mail is not None:
        email = sending.email_sender(clients.mail, clients.style, now=clock.now)
        lanes.append(
            Task("send_email", _SEND_PAUSE, work.send("notice.email", email), settles=False)
        )
        alarm = calling.sender(clients.mail, clients.on_call, clients.style)
        lanes.append(
            Task("send_alarms", _SEND_PAUSE, work.send(calling.KIND, alarm), settles=False)
        )
    if clients.sms is not None:
        short = sending.sms_sender(clients.sms, clients.style, now=clock.now)
        lanes.append(Task("send_sms", _SEND_PAUSE, work.send("notice.sms", short), settles=False))
    return tuple(lanes)


def configured() -> Clients:
    """The other sides of `partners.toml`. Raises Refused with the name of what is wrong there."""
    found = partners.read(paths.partners_file())
    answers = justice_client(found)
    return Clients(
        population=population_client(found),
        answers=None if answers is None else partial(_answer, answers),
        resends=None if answers is None else partial(_ask_again, answers),
        mail=mail_client(found),
        sms=sms_client(found),
        on_call=tuple(found.alarms.email) if found.alarms else (),
        style=Style(
            pages_url=found.pages.url.rstrip("/") if found.pages else "",
            is_plain=found.sms.without_marks if found.sms else True,
        ),
    )


def mail_client(found: partners.Partners) -> MailClient | None:
    """The relay of `[mail]`; None without the section."""
    section = found.mail
    if section is None:
        return None
    password = partners.secret("mail.password_file", section.password_file, paths.home())
    relay = Relay(
        section.host,
        section.port,
        section.sender,
        section.sender_name,
        security=section.security,
        user=section.user,
        password=password,
    )
    authority = section.ca_file or None
    return MailClient(relay, partial(ssl.create_default_context, cafile=authority))


def sms_client(found: partners.Partners) -> SmsClient | None:
    """The gateway of `[sms]`; None without the section."""
    section = found.sms
    if section is None:
        return None
    key = partners.secret("sms.secret_file", section.secret_file, paths.home())
    gateway = SmsGateway(
        section.url,
        section.fields,
        section.form,
        section.accepted,
        section.secret_header,
        key,
    )
    return sms.client(gateway)


def population_client(found: partners.Partners) -> PopulationClient | None:
    """The database of `[population]`; None without the section."""
    section = found.population
    if section is None:
        return None
    key = partners.secret("population.secret_file", section.secret_file, paths.home())

    def signed(request: Request) -> Request:
        if section.secret_header:
            request.headers[section.secret_header] = key
        return request

    client = http.Client(section.url, ONE_TRY, signed)
    return PopulationClient(client, bucket=TokenBucket(section.rate))


def justice_client(found: partners.Partners) -> JusticeAnswers | None:
    """The receiving end of `[justice]`; None without the section."""
    section = found.justice
    if section is None:
        return None
    return justice_answers.client(
        section.url,
        settings.KEYRING,
        path=section.path,
        resend_path=section.resend_path,
        now=clock.now,
    )


def _answer(client: JusticeAnswers, letter: Letter) -> str:
    return client.send(letter.id, letter.version, letter.payload)


def _ask_again(client: JusticeAnswers, letter: Letter) -> str:
    return client.ask_again(letter.id, letter.payload)


def _simulated() -> Clients:
    # Production never loads fictional other sides.
    from lienthong.simulation import partners as twins  # noqa: PLC0415
    from lienthong.simulation import posts  # noqa: PLC0415

    letters = paths.demo_letters_folder()
    return Clients(
        population=twins.population_client(),
        answers=twins.justice_sender(),
        resends=twins.resend_sender(paths.demo_unsent_file()),
        mail=twins.mail_client(posts.MailSink(folder=letters)),
        sms=twins.sms_client(posts.SmsSink(folder=letters)),
        style=Style(pages_url="http://127.0.0.1:8000"),
    )
