"""The console script as people run it: a process of its own, an installation of its own, what it said and how it ended."""

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

NOW = "2026-11-24T09:00:00+07:00"


@dataclass(frozen=True, slots=True)
class Said:
    """One finished command."""

    code: int
    out: str
    told: str

    @property
    def document(self) -> Any:
        """Standard output, which is one JSON document and nothing else."""
        assert self.out.count("\n") == 1, self.out
        return json.loads(self.out)


@dataclass(frozen=True, slots=True)
class Console:
    """Runs commands on one data folder."""

    home: Path

    def __call__(self, *arguments: object, **variables: str) -> Said:
        """Run `lienthong` with these arguments to its end."""
        kept = {k: v for k, v in os.environ.items() if not k.startswith("LIENTHONG_")}
        done = subprocess.run(
            [sys.executable, "-m", "lienthong.cli", *(str(each) for each in arguments)],
            env=kept | {"LIENTHONG_HOME": str(self.home), "LIENTHONG_NOW": NOW} | variables,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert "Traceback" not in done.stderr, done.stderr
        return Said(done.returncode, done.stdout, done.stderr)

    def json(self, *arguments: object, **variables: str) -> Any:
        """The document that the command prints with `--json`; it must end well."""
        said = self(*arguments, "--json", **variables)
        assert said.code == 0, said.told
        return said.document

    def refused(self, *arguments: object, **variables: str) -> str:
        """The sentence with which the command refuses (1): on standard error, nothing on standard output."""
        said = self(*arguments, "--json", **variables)
        assert (said.code, said.out) == (1, ""), said
        return said.told.strip()
