"""The files an operator installs: units that name commands we have, hardened, and an image that runs as nobody in particular."""

import importlib.util
import json
import re
import shlex
from collections import defaultdict
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import click
import pytest

from lienthong.cli import root
from lienthong.config.environment import read
from tests.architecture import code

DEPLOY = code.ROOT / "deploy"
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
TIMERS = sorted((DEPLOY / "systemd").glob("*.timer"))
KNOWN = {
    "Unit": "Description After Wants Requires StartLimitIntervalSec",
    "Service": """
        Type User Group Environment EnvironmentFile WorkingDirectory ExecStart Restart RestartSec TimeoutStopSec
        TimeoutStartSec KillSignal KillMode LimitNOFILE MemoryMax Nice IOSchedulingClass ReadWritePaths NoNewPrivileges
        ProtectSystem ProtectHome PrivateTmp PrivateDevices ProtectKernelTunables ProtectKernelModules ProtectKernelLogs
        ProtectControlGroups ProtectClock ProtectHostname ProtectProc RestrictNamespaces RestrictRealtime RestrictSUIDSGID
        LockPersonality OOMPolicy OOMScoreAdjust SystemCallArchitectures SystemCallFilter CapabilityBoundingSet RestrictAddressFamilies UMask
        StateDirectory StateDirectoryMode
    """,
    "Install": "WantedBy",
    "Timer": "OnCalendar RandomizedDelaySec AccuracySec Persistent",
}
"""Every key that systemd.unit(5), .service(5), .exec(5) and .timer(5) give to our files; a typing error is none of them."""
HARDENED = {
    "NoNewPrivileges": "yes",
    "ProtectSystem": "strict",
    "ProtectHome": "yes",
    "PrivateTmp": "yes",
    "PrivateDevices": "yes",
    "RestrictSUIDSGID": "yes",
    "CapabilityBoundingSet": "",
    "SystemCallFilter": "@system-service",
    "UMask": "0077",
}


def _parsed(path: Path) -> dict[str, dict[str, list[str]]]:
    sections: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    section = ""
    for line in path.read_text(encoding="utf-8").splitlines():
        if line.startswith("["):
            section = line.strip("[]")
        elif line and not line.startswith("#"):
            key, is_pair, value = line.partition("=")
            assert is_pair, line
            sections[section][key].append(value)
    return sections


@pytest.mark.parametrize("path", [*UNITS, *TIMERS], ids=lambda path: path.name)
def test_unit_has_only_keys_that_exist(path: Path) -> None:
    parsed = _parsed(path)
    wrong = [
        f"{section}.{key}"
        for section, pairs in parsed.items()
        for key in pairs
        if key not in KNOWN.get(section, "").split()
    ]
    assert wrong == []


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_unit_runs_a_command_of_ours_hardened_and_as_its_own_user(path: Path) -> None:
    service = _parsed(path)["Service"]
    (command,) = service["ExecStart"]
    program, name, *arguments = shlex.split(command)
    assert program.endswith("/bin/lienthong")
    with click.Context(root) as context:
        # Parses the options without running anything.
        root.commands[name].make_context(name, arguments, parent=context)
    assert service["User"] == ["lienthong"]
    assert {key: service[key][0] for key in HARDENED} == HARDENED


@pytest.mark.parametrize("path", TIMERS, ids=lambda path: path.name)
def test_timer_starts_a_unit_that_is_there(path: Path) -> None:
    assert path.with_suffix(".service") in UNITS
    assert _parsed(path)["Timer"]["OnCalendar"]


def test_long_running_units_are_started_again_and_stopped_gently() -> None:
    for name in ("lienthong-serve", "lienthong-work"):
        service = _parsed(DEPLOY / "systemd" / f"{name}.service")["Service"]
        assert (service["Restart"], service["KillSignal"]) == (["always"], ["SIGTERM"])
        assert int(service["TimeoutStopSec"][0]) >= 30


def test_database_has_a_unit_of_its_own_that_starts_first_and_stops_last() -> None:
    """PostgreSQL in the unit of a worker would be killed with each restart of the worker, and counted to its memory."""
    own = _parsed(DEPLOY / "systemd" / "lienthong-database.service")["Service"]
    assert (own["Type"], own["KillMode"], own["OOMPolicy"]) == (["notify"], ["mixed"], ["continue"])
    assert "MemoryMax" not in own
    others = [path for path in UNITS if path.stem != "lienthong-database"]
    assert len(others) == len(UNITS) - 1
    for path in others:
        unit = _parsed(path)["Unit"]
        assert unit["Requires"] == ["lienthong-database.service"], path.name
        assert "lienthong-database.service" in unit["After"][0].split(), path.name


def test_folders_that_the_example_names_may_be_written() -> None:
    text = (DEPLOY / "systemd" / "environment.example").read_text(encoding="utf-8")
    witness = re.findall(r"^LIENTHONG_WITNESSES=(.+)$", text, re.MULTILINE)
    for name in ("lienthong-serve", "lienthong-work"):
        service = _parsed(DEPLOY / "systemd" / f"{name}.service")["Service"]
        assert service["ReadWritePaths"] == [f"-{path}" for path in witness]


def test_settings_of_the_example_are_read() -> None:
    text = (DEPLOY / "systemd" / "environment.example").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    found = read(dict(line.split("=", 1) for line in lines))
    assert found.is_production
    assert len(found.backup_recipients) == 1
    assert len(found.metrics_readers) == 3


def test_image_is_small_in_rights() -> None:
    text = (DEPLOY / "Containerfile").read_text(encoding="utf-8")
    steps = re.findall(r"^([A-Z]+) (.+)$", text, re.MULTILINE)
    bases = [value for word, value in steps if word == "FROM"]
    assert len(bases) == 2
    assert not any("/" in value.split(" ")[0] for value in bases)
    users = [value for word, value in steps if word == "USER"]
    assert users == ["10001:10001"]
    assert "--require-hashes" in text
    assert "/health/live" in next(
        value
        for word, value in re.findall(r"^(HEALTHCHECK) ((?:.+\\\n)*.+)$", text, re.MULTILINE)
        if word
    )
    (entry,) = [value for word, value in steps if word == "ENTRYPOINT"]
    assert entry == '["lienthong"]'
    (command,) = [json.loads(value) for word, value in steps if word == "CMD"]
    with click.Context(root) as context:
        serve = root.commands["serve"].make_context("serve", command[1:], parent=context)
    # Published ports reach the container by its own address, not by its loopback.
    assert (command[0], serve.params["address"]) == ("serve", "0.0.0.0")  # noqa: S104 - of a container
    copied = [
        part
        for word, value in steps
        if word == "COPY" and "--from" not in value
        for part in value.split()[:-1]
    ]
    assert [name for name in copied if not (code.ROOT / name).exists()] == []


def _slim() -> Any:
    spec = importlib.util.spec_from_file_location("slim", DEPLOY / "slim.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_image_keeps_what_the_program_needs_and_no_tool_of_ours() -> None:
    requires = {
        "lienthong": ["psycopg[binary,pool]==3.3.9", "Rich", 'pytest==9.2.0 ; extra == "dev"'],
        "psycopg": [
            'psycopg-binary ; extra == "binary"',
            'psycopg-pool ; extra == "pool"',
            'mypy ; extra == "dev"',
        ],
        "psycopg-binary": None,
        "psycopg-pool": ["typing_extensions>=4"],
        "typing-extensions": None,
        "rich": ["pygments", 'colorama ; sys_platform == "elsewhere"'],
        "pygments": [],
    }
    tools = ("pytest", "mypy", "colorama", "pip", "hatchling")
    installed = {name: SimpleNamespace(requires=said) for name, said in requires.items()}
    installed |= {name: SimpleNamespace(requires=[]) for name in tools}
    slim = _slim()
    assert slim.needed("lienthong", installed) == set(requires)
    assert slim.normal("Typing_Extensions") == "typing-extensions"
