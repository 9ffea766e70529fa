"""The tasks, a few lines each. Every task takes an instant and returns how many things it moved."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from lienthong.audit import sealing
from lienthong.births import announcing, enrolment, orphans, rerouting, scans
from lienthong.cards import conformance, publishing
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers import assignment, escalation, telling
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


def escalate(at: datetime) -> int:
    """Let what is overdue climb, and end the assignments of what has moved on."""
    by = enrolment.system()
    return assignment.end_passed(by=by, at=at) + escalation.escalate(by=by, at=at)


def remark_orphans(at: datetime) -> int:
    """Remark cancellations whose birth never came."""
    return orphans.remark(by=enrolment.system(), at=at)


def announce(at: datetime) -> int:
    """Tell families and officers what happened to cards since the last time."""
    return announcing.announce(by=enrolment.system(), at=at)


def look_at_events(at: datetime) -> int:
    """Look whether what has just moved left the procedure."""
    return conformance.look(by=enrolment.system(), at=at)


def look_at_everything(at: datetime) -> int:
    """Every night, look at the whole country for what left the procedure."""
    return conformance.look_at_everything(by=enrolment.system(), at=at)


def sweep_scans(at: datetime) -> int:
    """Delete scans that no paper names: of entries that were broken off."""
    del at
    return scans.sweep()


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
        found = identity.ask_population(client, at=at, limit=_QUESTIONS_AT_ONCE)
        if found:
            telling.identity_found(by=enrolment.system(), at=at)
        return found

    return task


def follow_identity(at: datetime) -> int:
    """Open and close the officers' tasks about personal ids."""
    return dossiers.follow_identity(by=enrolment.system(), at=at)


def send(kind: str, sender: relay.Sender) -> Callable[[datetime], int]:
    """The task that delivers one kind of letters from the outbox."""

    def task(at: datetime) -> int:
        return relay.relay(kind, sender, at=at, limit=_LETTERS_AT_ONCE)

    return task
