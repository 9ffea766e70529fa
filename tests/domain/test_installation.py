"""The choices of one installation: the clock, the formats, the settings that protect, the keys, the template."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from importlib import import_module
from pathlib import Path

import psycopg
import pytest
from django import forms
from django.conf import settings
from django.db import connection
from django.utils import formats

from lienthong.config import environment
from lienthong.config.environment import DatabaseRole
from lienthong.database.address import Address
from lienthong.database.scope import acting
from lienthong.kernel.errors import Refused
from tests import births
from tests.conftest import BecomeWeb

ROOT = Path(__file__).parents[2]


def _says(code: str, **variables: str) -> str:
    """What a fresh process with that environment prints."""
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=ROOT,
        env=variables,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


# ---------------------------------------------------------------- days and figures


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("03/04/2026", date(2026, 4, 3)),
        ("25/12/2026", date(2026, 12, 25)),
        ("3/4/2026", date(2026, 4, 3)),
        ("2026-04-03", date(2026, 4, 3)),
    ],
)
def test_a_typed_day_is_read_day_first(typed: str, meant: date) -> None:
    assert forms.DateField().clean(typed) == meant


def test_a_day_that_only_an_american_would_write_is_refused() -> None:
    with pytest.raises(forms.ValidationError):
        forms.DateField().clean("12/25/2026")


def test_days_and_figures_are_written_as_vietnamese_papers_do() -> None:
    assert formats.date_format(date(2026, 4, 3), "DATE_FORMAT") == "03/04/2026"
    assert formats.number_format(Decimal("1234567.5"), force_grouping=True) == "1.234.567,5"
    assert formats.get_format("FIRST_DAY_OF_WEEK") == 1


# ---------------------------------------------------------------- the clock


NOW = "from lienthong.config import clock; print(clock.now().isoformat(), clock.today())"


def test_clock_starts_at_the_instant_of_the_setting_and_ticks() -> None:
    code = f"{NOW}; import time; time.sleep(0.05); {NOW}"
    first, second = _says(code, LIENTHONG_NOW="2026-11-19T23:59:00+00:00").splitlines()
    start = datetime.fromisoformat("2026-11-20T06:59:00+07:00")
    told = [datetime.fromisoformat(line.split()[0]) for line in (first, second)]
    assert start <= told[0] < told[1] < start + timedelta(seconds=30)
    assert told[0].utcoffset() == timedelta(hours=7)
    assert first.endswith(" 2026-11-20")


def test_clock_without_a_setting_is_the_real_one() -> None:
    told = datetime.fromisoformat(_says(NOW).split()[0])
    assert abs(told - datetime.now(UTC)) < timedelta(seconds=30)


# ---------------------------------------------------------------- settings


def test_nothing_is_written_by_reading_the_settings(tmp_path: Path) -> None:
    code = "from django.conf import settings; print(settings.PRODUCTION, settings.DEBUG)"
    home = tmp_path / "home"
    said = _says(code, DJANGO_SETTINGS_MODULE="lienthong.config.settings", LIENTHONG_HOME=str(home))
    assert said == "False False\n"
    assert not home.exists()


def test_production_never_makes_a_key_file_that_was_named(tmp_path: Path) -> None:
    code = "from django.conf import settings; settings.KEYRING.secret('django')"
    names = {
        "DJANGO_SETTINGS_MODULE": "lienthong.config.settings",
        "LIENTHONG_HOME": str(tmp_path),
        "LIENTHONG_SECRET_FILE": str(tmp_path / "mount" / "keys.json"),
    }
    assert "E-KEYRING" in _says(
        f"try:\n {code}\nexcept Exception as error:\n print(error.code)",
        LIENTHONG_PRODUCTION="1",
        **names,
    )
    assert not (tmp_path / "mount").exists()
    assert _says(code, **names) == ""
    assert (tmp_path / "mount" / "keys.json").stat().st_mode & 0o777 == 0o400


def test_production_binds_cookies_and_pages_to_https() -> None:
    code = (
        "from django.conf import settings as s; "
        "print(s.CSRF_COOKIE_SECURE, s.SECURE_SSL_REDIRECT, 'the-bhyt.example' in s.ALLOWED_HOSTS)"
    )
    variables = {
        "DJANGO_SETTINGS_MODULE": "lienthong.config.settings",
        "LIENTHONG_HOSTS": "the-bhyt.example",
    }
    assert _says(code, LIENTHONG_PRODUCTION="1", **variables) == "True True True\n"
    assert _says(code, **variables) == "False False True\n"


def test_pages_get_a_pool_and_time_limits_and_steps_get_neither() -> None:
    code = (
        "from django.conf import settings as s; d = s.DATABASES['default']; "
        "print(d['USER'], 'pool' in d['OPTIONS'], 'statement_timeout' in d['OPTIONS']['options'])"
    )
    module = {"DJANGO_SETTINGS_MODULE": "lienthong.config.settings"}
    assert _says(code, LIENTHONG_ROLE="web", **module) == "lienthong_web_login True True\n"
    assert _says(code, LIENTHONG_ROLE="worker", **module) == "lienthong_worker_login False False\n"


def test_role_of_a_process_is_chosen_by_the_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIENTHONG_ROLE", "worker")
    environment.current.cache_clear()
    environment.become(DatabaseRole.WEB)
    assert environment.current().role is DatabaseRole.WEB
    monkeypatch.undo()
    environment.current.cache_clear()
    assert environment.current().role is DatabaseRole.WORKER


@pytest.mark.parametrize("text", ["2026-11-20T09:15:00", "20/11/2026", "now"])
def test_clock_setting_without_a_zone_is_refused_by_name(text: str) -> None:
    with pytest.raises(Refused, match="LIENTHONG_NOW") as refusal:
        environment.read({"LIENTHONG_NOW": text})
    assert refusal.value.field == "LIENTHONG_NOW"


def test_proxies_are_addresses_or_blocks_and_anything_else_is_refused_by_name() -> None:
    named = environment.read({"LIENTHONG_PROXIES": "10.0.0.5, 10.1.0.0/24,2001:db8::/32"}).proxies
    assert [str(one) for one in named] == ["10.0.0.5/32", "10.1.0.0/24", "2001:db8::/32"]
    assert environment.read({}).proxies == ()
    for text in ("proxy.example", "10.0.0.0/33", "10.1.0.7/24", "*"):
        with pytest.raises(Refused, match="LIENTHONG_PROXIES") as refusal:
            environment.read({"LIENTHONG_PROXIES": text})
        assert refusal.value.field == "LIENTHONG_PROXIES"


def test_thresholds_of_matching_are_whole_numbers_within_bounds() -> None:
    usual = environment.read({})
    assert (usual.match_ask_percent, usual.match_prior_bits) == (90, -31)
    named = environment.read(
        {"LIENTHONG_MATCH_ASK_PERCENT": "75", "LIENTHONG_MATCH_PRIOR_BITS": "34"}
    )
    assert (named.match_ask_percent, named.match_prior_bits) == (75, -34)
    for name, text in (("ASK_PERCENT", "0"), ("ASK_PERCENT", "0.9"), ("PRIOR_BITS", "-31")):
        with pytest.raises(Refused) as refusal:
            environment.read({f"LIENTHONG_MATCH_{name}": text})
        assert refusal.value.field == f"LIENTHONG_MATCH_{name}"


# ---------------------------------------------------------------- what tests stand on


@pytest.mark.django_db
def test_rolled_back_database_has_the_steps_rights_and_can_take_on_a_pages(
    as_web_role: BecomeWeb,
) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_user, current_setting('TimeZone')")
        assert cursor.fetchone() == ("lienthong_worker", settings.TIME_ZONE)
        with as_web_role():
            cursor.execute("SELECT current_user")
            assert cursor.fetchone() == ("lienthong_web",)
        cursor.execute("SELECT current_user")
        assert cursor.fetchone() == ("lienthong_worker",)


def test_committed_database_is_the_tests_own(committed_db: Address) -> None:
    with connection.cursor() as cursor:
        cursor.execute("SELECT current_database()")
        assert cursor.fetchone() == (committed_db.dbname,)
    with psycopg.connect(committed_db.conninfo, autocommit=True) as other:
        said = other.execute("SELECT count(*) > 3000 FROM catalogues_division").fetchone()
        assert said == (True,)


@pytest.mark.django_db
def test_dossiers_from_before_get_their_address_from_the_birth() -> None:
    repair = import_module("lienthong.births.migrations.0006_repair_residence").REPAIR
    births.small_country()
    births.send(births.message(1))
    births.run()
    with acting(births.system(), at=births.AT), connection.cursor() as cursor:
        cursor.execute("UPDATE dossiers_dossier SET residence_text = ''")
    for _ in range(2):
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL ROLE NONE")
            cursor.execute(repair)
            cursor.execute("SET LOCAL ROLE lienthong_worker")
        assert births.column("SELECT residence_text FROM dossiers_dossier") == ["Số 5 ngõ 2"]
