"""The drill of INV-40: an installation is backed up while it works, is lost, and comes back as it was at any second."""

import errno
import json
import os
import shutil
import signal
import time
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Any

import psycopg
import pytest
from django.db import connections

from lienthong import cli
from lienthong.database import server
from lienthong.database.vault import BASE, Copy, Vault
from lienthong.gateways.agefile import Identity
from lienthong.gateways.keyring import Keyring
from lienthong.kernel.errors import Refused, Unavailable
from tests import births, postgres
from tests.console import Console
from tests.folders import public_folder
from tests.states import state_hash

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]
PLANTED = "PHẠM NGỌC KIỂM THỬ"


@dataclass
class Drill:
    """What was there at which instant, and where the copies lie."""

    folder: Path
    console: Console
    vault: Path
    identity: Path
    moments: list[tuple[datetime, str]] = field(default_factory=list)

    def note(self) -> None:
        """Remember the state of this instant, with a second of quiet on both sides."""
        time.sleep(1.1)
        at = births.column("SELECT clock_timestamp()")[0]
        self.moments.append((at, state_hash()))
        time.sleep(1.1)

    def restored(self, name: str, *more: object) -> Console:
        """A new data folder with the key file alone, restored."""
        fresh = self.new(name)
        fresh.json("restore", self.vault, "--identity", self.identity, *more)
        return fresh

    def new(self, name: str) -> Console:
        """A new data folder with the key file alone."""
        home = self.folder / name
        home.mkdir(mode=0o755)
        shutil.copy2(self.console.home / "keys.json", home)
        return Console(home)

    def files(self) -> list[Path]:
        """Every file of every copy."""
        return sorted(
            path for path in self.vault.rglob("*") if path.is_file() and path.name[0] != "."
        )


def _born(first: int, last: int) -> None:
    births.send(*(births.message(number, **_name(number)) for number in range(first, last)))
    births.run()


def _name(number: int) -> dict[str, str]:
    return {"nksHoTen": PLANTED} if number == 1 else {}


@pytest.fixture(scope="module")
def drill(django_db_blocker: Any) -> Iterator[Drill]:
    folder = public_folder()
    home = folder / "home"
    home.mkdir(mode=0o755)
    made = Drill(folder, Console(home), folder / "copies", home / "backup-key.txt")
    with ExitStack() as stack:
        owner = stack.enter_context(server.running("", home))
        made.console.json("setup")
        stack.enter_context(django_db_blocker.unblock())
        stack.enter_context(postgres.django_on(owner))
        births.small_country()
        _born(1, 4)
        (home / "scans").mkdir()
        (home / "scans" / "0a1b").write_bytes(b"%PDF " + PLANTED.encode())
        made.console.json("backup", made.vault)
        made.note()
        _born(4, 7)
        (home / "scans" / "2c3d").write_bytes(b"%PDF second")
        made.note()
        made.console.json("backup", made.vault, "--wal")
        _born(7, 9)
        made.note()
        made.console.json("backup", made.vault)
        made.note()
        _born(9, 10)
        made.note()
        made.console.json("backup", made.vault, "--wal")
        connections.close_all()
        postmaster = int((home / "postgres" / "data" / "postmaster.pid").read_text().split()[0])
        os.kill(postmaster, signal.SIGKILL)
    yield made
    shutil.rmtree(folder, ignore_errors=True)


def _look(home: Path, blocker: Any) -> tuple[str, list[tuple[Any, ...]]]:
    """The digest of the state, and the states of what was to be sent."""
    with server.running("", home) as owner, blocker.unblock(), postgres.django_on(owner):
        found = state_hash(), births.rows("SELECT state, count(*) FROM database_outbox GROUP BY 1")
        connections.close_all()
        return found


@pytest.mark.rule("INV-40")
def test_lost_machine_comes_back_whole_and_sends_nothing_by_itself(
    drill: Drill, django_db_blocker: Any
) -> None:
    fresh = drill.restored("end")
    assert (fresh.home / "scans" / "0a1b").read_bytes() == b"%PDF " + PLANTED.encode()
    assert (fresh.home / "scans" / "2c3d").read_bytes() == b"%PDF second"
    said = fresh("verify")
    assert (said.code, said.out) == (0, "")
    digest, letters = _look(fresh.home, django_db_blocker)
    assert digest == drill.moments[-1][1]
    assert {state for state, _ in letters} == {"dead"}
    # A second start finds nothing to settle, and what an operator sends again goes.
    assert not (fresh.home / "restored.json").exists()


@pytest.mark.rule("INV-40")
@pytest.mark.parametrize("moment", [1, 2, 3])
def test_any_second_since_the_first_copy_can_be_had(
    drill: Drill, moment: int, django_db_blocker: Any
) -> None:
    at, digest = drill.moments[moment]
    fresh = drill.restored(f"moment-{moment}", "--to", at.isoformat())
    assert fresh("verify").out == ""
    assert _look(fresh.home, django_db_blocker)[0] == digest
    shutil.rmtree(fresh.home)


def test_instant_that_no_copy_holds_is_refused_with_what_can_be_had(drill: Drill) -> None:
    fresh = drill.new("never")
    said = fresh.refused(
        "restore", drill.vault, "--identity", drill.identity, "--to", "2020-01-01T00:00:00"
    )
    assert "E-BACKUP-INSTANT" in said
    assert sorted(path.name for path in fresh.home.iterdir()) == ["keys.json"]


def _check_all(vault: Vault) -> None:
    for copy in vault.copies():
        vault.check(copy)


@pytest.mark.rule("INV-40")
def test_one_flipped_bit_in_any_file_is_found_before_anything_is_written(drill: Drill) -> None:
    fresh = drill.new("flipped")
    damaged = drill.folder / "damaged"
    secret = Keyring.open(fresh.home / "keys.json", create=False).secret("django")
    for number, original in enumerate(drill.files()):
        shutil.rmtree(damaged, ignore_errors=True)
        shutil.copytree(drill.vault, damaged)
        path = damaged / original.relative_to(drill.vault)
        content = bytearray(path.read_bytes())
        content[(number * 7919) % len(content)] ^= 1 << number % 8
        path.write_bytes(content)
        vault = Vault(damaged, secret)
        with pytest.raises(Refused) as refused:
            _check_all(vault)
        assert refused.value.code == "E-BACKUP-BROKEN", original
    # The last flip lies in the newest copy: restoring it is refused, and nothing was begun.
    said = fresh.refused("restore", damaged, "--identity", drill.identity)
    assert "E-BACKUP-BROKEN" in said
    assert [path.name for path in fresh.home.iterdir() if path.is_dir()] == []


@pytest.mark.rule("INV-40")
def test_without_the_key_the_files_are_noise(drill: Drill) -> None:
    telltales = [
        PLANTED.encode(),
        b"%PDF",
        b"PG_VERSION",
        b"dossiers_dossier",
        b"lienthong_owner",
        b"BEGIN",
        b"checkpoint",
    ]
    for path in drill.files():
        if path.suffix == ".age":
            content = path.read_bytes()
            assert [word for word in telltales if word in content] == [], path
            _, _, payload = content.partition(b"\n---")
            assert len(set(payload[60:])) > 200 or len(payload) < 600, path
    manifest = "".join(p.read_text() for p in drill.files() if p.suffix == ".json")
    assert PLANTED not in manifest


def test_another_identity_or_another_key_file_opens_nothing(drill: Drill, tmp_path: Path) -> None:
    fresh = drill.new("other")
    fresh.json("keys", "new", "--out", tmp_path / "other.txt")
    said = fresh.refused("restore", drill.vault, "--identity", tmp_path / "other.txt")
    assert "E-BACKUP-IDENTITY" in said
    bare = Console(drill.folder / "bare")
    assert "E-BACKUP-KEYS" in bare.refused("restore", drill.vault, "--identity", drill.identity)
    Keyring.open(drill.folder / "stranger" / "keys.json", create=True)
    stranger = Console(drill.folder / "stranger")
    said = stranger.refused("restore", drill.vault, "--identity", drill.identity)
    assert "E-BACKUP-BROKEN" in said


def test_data_that_are_there_are_kept_unless_told_and_then_set_aside(
    drill: Drill, django_db_blocker: Any
) -> None:
    at, digest = drill.moments[1]
    fresh = drill.restored("twice")
    said = fresh.refused("restore", drill.vault, "--identity", drill.identity)
    assert "E-RESTORE-TAKEN" in said
    with server.running("", fresh.home):
        said = fresh.refused("restore", drill.vault, "--identity", drill.identity, "--replace")
        assert "E-HOME-IN-USE" in said
    fresh.json(
        "restore", drill.vault, "--identity", drill.identity, "--replace", "--to", at.isoformat()
    )
    assert _look(fresh.home, django_db_blocker)[0] == digest
    (aside,) = fresh.home.glob("before-*")
    assert {path.name for path in aside.iterdir()} >= {"postgres", "scans"}


def test_restored_copy_draws_other_numbers_and_asks_for_a_new_base(drill: Drill) -> None:
    at, _ = drill.moments[0]
    fresh = drill.restored("further", "--to", at.isoformat())
    vault = drill.folder / "further-copies"
    shutil.copytree(drill.vault, vault)
    shutil.copy2(drill.identity, fresh.home)
    with server.running("", fresh.home) as owner:
        fresh.json("setup")
        with psycopg.connect(owner.conninfo) as link:
            drawn = link.execute(
                "SELECT last_value, (SELECT max(number)::bigint FROM persons_number)"
                " FROM persons_number_serial"
            ).fetchone()
            alarms = link.execute(
                "SELECT detail FROM database_alarm WHERE name = 'system.restored'"
            )
            assert [row[0]["skipped"] for row in alarms] == [10_000]
        assert drawn is not None
        assert drawn[0] >= drawn[1] + 10_000
        assert "E-BACKUP-BASE" in fresh.refused("backup", vault, "--wal")
        made = fresh.json("backup", vault, "--keep", "2")
        assert len(list(vault.glob("*/manifest.json"))) == 2
        fresh.json("backup", vault, "--wal")
    checked = fresh.json("backup", vault, "--check", "--identity", drill.identity)
    assert [each["copy"] for each in checked][-1] == made["copy"]


def test_own_server_is_left_to_its_own_tools(drill: Drill) -> None:
    said = drill.console.refused(
        "backup", drill.folder / "own", LIENTHONG_DATABASE_URL="postgresql://nobody@127.0.0.1:1/x"
    )
    assert "E-" in said


def test_production_makes_no_key_of_its_own(drill: Drill) -> None:
    said = drill.new("production").refused(
        "backup", drill.folder / "prod", LIENTHONG_PRODUCTION="1", LIENTHONG_NOW=""
    )
    assert "LIENTHONG_BACKUP_RECIPIENTS" in said


def test_note_says_how_far_the_backup_reaches(drill: Drill) -> None:
    note = json.loads((drill.console.home / "backup.json").read_text())
    assert datetime.fromisoformat(note["to"]) > drill.moments[-1][0]


def test_log_that_meets_a_base_copy_at_work_has_not_failed(drill: Drill, tmp_path: Path) -> None:
    """Each minute of the night's base copy the timer would show a failure."""
    fresh = drill.new("busy")
    with Vault(tmp_path / "copies", b"secret").alone():
        assert fresh("backup", tmp_path / "copies", "--wal").code == 0
        refused = fresh.refused("backup", tmp_path / "copies")
    assert "E-BACKUP-BUSY" in refused


@pytest.mark.rule("INV-40")
def test_attempt_that_did_not_come_to_its_end_leaves_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A killed base copy, or one that filled the disk, would lie there for ever and take the room of the next."""
    vault = Vault(tmp_path, b"secret", (Identity.new().recipient,))
    at = datetime.now(UTC)
    kept, killed = (Copy(f"20261130T02000{n}Z-aaaaa{n}", at, at, {}) for n in (1, 2))
    with vault.alone():
        vault.note(vault.put(kept, BASE, lambda sink: _write(sink, b"whole")))
    (tmp_path / "somebody-else").mkdir()
    (tmp_path / killed.name).mkdir()
    (tmp_path / killed.name / f".{BASE}.new").write_bytes(b"half")
    (tmp_path / kept.name / "wal").mkdir()
    (tmp_path / kept.name / "wal" / ".0001.gz.age.new").write_bytes(b"half")

    def full(_sink: IO[bytes]) -> None:
        assert not (tmp_path / killed.name).exists()
        raise OSError(errno.ENOSPC, "No space left on device")

    with pytest.raises(Unavailable) as told, vault.alone():
        vault.put(Copy("20261130T020003Z-aaaaa3", at, at, {}), BASE, full)
    assert told.value.code == "E-BACKUP-SPACE"
    left = sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file())
    assert left == [".lock", f"{kept.name}/{BASE}", f"{kept.name}/manifest.json"]
    assert (tmp_path / "somebody-else").exists()
    assert [copy.name for copy in vault.copies()] == [kept.name]
    with pytest.raises(OSError, match="another"), vault.alone():
        raise OSError(errno.EIO, "another trouble")


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_what_the_disk_refuses_is_told_in_a_sentence(
    number: int, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    def refused(**_: object) -> None:
        raise OSError(number, "refused", "/var/backups")

    monkeypatch.setattr(cli.root, "main", refused)
    with pytest.raises(SystemExit) as ended:
        cli.main()
    assert ended.value.code == 1
    told = capsys.readouterr().err
    assert "/var/backups" in told
    assert "E-DISK" in told


def _write(sink: IO[bytes], content: bytes) -> None:
    sink.write(content)
