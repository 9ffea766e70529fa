"""An embedded server that one process keeps for the others: they use it, wait for it, and never start or stop it."""

import fcntl
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path

import psycopg
import pytest

from lienthong.config.commands import running
from lienthong.database import address, cluster, server, tuning
from lienthong.kernel.errors import Refused, Unavailable

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]
_USE = """
import sys
from pathlib import Path
from lienthong.database import server
with server.running("", Path(sys.argv[1])):
    print("used", flush=True)
"""


def _postmaster(home: Path) -> int:
    return int((home / "postgres" / "data" / "postmaster.pid").read_text().split("\n", 1)[0])


def _answers(home: Path) -> bool:
    try:
        psycopg.connect(address.embedded(home).conninfo).close()
    except psycopg.OperationalError:
        return False
    return True


def test_kept_server_outlives_its_users_and_ends_with_its_keeper(home: Path) -> None:
    with server.keeping(home):
        kept = _postmaster(home)
        with server.running("", home) as owner, psycopg.connect(owner.conninfo) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)
        assert _postmaster(home) == kept
        assert _answers(home)
    assert not _answers(home)
    assert not (home / "postgres" / "data" / "postmaster.pid").exists()


def test_killed_server_is_brought_back_by_its_keeper_alone(home: Path) -> None:
    with server.keeping(home) as tend:
        assert not tend()
        os.kill(_postmaster(home), signal.SIGKILL)
        deadline = time.monotonic() + 20
        while _answers(home) and time.monotonic() < deadline:
            time.sleep(0.05)
        # Whoever else starts now waits, and starts none of its own.
        assert not server.revive("", home)
        user = subprocess.Popen(
            [sys.executable, "-c", _USE, str(home)], stdout=subprocess.PIPE, text=True
        )
        time.sleep(1.5)
        assert user.poll() is None
        assert not _answers(home)
        assert tend()
        assert user.communicate(timeout=60)[0] == "used\n"
        assert _answers(home)


def test_only_one_process_keeps_a_server_and_no_restore_begins_meanwhile(home: Path) -> None:
    with server.keeping(home):
        with pytest.raises(Refused) as twice, server.keeping(home):
            pass
        with pytest.raises(Refused) as restored, server.at_rest(home):
            pass
    assert (twice.value.code, restored.value.code) == ("E-DATABASE-KEPT", "E-HOME-IN-USE")


def test_second_server_is_never_started_while_a_process_of_the_first_lives(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As from another container: neither the process, nor its number, nor its socket is seen."""
    monkeypatch.setattr(cluster, "_REAP_SECONDS", 0.5)
    with server.running("", home):
        ours = server.embedded(home)
        (ours.data / "postmaster.pid").rename(ours.data / "postmaster.away")
        (ours.socket / ".s.PGSQL.5432").rename(ours.socket / "away")
        monkeypatch.setattr(cluster.Cluster, "_left_processes", lambda _self: [])
        try:
            with pytest.raises(Unavailable) as refused:
                ours.start()
        finally:
            (ours.data / "postmaster.away").rename(ours.data / "postmaster.pid")
            (ours.socket / "away").rename(ours.socket / ".s.PGSQL.5432")
    assert "container" in refused.value.message_vi


def test_lock_of_the_living_is_free_when_the_server_was_killed(home: Path) -> None:
    with server.running("", home):
        os.kill(_postmaster(home), signal.SIGKILL)
        assert server.revive("", home)
        with (home / "postgres" / "alive").open("rb") as lock, pytest.raises(BlockingIOError):
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)


def test_server_is_sized_by_the_limit_of_its_own_unit_or_container(tmp_path: Path) -> None:
    def group(name: str, limit: str) -> None:
        folder = tmp_path / "fs" / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "memory.max").write_text(f"{limit}\n", encoding="ascii")

    groups = tmp_path / "cgroup"
    groups.write_text("0::/system.slice/lienthong-database.service\n", encoding="ascii")
    group("system.slice", "max")
    group("system.slice/lienthong-database.service", str(4 * 2**30))
    assert tuning.limits(groups, tmp_path / "fs") == [4 * 2**30]
    group("system.slice", str(2**30))
    assert min(tuning.limits(groups, tmp_path / "fs")) == 2**30
    # A container sees its own group as the root.
    groups.write_text("0::/\n", encoding="ascii")
    group("", str(3 * 2**30))
    assert tuning.limits(groups, tmp_path / "fs") == [3 * 2**30]
    groups.write_text("0::/../../outside\n", encoding="ascii")
    assert tuning.limits(groups, tmp_path / "fs") == [3 * 2**30]
    assert tuning.limits(tmp_path / "none", tmp_path / "fs") == []


def test_processes_that_start_at_once_are_made_ready_one_after_another(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from lienthong.config import environment, installation

    chosen = environment.read({"LIENTHONG_HOME": str(home)})
    monkeypatch.setattr(environment, "current", lambda: chosen)
    order: list[str] = []

    def second() -> None:
        with installation.one_at_a_time():
            order.append("second")

    with server.running("", home) as owner:
        thread = threading.Thread(target=second)
        with (
            installation.one_at_a_time(),
            psycopg.connect(owner.conninfo, autocommit=True) as connection,
        ):
            thread.start()
            time.sleep(0.5)
            connection.execute("CREATE TABLE waited AS SELECT 1 AS figure")
            # Waits for every statement that runs: a second process in a waiting statement would never let it end.
            connection.execute("SET statement_timeout = '20s'")
            connection.execute("CREATE INDEX CONCURRENTLY waited_figure ON waited (figure)")
            order.append("first")
        thread.join(20)
    assert order == ["first", "second"]


def test_keeper_outlives_a_start_that_fails_and_tries_again(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """On a full disk PostgreSQL does not come up; when there is room, it must without anybody's help."""

    def full() -> bool:
        raise Unavailable("", code="E-POSTGRES-START")

    assert running._tended(full) == running._TRY_AGAIN_SECONDS
    assert running._tended(lambda: True) == running._tended(lambda: False) == running._TEND_SECONDS


def test_command_keeps_the_server_says_when_it_is_ready_and_stops_it(home: Path) -> None:
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as told:
        told.bind(str(home / "ready"))
        told.settimeout(60)
        process = subprocess.Popen(
            [sys.executable, "-m", "lienthong.cli", "database"],
            env={**os.environ, "LIENTHONG_HOME": str(home), "NOTIFY_SOCKET": str(home / "ready")},
        )
        assert told.recv(64) == b"READY=1"
        assert _answers(home)
        process.terminate()
        assert process.wait(60) == 0
    assert not _answers(home)
