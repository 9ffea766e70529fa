"""Migrations are one line of named, reversible steps, and lead to the tables of the models."""

import re

import pytest
from django.apps import apps
from django.contrib.postgres.operations import AddIndexConcurrently
from django.db import migrations, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

from lienthong.database.released import RELEASED, is_new

LOADER = MigrationLoader(None)
OURS = {
    key: m for key, m in LOADER.disk_migrations.items() if m.__module__.startswith("lienthong.")
}


def test_every_app_with_tables_has_migrations() -> None:
    apps_with_tables = {
        config.label
        for config in apps.get_app_configs()
        if config.name.startswith("lienthong.") and list(config.get_models())
    }
    assert apps_with_tables - {app for app, _ in OURS} == set()


def test_migrations_of_an_app_are_one_line() -> None:
    for app in {app for app, _ in OURS}:
        assert len(LOADER.graph.leaf_nodes(app)) == 1, app
        numbers = sorted(int(name[:4]) for label, name in OURS if label == app)
        assert numbers == list(range(1, len(numbers) + 1)), app


def test_migrations_are_named_by_what_they_do() -> None:
    assert [
        name
        for _, name in OURS
        if not re.fullmatch(r"\d{4}_[a-z][a-z0-9_]+", name) or "_auto_" in name
    ] == []


def test_migrations_can_be_undone() -> None:
    one_way = [
        f"{app}.{name}: {operation.describe()}"
        for (app, name), migration in OURS.items()
        for operation in migration.operations
        if not operation.reversible
    ]
    assert one_way == []


def test_index_on_a_table_in_use_is_built_beside_the_traffic() -> None:
    """After an app's first release (0009 and before), an index locks out writers unless it is CONCURRENT."""
    last_of_first_release = 9
    locking = [
        f"{app}.{name}"
        for (app, name), migration in OURS.items()
        for operation in migration.operations
        if int(name[:4]) > last_of_first_release and type(operation) is migrations.AddIndex
    ]
    assert locking == []


_BREAKS_OLD_CODE = (
    migrations.RemoveField,
    migrations.DeleteModel,
    migrations.RenameField,
    migrations.RenameModel,
    migrations.AlterModelTable,
    migrations.AlterField,
)
_BREAKING_SQL = re.compile(
    r"DROP\s+(TABLE|COLUMN)|RENAME\s+(TO|COLUMN)|ALTER\s+COLUMN\s+\w+\s+(SET\s+DATA\s+)?TYPE|SET\s+NOT\s+NULL"
    r"|(?<!OR )TRUNCATE|LOCK\s+TABLE|DROP\s+FUNCTION(?!\s+IF\s+EXISTS\s+pg_temp)",
    re.IGNORECASE,
)


_INDEX_SQL = re.compile(
    r"CREATE\s+(?:UNIQUE\s+)?INDEX\s+(?!CONCURRENTLY)(?:IF\s+NOT\s+EXISTS\s+)?\w*\s*ON\s+(?:ONLY\s+)?(\w+)",
    re.IGNORECASE,
)


def test_release_before_is_one_that_was() -> None:
    numbers = {(app, int(name[:4])) for app, name in OURS}
    assert set(RELEASED.items()) - numbers == set()


def _since_the_release() -> dict[tuple[str, str], migrations.Migration]:
    return {key: migration for key, migration in OURS.items() if is_new(*key)}


def _made_in(migration: migrations.Migration) -> set[str]:
    made = (op for op in migration.operations if isinstance(op, migrations.CreateModel))
    return {operation.name.lower() for operation in made}


def _tables_made_in(migration: migrations.Migration) -> set[str]:
    made = (op for op in migration.operations if isinstance(op, migrations.CreateModel))
    return {op.options.get("db_table", f"{migration.app_label}_{op.name.lower()}") for op in made}


def breaks_old_code(migration: migrations.Migration, operation: object) -> bool:
    """True when code of the release before could not read or write as it did."""
    if isinstance(operation, _BREAKS_OLD_CODE):
        return getattr(operation, "model_name", "").lower() not in _made_in(migration)
    if isinstance(operation, migrations.AddField):
        is_optional = operation.field.null or operation.field.has_db_default()
        return not is_optional and operation.model_name.lower() not in _made_in(migration)
    if isinstance(operation, migrations.RunSQL):
        return bool(_BREAKING_SQL.search(str(operation.sql)))
    return False


def locks_a_table_in_use(migration: migrations.Migration, operation: object) -> bool:
    """True for what reads or rewrites a whole table under a lock: a constraint or an index on one that is there."""
    if isinstance(operation, migrations.RunSQL):
        indexed = {table.lower() for table in _INDEX_SQL.findall(str(operation.sql))}
        return bool(indexed - _tables_made_in(migration))
    locking = migrations.AddConstraint | migrations.AddIndex
    if not isinstance(operation, locking):
        return False
    is_beside = type(operation).__name__ in {"AddConstraintNotValid", "AddIndexConcurrently"}
    return not is_beside and operation.model_name.lower() not in _made_in(migration)


@pytest.mark.rule("INV-44")
def test_code_of_the_release_before_goes_on_after_each_new_migration() -> None:
    bad = [
        f"{app}.{name}: {operation.describe()}"
        for (app, name), migration in _since_the_release().items()
        for operation in migration.operations
        if breaks_old_code(migration, operation)
    ]
    assert bad == []


@pytest.mark.rule("INV-44")
def test_no_new_migration_reads_a_whole_table_under_a_lock() -> None:
    bad = [
        f"{app}.{name}: {operation.describe()}"
        for (app, name), migration in _since_the_release().items()
        for operation in migration.operations
        if locks_a_table_in_use(migration, operation)
    ]
    assert bad == []


def test_the_two_looks_see_what_they_are_for() -> None:
    empty = migrations.Migration("x", "births")
    text = models.TextField
    assert breaks_old_code(empty, migrations.RemoveField("message", "code"))
    assert breaks_old_code(empty, migrations.AddField("message", "more", text()))
    assert not breaks_old_code(empty, migrations.AddField("message", "more", text(null=True)))
    assert not breaks_old_code(empty, migrations.AddField("message", "more", text(db_default="")))
    assert breaks_old_code(empty, migrations.RunSQL("ALTER TABLE births_message DROP COLUMN code"))
    assert breaks_old_code(empty, migrations.RunSQL("ALTER TABLE x ALTER COLUMN y TYPE bigint"))
    assert not breaks_old_code(empty, migrations.RunSQL("GRANT SELECT ON x TO y"))
    index = models.Index(fields=["code"], name="message_code")
    assert locks_a_table_in_use(empty, migrations.AddIndex("message", index))
    assert not locks_a_table_in_use(empty, AddIndexConcurrently("message", index))
    assert breaks_old_code(empty, migrations.RunSQL("TRUNCATE births_message"))
    kept = "CREATE TRIGGER kept BEFORE UPDATE OR DELETE OR TRUNCATE ON births_message EXECUTE FUNCTION f()"
    assert not breaks_old_code(empty, migrations.RunSQL(kept))
    for unique in ("", "UNIQUE "):
        index_sql = f"CREATE {unique}INDEX message_code ON births_message (code)"
        assert locks_a_table_in_use(empty, migrations.RunSQL(index_sql))
    beside = "CREATE INDEX CONCURRENTLY message_code ON births_message (code)"
    assert not locks_a_table_in_use(empty, migrations.RunSQL(beside))


def test_tables_equal_the_models() -> None:
    detector = MigrationAutodetector(LOADER.project_state(), ProjectState.from_apps(apps))
    changes = detector.changes(graph=LOADER.graph)
    said = [op.describe() for found in changes.values() for m in found for op in m.operations]
    assert said == []
