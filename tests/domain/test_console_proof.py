"""A batch of the ministry, its proof and the whole body from the console, checked on a machine with nothing."""

import json
import os
from pathlib import Path
from urllib.parse import quote

import pytest
from django.conf import settings
from django.db import connections

from lienthong.database.address import Address
from lienthong.database.roles import _marker
from tests import births
from tests.births import AT, body, column, message
from tests.console import Console
from tests.folders import public_folder
from tests.signed_calls import FIRST, keys_of, post
from tests.web.ministry import registered

pytestmark = [pytest.mark.server, pytest.mark.timeout(120)]
_NOBODY = "00000000-0000-4000-8000-000000000000"


def test_a_batch_is_proved_whole_with_the_body_that_the_console_hands_out(
    committed_db: Address, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(settings, "CLOCK", lambda: AT)
    births.small_country()
    ministry = registered()
    batch = b"[" + body(message(1)) + b"," + body(message(2)) + b"]"
    post(ministry, batch)
    births.run()
    (call,) = column("SELECT correlation_id::text FROM births_signature")
    connections.close_all()
    home, nowhere = public_folder(), Console(tmp_path / "none")
    (home / "database.json").write_text(json.dumps(_marker(committed_db)), encoding="utf-8")
    run, reach = Console(home), _reach(committed_db)
    pack, whole, keys = tmp_path / "proof.zip", tmp_path / "batch.json", tmp_path / "btp.json"
    run.json("births", "proof", FIRST, "--out", pack, **reach)
    told = run.json("births", "sent-body", call, "--out", whole, **reach)
    assert told == {"out": str(whole), "bytes": len(batch)}
    assert whole.read_bytes() == batch
    assert "NOT_FOUND" in run.refused("births", "sent-body", _NOBODY, "--out", whole, **reach)
    keys.write_text(json.dumps(keys_of(ministry)), encoding="utf-8")
    plain = nowhere("births", "verify-proof", pack)
    assert (plain.code, "(khóa btp-1)" in plain.out, call in plain.told) == (0, False, True)
    more = ("--sender-keys", keys, "--sent", whole)
    checked = nowhere("births", "verify-proof", pack, *more)
    assert (checked.code, "đúng ở 1 lần gửi qua mạng (khóa btp-1)" in checked.out) == (0, True)
    keys.write_text("không phải JSON", encoding="utf-8")
    assert "không đúng định dạng" in nowhere.refused("births", "verify-proof", pack, *more)


def _reach(owner: Address) -> dict[str, str]:
    url = f"postgresql://{owner.user}@/{owner.dbname}?host={quote(owner.host, safe='')}&port={owner.port}"
    secrets = Path(os.environ["LIENTHONG_HOME"]) / "keys.json"
    return {"LIENTHONG_DATABASE_URL": url, "LIENTHONG_SECRET_FILE": str(secrets)}
