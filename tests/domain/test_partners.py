"""partners.toml: typed, strict, no secret readable by others; the lanes it wires in production; the check command."""

import json
import logging
import os
import subprocess
import sys
from pathlib import Path

import pytest
from django.conf import settings

from lienthong.config import partners, paths, wiring
from lienthong.kernel.errors import Refused
from lienthong.simulation.posts import MailSink

WHOLE = """
[pages]
url = "https://bhxh.example"
[mail]
host = "thu.example"
sender = "khong-tra-loi@bhxh.example"
user = "bhxh"
password_file = "mat-khau-thu"
[sms]
url = "https://sms.example/gui"
fields = { to = "{to}", text = "{text}", id = "{id}" }
secret_header = "Authorization"
secret_file = "khoa-sms"
without_marks = false
[population]
url = "https://dan-cu.example"
rate = 5
[justice]
url = "https://btp.example"
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(paths, "home", lambda: tmp_path)
    for name in ("mat-khau-thu", "khoa-sms"):
        (tmp_path / name).write_text("bi-mat\n", encoding="utf-8")
        (tmp_path / name).chmod(0o400)
    return tmp_path


def _write(home: Path, text: str) -> None:
    (home / "partners.toml").write_text(text, encoding="utf-8")


def _lanes(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    monkeypatch.setattr(settings, "PRODUCTION", True)
    return {task.name for task in wiring.tasks()} - {
        "advance",
        "compare_entries",
        "follow_homes",
        "follow_imports",
        "follow_repairs",
        "look_at_all_numbers",
        "look_at_numbers",
        "place_households",
        "fold_lines",
        "follow_difficulties",
        "follow_directives",
        "reconcile_books",
        "remind_plans",
        "count_completeness",
        "sweep_imports",
        "forecast_mergers",
        "escalate",
        "follow_identity",
        "follow_wishes",
        "link_temporary_codes",
        "plant_decoys",
        "watch_lookups",
        "tell_endings",
        "look_at_events",
        "look_at_everything",
        "seal",
        "remark_orphans",
        "run_linkages",
        "sweep_scans",
        "write_linkages",
        "tally_closed",
        "announce",
        "publish",
        "watch_promises",
        "count_gauges",
        "tell_alarms",
    }


def test_production_without_the_file_rests_every_lane_and_says_so_once(
    home: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    with caplog.at_level(logging.WARNING):
        assert _lanes(monkeypatch) == set()
    (said,) = [record.getMessage() for record in caplog.records]
    assert "population, justice, mail, sms" in said


def test_production_runs_the_lanes_of_the_file_with_their_real_clients(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    _write(home, WHOLE)
    assert _lanes(monkeypatch) == {
        "ask_population",
        "ask_resends",
        "send_answers",
        "send_email",
        "send_alarms",
        "send_sms",
    }
    clients = wiring.configured()
    assert clients.resting == []
    assert clients.mail is not None
    assert clients.mail.relay.password == "bi-mat"
    assert clients.mail.relay.security == "starttls"
    assert clients.sms is not None
    assert clients.sms.gateway.secret == "bi-mat"
    assert (clients.style.pages_url, clients.style.is_plain) == ("https://bhxh.example", False)
    for telling in (repr(clients.mail.relay), repr(clients.sms.gateway)):
        assert "bi-mat" not in telling


@pytest.mark.parametrize("name", ["mail", "sms", "population", "justice"])
def test_a_lane_without_its_section_rests_alone(
    home: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    parts = [part for part in WHOLE.split("[") if not part.startswith(f"{name}]")]
    _write(home, "[".join(parts))
    assert wiring.configured().resting == [name]
    # Mail has two lanes, letters to families and alarms to the people on call; so has the ministry, what we answer and what
    # we ask it to send again.
    assert len(_lanes(monkeypatch)) == (4 if name in {"mail", "justice"} else 5)


@pytest.mark.parametrize(
    ("change", "field"),
    [
        (("[mail]\n", "[mail]\nhots = 1\n"), "mail.hots"),
        (("[pages]\n", "[pagess]\n"), "pagess"),
        (('host = "thu.example"\n', ""), "mail.host"),
        (('host = "thu.example"', "host = 5"), "mail.host"),
        (('host = "thu.example"', 'host = "thu.example"\nsecurity = "none"'), "mail.security"),
        (('host = "thu.example"', 'host = "thu.example"\nsecurity = "ssl"'), "mail.security"),
        (('password_file = "mat-khau-thu"\n', ""), "mail.password_file"),
        (("https://sms.example", "http://sms.example"), "sms.url"),
        (("https://dan-cu.example", "dan-cu.example"), "population.url"),
        (('"{text}"', '"{text} {so}"'), "sms.fields"),
        (('"{text}"', '"{text.__class__}"'), "sms.fields"),
        (('"{text}"', '"không"'), "sms.fields"),
        (("rate = 5", "rate = 0"), "population.rate"),
        (("rate = 5", "rate = "), ""),
    ],
)
def test_what_is_wrong_is_refused_by_its_name(
    home: Path, change: tuple[str, str], field: str
) -> None:
    assert change[0] in WHOLE
    _write(home, WHOLE.replace(*change))
    with pytest.raises(Refused) as refused:
        partners.read(paths.partners_file())
    assert (refused.value.code, refused.value.field) == ("E-PARTNERS", field)
    assert field in refused.value.message_vi
    assert "Object" not in refused.value.message_vi


@pytest.mark.parametrize("mode", [0o440, 0o404, 0o640, 0o602])
def test_a_secret_that_others_can_reach_is_refused(home: Path, mode: int) -> None:
    _write(home, WHOLE)
    (home / "khoa-sms").chmod(mode)
    with pytest.raises(Refused, match="0400") as refused:
        wiring.configured()
    assert refused.value.field == "sms.secret_file"
    assert "bi-mat" not in refused.value.message_vi


@pytest.mark.parametrize("content", [None, "", "một\nhai", "a\x00b"])
def test_a_secret_that_is_none_is_refused(home: Path, content: str | None) -> None:
    _write(home, WHOLE)
    file = home / "khoa-sms"
    file.unlink()
    if content is not None:
        file.write_text(content, encoding="utf-8")
        file.chmod(0o400)
    with pytest.raises(Refused) as refused:
        wiring.configured()
    assert refused.value.field == "sms.secret_file"


def _check(home: Path) -> tuple[int, str, str]:
    variables = {k: v for k, v in os.environ.items() if not k.startswith("LIENTHONG_")}
    done = subprocess.run(
        [sys.executable, "-m", "lienthong.cli", "partners", "check", "--json"],
        env=variables | {"LIENTHONG_HOME": str(home), "LIENTHONG_PRODUCTION": "1"},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert "Traceback" not in done.stderr, done.stderr
    return done.returncode, done.stdout, done.stderr


def test_the_check_says_what_is_there_and_whether_it_answers_and_sends_nothing(
    tmp_path: Path,
) -> None:
    code, out, _ = _check(tmp_path)
    assert code == 0
    assert {each["configured"] for each in json.loads(out).values()} == {False}
    sink = MailSink()
    port = sink.start()
    try:
        mail = f'[mail]\nhost = "127.0.0.1"\nport = {port}\nsecurity = "none"\nsender = "a@b.vn"\n'
        _write(tmp_path, mail)
        code, out, _ = _check(tmp_path)
        assert (code, json.loads(out)["mail"]["ok"]) == (0, True)
        _write(tmp_path, mail + '[sms]\nurl = "http://127.0.0.1:9/"\nfields = {a = "{to}{text}"}\n')
        code, out, _ = _check(tmp_path)
        assert code == 1
        said = {"configured": True, "ok": False, "answer": "E-NO-ANSWER"}
        assert json.loads(out)["sms"] == said
    finally:
        sink.stop()
    assert not sink.taken
    _write(tmp_path, "[mail]\nla = 1\n")
    code, out, told = _check(tmp_path)
    assert (code, out) == (1, "")
    assert "mail.la" in told
