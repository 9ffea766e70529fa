"""Run while the image is built: takes away every package that the program does not need when it runs, and pip itself.

The lock names the tools of development too, byte for byte; what `pyproject.toml` asks for without an extra stays, and what that needs.
"""

import re
import subprocess
import sys
from importlib.metadata import Distribution, distributions

from packaging.requirements import Requirement

PROGRAM = "lienthong"


def normal(name: str) -> str:
    """A package's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(program: str, installed: dict[str, Distribution]) -> set[str]:
    """The names of `program` and of everything installed that it needs, directly or not, on this machine."""
    found: set[tuple[str, frozenset[str]]] = set()
    waiting = [(program, frozenset[str]())]
    while waiting:
        name, extras = waiting.pop()
        if (name, extras) in found or name not in installed:
            continue
        found.add((name, extras))
        for text in installed[name].requires or []:
            wanted = Requirement(text)
            marker = wanted.marker
            if marker is None or any(marker.evaluate({"extra": extra}) for extra in extras or {""}):
                waiting.append((normal(wanted.name), frozenset(wanted.extras)))
    return {name for name, _ in found}


def main() -> None:
    """Uninstall the rest, pip last."""
    installed = {normal(each.metadata["Name"]): each for each in distributions()}
    rest = sorted(
        set(installed) - needed(PROGRAM, installed), key=lambda name: (name == "pip", name)
    )
    if PROGRAM not in installed or not rest:
        raise SystemExit(f"{PROGRAM} is not installed here")
    uninstall = [sys.executable, "-m", "pip", "uninstall", "--yes", "--quiet"]
    subprocess.run([*uninstall, *rest], check=True)  # noqa: S603 - our own interpreter, names of packages
    print(f"{len(installed) - len(rest)} packages stay, {len(rest)} went")  # noqa: T201


if __name__ == "__main__":
    main()
