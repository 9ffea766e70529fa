"""What `verify` says and when: names, places, the tail of a minute, bounds, and the invariants of the folders."""

from datetime import timedelta
from pathlib import Path

import pytest
from django.conf import settings

from lienthong.audit import checks, sealing, trail
from tests.sealed_log import AT, SYSTEM, TABLES, Log, guard, run, sealed_log, unguard

pytestmark = pytest.mark.django_db


@pytest.fixture
def log(tmp_path: Path) -> Log:
    return sealed_log(tmp_path)


def change_a_field(log: Log) -> None:
    run("UPDATE audit_entry SET by = 'officer:other' WHERE id = %s", log.entries[5])


def test_a_breach_names_the_promise_and_the_row(log: Log) -> None:
    change_a_field(log)
    breaches = checks.verify_log(log.keyring, [log.witness])
    assert [(b.name, b.subject) for b in breaches] == [("INV-35", f"audit_entry:{log.entries[5]}")]
    run("DELETE FROM audit_entry WHERE id = %s", log.entries[5])
    run("DELETE FROM audit_leaf WHERE entry_id = %s", log.entries[5])
    subjects = [b.subject for b in checks.verify_log(log.keyring, [log.witness])]
    assert subjects == [f"audit_leaf:{log.sizes[1] - 2}", f"audit_checkpoint:{log.sizes[1]}"]


def test_a_log_left_unsealed_is_named_after_a_minute(log: Log) -> None:
    run("INSERT INTO audit_entry (by, action) VALUES ('system', 'fresh')")
    assert log.found() == set()
    run(
        "INSERT INTO audit_entry (by, action, at)"
        " VALUES ('system', 'old', clock_timestamp() - interval '61 seconds')"
    )
    assert log.found() == {"unsealed"}


def test_a_witness_that_stopped_listening_is_named_after_a_minute(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.witness.path.write_text("")
    assert log.found() == set()
    monkeypatch.setattr(checks, "_UNWITNESSED", "SELECT clock_timestamp() + interval '1 second'")
    assert log.found() == {"unwitnessed"}


def test_odd_times_raise_an_alarm_when_they_are_sealed(log: Log) -> None:
    run(
        "INSERT INTO audit_entry (by, action, at)"
        " VALUES ('system', 'forged', clock_timestamp() - interval '2 minutes')"
    )
    sealing.seal(AT, keyring=log.keyring)
    (row,) = run("SELECT detail->>'count' FROM database_alarm WHERE name = 'audit.time'")
    assert row == ("1",)


def test_a_ruined_log_yields_a_bounded_list(log: Log) -> None:
    trail.record_each(
        SYSTEM, "card.moved", at=AT, subject_kind="card", subject_ids=list(range(300))
    )
    sealing.seal(AT, keyring=log.keyring)
    run("UPDATE audit_entry SET by = 'officer:other'")
    assert len(checks.verify_log(log.keyring, [])) == 100


def test_verify_joins_the_log_with_the_invariants_of_the_folders(
    log: Log, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(settings, "KEYRING", log.keyring)
    monkeypatch.setattr(settings, "AUDIT_WITNESSES", [])
    guard()
    folder = tmp_path / "invariants"
    folder.mkdir()
    (folder / "inv_00_two.sql").write_text(
        "-- INV-00\n-- Hai phải bằng một.\n-- Reads nothing.\nSELECT 'two:2', '2 <> 1'"
    )
    (folder / "inv_01_holds.sql").write_text("-- INV-01\n-- Luôn đúng.\nSELECT '', '' WHERE false")
    assert [(b.name, b.subject, b.message_vi) for b in checks.verify([folder])] == [
        ("INV-00", "two:2", "Hai phải bằng một. (2 <> 1)")
    ]
    unguard()
    change_a_field(log)
    guard()
    assert [b.name for b in checks.verify([folder])] == ["INV-00", "INV-35"]


def test_an_invariant_without_its_two_lines_is_refused(tmp_path: Path) -> None:
    (tmp_path / "nameless.sql").write_text("-- INV-00\nSELECT 1, 2")
    with pytest.raises(ValueError, match="needs a name and a sentence"):
        checks.verify([tmp_path])


def test_a_clock_of_the_caller_does_not_matter(log: Log) -> None:
    trail.record(SYSTEM, "card.moved", at=AT + timedelta(days=4000))
    sealing.seal(AT - timedelta(days=4000), keyring=log.keyring)
    sealing.tell([log.witness])
    assert log.found() == set()


def test_a_guard_taken_away_is_named(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings, "KEYRING", log.keyring)
    monkeypatch.setattr(settings, "AUDIT_WITNESSES", [])
    assert {b.subject for b in checks.verify()} == {f"trigger:{table}" for table in TABLES}
    guard()
    assert checks.verify() == []
    run("GRANT UPDATE ON audit_entry TO lienthong_web")
    run("ALTER TABLE audit_entry DISABLE ROW LEVEL SECURITY")
    assert {b.subject for b in checks.verify()} == {
        "grant:lienthong_web:audit_entry",
        "row_security:audit_entry",
    }
