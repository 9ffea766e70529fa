"""A disk that is full or broken: no acknowledgement without the row, and all goes on when there is room again (INV-39)."""

import psycopg
import pytest
from django.conf import settings

from lienthong.database.address import Address
from tests.births import column
from tests.gateways.samples import AT, body
from tests.web.ministry import registered

_BREAK = """
    CREATE FUNCTION broken_disk() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN RAISE EXCEPTION 'could not extend file' USING ERRCODE = %s; END $$
"""
_AT_ONCE = "CREATE TRIGGER broken BEFORE INSERT ON births_message EXECUTE FUNCTION broken_disk()"
_AT_COMMIT = """
    CREATE CONSTRAINT TRIGGER broken AFTER INSERT ON births_message DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW EXECUTE FUNCTION broken_disk()
"""
_MEND = "DROP TRIGGER broken ON births_message"


@pytest.mark.server
@pytest.mark.rule("INV-39")
@pytest.mark.parametrize("when", [_AT_ONCE, _AT_COMMIT], ids=["at the write", "at the commit"])
@pytest.mark.parametrize("sqlstate", ["53100", "58030"], ids=["disk full", "input or output error"])
def test_nothing_is_acknowledged_that_the_disk_did_not_take(
    committed_db: Address, when: str, sqlstate: str, monkeypatch: pytest.MonkeyPatch
) -> None:

    monkeypatch.setattr(settings, "CLOCK", lambda: AT)
    ministry = registered()
    with psycopg.connect(committed_db.conninfo, autocommit=True) as owner:
        owner.execute(_BREAK.replace("%s", f"'{sqlstate}'"))
        owner.execute(when)
        refused = ministry.post(body())
        assert refused.status_code == 503, refused.content
        assert int(refused["Retry-After"]) > 0
        assert b"receipt" not in refused.content
        assert column("SELECT count(*) FROM births_message") == [0]
        owner.execute(_MEND)
    taken = ministry.post(body())
    assert taken.status_code == 202
    assert b"receipt" in taken.content
    assert column("SELECT count(*) FROM births_message") == [1]
