"""`lienthong report`: every counted form as a file, as things stood at an instant."""

import json
import os
from datetime import timedelta
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connections

from lienthong.database.address import Address
from lienthong.database.roles import _marker
from tests import births
from tests.births import AT, message, run, send
from tests.console import Console
from tests.folders import public_folder

pytestmark = [pytest.mark.server, pytest.mark.timeout(300)]
_NAMES = ("phu-luc-1", "ton-dong", "chua-co-dinh-danh", "thu-cong")


def _reach(owner: Address) -> dict[str, str]:
    url = f"postgresql://{owner.user}@/{owner.dbname}?host={quote(owner.host, safe='')}&port={owner.port}"
    secrets = Path(os.environ["LIENTHONG_HOME"]) / "keys.json"
    return {"LIENTHONG_DATABASE_URL": url, "LIENTHONG_SECRET_FILE": str(secrets)}


def test_every_counted_form_is_made_as_it_stood(committed_db: Address, tmp_path: Path) -> None:
    births.small_country()
    send(message(1), message(2, soDinhDanh=""))
    run()
    connections.close_all()
    home = public_folder()
    (home / "database.json").write_text(json.dumps(_marker(committed_db)), encoding="utf-8")
    console = Console(home)
    reach = _reach(committed_db) | {"LIENTHONG_NOW": (AT + timedelta(hours=1)).isoformat()}
    days = ("--from", "2026-11-01", "--to", "2026-11-30")
    early = ("--as-of", "2026-11-19T00:00:00+07:00")
    for name in _NAMES:
        told = console.json("report", name, *days, "--out", tmp_path / "a.json", **reach)
        document = json.loads((tmp_path / "a.json").read_text(encoding="utf-8"))
        assert document["report"] == name
        assert told["rows"] == len(document.get("lines", document["rows"]))
        assert any(document["totals"].values()) == (name != "thu-cong")
        console.json("report", name, *days, "--out", tmp_path / "a.xlsx", **reach)
        assert (tmp_path / "a.xlsx").read_bytes()[:2] == b"PK"
    console.json("report", _NAMES[0], *days, *early, "--out", tmp_path / "b.json", **reach)
    nothing = json.loads((tmp_path / "b.json").read_text(encoding="utf-8"))
    assert not any(nothing["totals"].values())
    for early in ("0001-01-01T00:00:00+14:00", "1999-12-31T00:00:00+07:00"):
        assert "E-INSTANT" in console.refused(
            "report", _NAMES[0], *days, "--as-of", early, "--out", tmp_path / "c.csv", **reach
        )
    for name in (*_NAMES, "sai-quy-trinh", "doi-soat"):
        assert "E-PERIOD" in console.refused(
            "report", name, *days[:3], "2100-01-01", "--out", tmp_path / "c.csv", **reach
        )
    assert "E-PLACE" in console.refused(
        "report", _NAMES[0], *days, "--within", "TE-KHONG-CO", "--out", tmp_path / "c.csv", **reach
    )
