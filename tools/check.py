"""`make check`: every check that needs no database, each with its time; all are run, then the failed ones named."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = ROOT / ".venv" / "bin"
SOURCES = ("lienthong", "tests", "tools")
PROSE = ("README.md", "CONTRIBUTING.md", "CHANGELOG.md", "docs", *SOURCES)
CHECKS: dict[str, list[str]] = {
    "format": ["ruff", "format", "--check", "--quiet", *SOURCES],
    "lint": ["ruff", "check", "--quiet", *SOURCES],
    "types": ["mypy"],
    "floors": ["lint-imports", "--no-cache"],
    "spelling": ["codespell", *PROSE],
    "generated pages": ["python", "tools/docs.py", "--check"],
    "migrations": [
        "python", "-W", "ignore::RuntimeWarning", "-m", "django", "makemigrations",
        "--check", "--dry-run", "--settings", "lienthong.config.settings",
    ],
}  # fmt: skip


def main() -> int:
    """1 when a check failed."""
    failed = [name for name, command in CHECKS.items() if not passes(name, command)]
    print(f"make check: {'failed: ' + ', '.join(failed) if failed else 'all good'}", flush=True)
    return 1 if failed else 0


def passes(name: str, command: list[str]) -> bool:
    """Run one check; its output is shown only when it fails."""
    started = time.monotonic()
    done = subprocess.run(
        [str(BIN / command[0]), *command[1:]],
        cwd=ROOT,
        check=False,
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
    )
    is_good = done.returncode == 0
    print(
        f"{'ok  ' if is_good else 'FAIL'} {name} ({time.monotonic() - started:.1f} s)", flush=True
    )
    if not is_good:
        print(done.stdout, flush=True)
    return is_good


if __name__ == "__main__":
    sys.exit(main())
