"""The import contracts of pyproject.toml hold, name every package, and still refuse what they were made to refuse."""

import tomllib

import grimp
import pytest
from importlinter.application import use_cases
from importlinter.configuration import configure

from tests.architecture import code

PYPROJECT = code.ROOT / "pyproject.toml"
CONTRACTS = tomllib.loads(PYPROJECT.read_text(encoding="utf-8"))["tool"]["importlinter"][
    "contracts"
]
DOMAIN = (
    "audit",
    "catalogues",
    "accounts",
    "notices",
    "persons",
    "dossiers",
    "collection",
    "cards",
    "births",
    "reports",
    "oversight",
)


def test_import_contracts_hold(capsys: pytest.CaptureFixture[str]) -> None:
    configure()
    assert use_cases.lint_imports(config_filename=str(PYPROJECT), cache_dir=None), (
        capsys.readouterr().out
    )


def test_every_package_has_a_floor() -> None:
    (floors,) = [c for c in CONTRACTS if c["type"] == "layers"]
    named = " ".join(floors["layers"])
    packages = {p.parent.name for p in code.PACKAGE.glob("*/__init__.py")}
    assert [name for name in packages if f"lienthong.{name}" not in named] == []


def test_every_app_with_tables_protects_them() -> None:
    protected = {
        module for c in CONTRACTS if c["type"] == "protected" for module in c["protected_modules"]
    }
    tables = {f"lienthong.{p.parent.name}.models" for p in code.PACKAGE.glob("*/models.py")}
    assert tables - protected - {"lienthong.database.models"} == set()


def test_each_app_says_what_it_is_for() -> None:
    for app in DOMAIN:
        module = code.tree(code.PACKAGE / app / "__init__.py")
        assert len(module.body) == 1, f"{app}/__init__.py holds a docstring and nothing else"


def test_pages_ask_other_systems_only_through_the_worker() -> None:
    graph = grimp.build_graph("lienthong")
    callers = graph.find_modules_that_directly_import("lienthong.gateways.http")
    allowed = (
        "lienthong.gateways.",
        "lienthong.worker.",
        "lienthong.simulation.",
        "lienthong.config.",
    )
    assert [name for name in callers if not name.startswith(allowed)] == []
