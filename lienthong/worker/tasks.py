"""The tasks, a few lines each. Every task takes an instant and returns how many things it moved."""

from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from lienthong.audit import sealing
from lienthong.births import announcing, enrolment, homes, orphans, repairs, rerouting, scans
from lienthong.cards import (
    conformance,
    decoys,
    facility_endings,
    limits_watch,
    publishing,
    temporary_links,
    wishes,
)
from lienthong.dossiers import actions as dossiers
from lienthong.dossiers import assignment, escalation, tally, telling
from lienthong.gateways.population import PopulationClient
from lienthong.kernel.dates import vietnam_date
from lienthong.persons import (
    completeness,
    differing,
    identity,
    importing,
    linkageapplying,
    numberwatch,
    placing,
)
from lienthong.persons.linkagerunning import Runner
from lienthong.reports import folding
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


def tally_closed(at: datetime) -> int:
    """Put the counts of closed dossiers together."""
    return tally.tally(by=enrolment.system(), at=at)


def fold_lines(at: datetime) -> int:
    """Fold what happened to dossiers into the lines that figures are counted from."""
    return folding.fold(by=enrolment.system(), at=at)


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


def watch_lookups(at: datetime) -> int:
    """Look at the hospitals' door: alarms, the hard ceiling, what is kept for a week only."""
    return limits_watch.watch(by=enrolment.system(), at=at)


def plant_decoys(at: datetime) -> int:
    """Keep one number in a thousand back from the sequence, as a decoy."""
    return decoys.plant(on=vietnam_date(at))


def link_temporary_codes(at: datetime) -> int:
    """Tie the temporary codes of hospitals to the children who have come since."""
    return temporary_links.link_codes(by=enrolment.system(), at=at)


def follow_homes(at: datetime) -> int:
    """Look again at children who stand in no household, those with a corrected mother first."""
    return homes.follow(by=enrolment.system(), at=at)


def place_households(at: datetime) -> int:
    """Hand households to the units that answer for their communes now."""
    return placing.place(by=enrolment.system(), at=at)


def compare_entries(at: datetime) -> int:
    """Find where the household and the collection database differ, in what has just come."""
    return differing.compare(by=enrolment.system(), at=at)


def count_completeness(at: datetime) -> int:
    """Count how complete people's data are: once a day, and after a criterion was set."""
    return completeness.tally(by=enrolment.system(), at=at)


def look_at_numbers(at: datetime) -> int:
    """Look at the numbers that entries have just told."""
    return numberwatch.look(by=enrolment.system(), at=at)


def look_at_all_numbers(at: datetime) -> int:
    """Every night, look at all that is told of numbers once more, and for two children with one personal id."""
    by = enrolment.system()
    return numberwatch.look_at_everything(by=by, at=at) + repairs.suspect_same_ids(by=by, at=at)


def follow_repairs(at: datetime) -> int:
    """Ask for the cards that repaired numbers need, and close the repairs whose cards were approved."""
    return repairs.follow(by=enrolment.system(), at=at)


def run_linkages(runner: Runner) -> Callable[[datetime], int]:
    """The task that looks after the linkage of whole registers that runs, and starts the next."""

    def task(at: datetime) -> int:
        return runner.tend(by=enrolment.system(), at=at)

    return task


def end_linkages(runner: Runner) -> Callable[[datetime], None]:
    """What lets go of the running linkage when the worker stops, so that the next goes on with it."""

    def end(at: datetime) -> None:
        runner.end(by=enrolment.system(), at=at)

    return end


def write_linkages(folder: Path) -> Callable[[datetime], int]:
    """The task that writes what a confirmed linkage found, and takes back what was undone."""

    def task(at: datetime) -> int:
        return linkageapplying.write(folder, by=enrolment.system(), at=at)

    return task


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


def follow_wishes(at: datetime) -> int:
    """Settle what asked for a facility that can be had now, and offer it to the family."""
    return wishes.follow(by=enrolment.system(), at=at, on=vietnam_date(at))


def tell_endings(at: datetime) -> int:
    """Tell the provinces which facilities' contracts are about to end."""
    return facility_endings.tell(by=enrolment.system(), at=at, on=vietnam_date(at))


def follow_imports(at: datetime) -> int:
    """Read, compare and write the registers that came as files."""
    return importing.follow(by=enrolment.system(), at=at)


def sweep_imports(at: datetime) -> int:
    """Take away the working copies of files that were done with long ago."""
    return importing.sweep(by=enrolment.system(), at=at)


def send(kind: str, sender: relay.Sender) -> Callable[[datetime], int]:
    """The task that delivers one kind of letters from the outbox."""

    def task(at: datetime) -> int:
        return relay.relay(kind, sender, at=at, limit=_LETTERS_AT_ONCE)

    return task
