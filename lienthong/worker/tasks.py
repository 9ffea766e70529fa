"""The tasks, a few lines each. Every task takes an instant and returns how many things it moved."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from lienthong.audit import sealing
from lienthong.births import enrolment, orphans, rerouting
from lienthong.cards import publishing
from lienthong.dossiers import actions as dossiers
from lienthong.gateways.population import PopulationClient
from lienthong.kernel.dates import vietnam_date
from lienthong.persons import identity
from lienthong.worker import relay

_QUESTIONS_AT_ONCE = 50
_LETTERS_AT_ONCE = 500


def advance(at: datetime) -> int:
    """Run every step of the enrolment once."""
    return sum(enrolment.advance(at=at, on=vietnam_date(at)).values())


def forecast_mergers(at: datetime) -> int:
    """Make the dry runs of mergers that officers asked for."""
    return rerouting.forecast_asked(by=enrolment.system(), at=at)


def remark_orphans(at: datetime) -> int:
    """Remark cancellations whose birth never came."""
    return orphans.remark(by=enrolment.system(), at=at)


def publish(folder: Path) -> Callable[[datetime], int]:
    """The task that writes what a card is checked with offline: public keys and the revocation list of the day."""

    def task(at: datetime) -> int:
        publishing.publish(folder, at=at)
        return 0

    return task


def seal(at: datetime) -> int:
    """Seal what the audit log has gained."""
    return sealing.seal_once(at)


def ask_population(client: PopulationClient) -> Callable[[datetime], int]:
    """The task that asks for missing personal ids; never in a card's way."""

    def task(at: datetime) -> int:
        moved = identity.ask_population(client, at=at, limit=_QUESTIONS_AT_ONCE)
        dossiers.follow_identity(by=enrolment.system(), at=at)
        return moved

    return task


def send(kind: str, sender: relay.Sender) -> Callable[[datetime], int]:
    """The task that delivers one kind of letters from the outbox."""

    def task(at: datetime) -> int:
        return relay.relay(kind, sender, at=at, limit=_LETTERS_AT_ONCE)

    return task
