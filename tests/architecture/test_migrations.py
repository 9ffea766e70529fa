"""Migrations are one line of named, reversible steps, and lead to the tables of the models."""

import re

from django.apps import apps
from django.db import migrations
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState

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


def test_tables_equal_the_models() -> None:
    detector = MigrationAutodetector(LOADER.project_state(), ProjectState.from_apps(apps))
    changes = detector.changes(graph=LOADER.graph)
    said = [op.describe() for found in changes.values() for m in found for op in m.operations]
    assert said == []
