"""What `verify` promises to notice: each invariant is silent over a finished world, and speaks when its promise is broken.

The breaking is done as the owner of the tables, with triggers switched off: what no program of ours can do.
"""

import hashlib
import json
import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest
from django.db import connections, transaction
from psycopg import sql

from lienthong.audit import checks, sealing
from lienthong.births import check as checking
from lienthong.births import rebuild
from lienthong.births.lists import code_lists
from lienthong.births.reading import facts_of
from lienthong.config.commands.upkeep import invariants_folder
from lienthong.database.address import Address
from lienthong.database.invariants import Breach
from lienthong.gateways.justice_types import BirthFacts
from tests import births, finished_world, postgres
from tests.births import AT, column, message, rows, send
from tests.breakings import BREAKINGS, Breaking, parameters
from tests.finished_world import LATER, id_of

pytestmark = pytest.mark.timeout(300)
FOLDERS = (invariants_folder(), checks.INVARIANTS)


@pytest.fixture(scope="module")
def world(postgres_owner: Address, template_database: str, django_db_blocker: Any) -> Iterator[str]:
    """The name of a database in which everything has happened; tests break copies of it."""
    with postgres.copy(postgres_owner, template_database) as own, django_db_blocker.unblock():
        with postgres.django_on(own):
            finished_world.make()
            connections.close_all()
        yield own.dbname


@pytest.fixture
def _copy(postgres_owner: Address, world: str, django_db_blocker: Any) -> Iterator[None]:
    with ExitStack() as stack:
        own = stack.enter_context(postgres.copy(postgres_owner, world))
        stack.enter_context(django_db_blocker.unblock())
        stack.enter_context(postgres.django_on(own))
        witnesses = sealing.witnesses()
        sealing.tell(witnesses)
        yield
        connections.close_all()
        for witness in witnesses:
            witness.path.unlink(missing_ok=True)


def _breaches() -> list[Breach]:
    on = LATER.date()
    return [*checks.verify([invariants_folder()]), *rebuild.breaches(on=on)]


@contextmanager
def _owner(*tables: str) -> Iterator[Any]:
    """The tables' owner in a transaction, with their triggers off; those of the log are on again afterwards."""
    with transaction.atomic(using="owner"), connections["owner"].cursor() as cursor:
        cursor.execute(
            "SELECT set_config('lienthong.by', 'system', true), set_config('lienthong.at', %s, true)",
            [LATER.isoformat()],
        )
        for table in tables:
            name = sql.Identifier(table)
            cursor.execute(sql.SQL("ALTER TABLE {} NO FORCE ROW LEVEL SECURITY").format(name))
            cursor.execute(sql.SQL("ALTER TABLE {} DISABLE TRIGGER USER").format(name))
        yield cursor
        if "audit_entry" in tables:
            cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
            cursor.execute("ALTER TABLE audit_entry ENABLE TRIGGER USER")


def _break(breaking: Breaking) -> set[str]:
    named = parameters()
    with _owner(*breaking.tables) as cursor:
        if breaking.constraint:
            cursor.execute(
                sql.SQL("ALTER TABLE {} DROP CONSTRAINT {}").format(
                    sql.Identifier(breaking.tables[0]), sql.Identifier(breaking.constraint)
                )
            )
        cursor.execute(breaking.statement, named)
        subjects = {str(row[0]) for row in cursor.fetchall()}
    assert subjects, "nothing was broken"
    return subjects


def _header(path: Path) -> list[str]:
    return [line.removeprefix("-- ") for line in path.read_text(encoding="utf-8").splitlines()[:2]]


INVARIANTS = {path: _header(path) for folder in FOLDERS for path in sorted(folder.glob("*.sql"))}
SENTENCES = dict(INVARIANTS.values())


@pytest.mark.usefixtures("_copy")
def test_a_finished_world_is_silent_and_has_every_state() -> None:
    states = set(column("SELECT state FROM dossiers_dossier"))
    assert states == {
        "APPROVAL_REQUESTED",
        "APPROVED",
        "PRINTED",
        "RETURNED",
        "CANCELLED",
        "REJECTED",
        "CREATE_FAILED",
        "MANUAL_REVIEW",
    }
    assert set(column("SELECT state FROM births_message")) == {
        "applied",
        "held",
        "quarantined",
        "not_entitled",
        "superseded",
    }
    statuses = {"requested", "active", "superseded", "revoked", "cancelled"}
    assert set(column("SELECT status FROM cards_card")) == statuses
    assert _breaches() == []


def test_every_invariant_is_broken_by_some_test() -> None:
    assert {name for name, _ in INVARIANTS.values()} == {each.promise for each in BREAKINGS}


@pytest.mark.parametrize("path", INVARIANTS, ids=lambda path: path.stem)
def test_every_invariant_has_a_vietnamese_sentence(path: Path) -> None:
    name, sentence = INVARIANTS[path]
    assert re.fullmatch(r"[A-Z0-9_-]+", name)
    assert sentence.endswith(".")
    assert re.search(
        "[ạảãàáâậầấẩẫăắằặẳẵóòọõỏôộổỗồốơờớợởỡéèẻẹẽêếềệểễúùụủũưựữửừứíìịỉĩýỳỷỵỹđ]", sentence
    )


@pytest.mark.usefixtures("_copy")
@pytest.mark.parametrize("breaking", BREAKINGS, ids=lambda each: f"{each.promise}: {each.what}")
def test_a_broken_promise_is_named_with_its_row(breaking: Breaking) -> None:
    subjects = _break(breaking)
    told = _breaches()
    assert {breach.name for breach in told} == {breaking.promise, *breaking.also}
    mine = [breach for breach in told if breach.name == breaking.promise]
    assert {breach.subject for breach in mine} == subjects
    assert all(breach.message_vi.startswith(SENTENCES[breaking.promise]) for breach in mine)


# ---------------------------------------------------------------- facts against the bytes they were read from


def _change_facts(facts: str, *, digest: bytes | None) -> int:
    with _owner("births_birth") as cursor:
        cursor.execute(
            "UPDATE births_birth SET facts = %s, facts_sha256 = coalesce(%s, facts_sha256)"
            " WHERE message_id = %s RETURNING id",
            [facts, digest, parameters()["approved_message"]],
        )
        return int(cursor.fetchone()[0])


def _facts() -> dict[str, Any]:
    (text,) = column(
        "SELECT facts::text FROM births_birth JOIN births_message AS message ON message.id = births_birth.message_id"
        " WHERE message.message_id = %s",
        id_of("approved"),
    )
    return dict(json.loads(text))


@pytest.mark.usefixtures("_copy")
@pytest.mark.parametrize("kind", ["facts alone", "facts and digest", "no longer facts"])
def test_changed_facts_are_told_from_the_bytes(kind: str) -> None:
    facts = _facts() | {"mother_name": "LÊ THỊ KHÁC"}
    digest = None
    if kind == "facts and digest":
        digest = facts_of(msgspec.convert(facts, BirthFacts))[1]
    if kind == "no longer facts":
        facts = facts | {"sex": "?"}
    birth = _change_facts(json.dumps(facts), digest=digest)
    told = [each for each in _breaches() if each.name == "BIRTH_FACTS"]
    assert [each.subject for each in told] == [str(birth)]
    assert id_of("approved") in told[0].message_vi


@pytest.mark.usefixtures("_copy")
def test_bytes_changed_with_their_delivery_still_do_not_give_the_facts() -> None:
    with _owner("births_message", "births_delivery") as cursor:
        cursor.execute(
            "UPDATE births_message SET body = convert_to(replace(convert_from(body, 'UTF8'), ' THỊ ', ' THẾ '), 'UTF8')"
            " WHERE message_id = %s RETURNING id, body",
            [id_of("approved")],
        )
        message_ref, body = cursor.fetchone()
        cursor.execute(
            "UPDATE births_delivery SET sha256 = %s WHERE message_ref = %s",
            [hashlib.sha256(bytes(body)).digest(), message_ref],
        )
    assert [each.name for each in _breaches()] == ["BIRTH_FACTS"]


@pytest.mark.usefixtures("_copy")
def test_a_facility_that_leaves_or_joins_the_list_changes_no_facts() -> None:
    with _owner() as cursor:
        cursor.execute("DELETE FROM catalogues_facility")
    assert "01013" not in code_lists().facilities
    assert [each for each in _breaches() if each.name == "BIRTH_FACTS"] == []


# ---------------------------------------------------------------- what the check step gives up is answered too


def test_a_message_that_breaks_the_step_is_given_up_and_answered(
    committed_db: Address, monkeypatch: pytest.MonkeyPatch
) -> None:
    births.small_country()
    send(message())

    def broken(*_: object, **__: object) -> None:
        msg = "no such thing"
        raise ValueError(msg)

    monkeypatch.setattr(checking, "judge", broken)
    for _ in range(5):
        assert column("SELECT state FROM births_message") == ["pending"]
        births.run(AT)
    assert rows("SELECT state, code FROM births_message") == [("quarantined", "E-INTERNAL")]
    sealing.seal_once(AT)
    assert checks.verify([invariants_folder()]) == []
