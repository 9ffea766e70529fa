"""Makes `.venv` from the lock: run by `make`, needs nothing but Python 3.11 and its venv.

Does nothing when the environment is that of the lock already. With --browser it also sees to chromium,
with --java to the Java of Spark.
Where a system package is missing and apt may be used, it is installed; else the message names it.
"""

import hashlib
import os
import re
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOCK = ROOT / "requirements.lock"
STAMP = VENV / "lock.sha256"
OLDEST = (3, 11)
WITHOUT_WHEEL, BUILDER = "pyspark", "setuptools"
"""The one package that has no wheel, and what builds it: of the lock, not of the network."""
JAVA, OLDEST_JAVA = "openjdk-17-jre-headless", 17
CHROMIUM = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")


def main() -> None:
    """Set up, or say what is missing and stop with 1."""
    if sys.version_info < OLDEST:
        stop(
            f"Python {'.'.join(map(str, OLDEST))} or newer is needed; this is {sys.version.split()[0]}."
        )
    if not is_ready():
        install()
    if "--browser" in sys.argv[1:]:
        ensure_chromium()
    if "--java" in sys.argv[1:]:
        ensure_java()


def fingerprint() -> str:
    """Of what the environment is made from, and where: a moved folder needs a new one."""
    parts = (LOCK.read_bytes(), (ROOT / "pyproject.toml").read_bytes(), str(VENV).encode())
    return hashlib.sha256(b"\0".join(parts)).hexdigest()


def is_ready() -> bool:
    """True when the last set-up was finished from this very lock and its Python still runs."""
    if not STAMP.is_file() or STAMP.read_text(encoding="ascii") != fingerprint():
        return False
    return subprocess.run([PYTHON, "-c", ""], check=False).returncode == 0


def install() -> None:
    """The locked versions, checked by hash, then this package itself."""
    if (
        not PYTHON.exists()
        or subprocess.run([PYTHON, "-m", "pip", "--version"], check=False, **QUIET).returncode
    ):
        make_environment()
    say("Installing the locked packages into .venv (about a minute) …")
    pip = [PYTHON, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    # The lock names every package, so pip must not look for others: it would take a newer release of one that is
    # asked for with an extra (`coverage[toml]`), and refuse it for want of a hash. `pip check` tells what is missing.
    locked = [*pip, "--no-deps", "--require-hashes", "--only-binary", ":all:"]
    builder = VENV / "builder.txt"
    builder.write_text(locked_lines(BUILDER), encoding="utf-8")
    run(*locked, "-r", builder)
    run(*locked, "--no-binary", WITHOUT_WHEEL, "--no-build-isolation", "-r", LOCK)
    run(*pip, "--no-deps", "--no-build-isolation", "--editable", ROOT)
    run(PYTHON, "-m", "pip", "check")
    STAMP.write_text(fingerprint(), encoding="ascii")


def locked_lines(name: str) -> str:
    """What the lock says of one package."""
    lines = LOCK.read_text(encoding="utf-8").splitlines()
    first = next(at for at, line in enumerate(lines) if line.startswith(f"{name}=="))
    last = next(at for at in range(first, len(lines)) if not lines[at].endswith("\\"))
    return "\n".join(lines[first : last + 1]) + "\n"


def make_environment() -> None:
    """A fresh `.venv` with pip."""
    say("Making .venv …")
    shutil.rmtree(VENV, ignore_errors=True)
    try:
        import ensurepip  # noqa: F401  Debian leaves it out of python3
    except ImportError:
        package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
        apt_install(package, why="pip cannot be put into a virtual environment")
    # A fresh process: this one may have looked for ensurepip before it was there.
    run(sys.executable, "-m", venv.__name__, VENV)


def ensure_chromium() -> None:
    """Debian's chromium, which the browser tests drive by its path; nothing else is downloaded."""
    if not any(shutil.which(name) for name in CHROMIUM):
        apt_install("chromium", why="the browser tests need it")
    if not any(shutil.which(name) for name in CHROMIUM):
        stop("chromium is still missing: install it, then run the command again.")


def ensure_java() -> None:
    """The Java that the linkage on a cluster is tested with."""
    if java_version() < OLDEST_JAVA:
        apt_install(JAVA, why="the linkage on Spark is tested with it")
    if java_version() < OLDEST_JAVA:
        stop(f"Java {OLDEST_JAVA} is still missing: install {JAVA}, then run the command again.")


def java_version() -> int:
    """The major version of the Java that Spark would start; 0 when there is none."""
    home = os.environ.get("JAVA_HOME")
    java = Path(home, "bin", "java") if home else shutil.which("java")
    if not java or not Path(java).exists():
        return 0
    said = subprocess.run([java, "-version"], check=False, capture_output=True, text=True).stderr
    found = re.search(r'version "(\d+)', said)
    return int(found[1]) if found else 0


def apt_install(package: str, *, why: str) -> None:
    """The system package, where this user may install it."""
    if shutil.which("apt-get") is None or os.geteuid() != 0:
        stop(
            f"The system package {package} is missing ({why}). Install it, for example: sudo apt-get install {package}"
        )
    say(f"Installing the system package {package} ({why}) …")
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    command = ["apt-get", "install", "--yes", "--quiet", "--no-install-recommends", package]
    subprocess.run(["apt-get", "update", "--quiet"], env=environment, check=False, **QUIET)
    if subprocess.run(command, env=environment, stdout=subprocess.DEVNULL, check=False).returncode:
        stop(
            f"apt-get could not install {package}. Install it by hand, then run the command again."
        )


QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}


def run(*command: object) -> None:
    """Run it, and stop with its exit code when it fails."""
    done = subprocess.run([str(part) for part in command], cwd=ROOT, check=False)
    if done.returncode:
        stop(f"This step failed: {' '.join(str(part) for part in command)}")


def say(text: str) -> None:
    """Progress, on standard error."""
    print(text, file=sys.stderr, flush=True)


def stop(text: str) -> None:
    """Say what is missing and end with 1."""
    say(text)
    raise SystemExit(1)


if __name__ == "__main__":
    main()
