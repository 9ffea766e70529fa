"""`lienthong backup`, `restore` and `keys`: sealed, checked copies; back to any second; keys parted among three holders."""

import json
import os
from datetime import datetime
from pathlib import Path

import click

from lienthong.config import clock, environment, installation, paths
from lienthong.config.commands.console import answer, json_option, say
from lienthong.database import backup as backups
from lienthong.database import restoring, server
from lienthong.database.vault import Copy, Vault
from lienthong.gateways import agefile, keyshares
from lienthong.gateways.agefile import Identity
from lienthong.kernel.dates import VIETNAM
from lienthong.kernel.errors import Refused, Unavailable

_FOLDER = click.Path(file_okay=False, path_type=Path)
_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_NEW_FILE = click.Path(dir_okay=False, path_type=Path)


class Instant(click.ParamType[datetime]):
    """An ISO instant; without a zone it is Viet Nam's."""

    name = "YYYY-MM-DDTHH:MM:SS"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> datetime:
        """The instant with its zone; a usage error otherwise."""
        try:
            at = datetime.fromisoformat(str(value))
        except ValueError:
            self.fail(f"«{value}» không phải thời điểm dạng YYYY-MM-DDTHH:MM:SS.", param, ctx)
        return at if at.tzinfo else at.replace(tzinfo=VIETNAM)


@click.command("backup")
@click.argument("folder", type=_FOLDER, metavar="DIR")
@click.option("--wal", is_flag=True, help="Chỉ nối tiếp bản gần nhất tới lúc này; chạy mỗi phút.")
@click.option("--check", "is_check", is_flag=True, help="Kiểm tra các bản đã có; không sao lưu.")
@click.option("--keep", type=click.IntRange(1, 1000), help="Chỉ giữ chừng này bản gốc mới nhất.")
@click.option("--identity", type=_FILE, help="Với --check: mở thử từng tệp bằng khóa này.")
@json_option
def backup(
    folder: Path,
    keep: int | None,
    identity: Path | None,
    *,
    wal: bool,
    is_check: bool,
    as_json: bool,
) -> None:
    """Sao lưu cơ sở dữ liệu và các tệp kèm theo vào DIR, đã mã hóa; hệ thống vẫn chạy."""
    if is_check:
        answer(_checked(installation.vault(folder), identity), as_json=as_json)
        return
    vault = _writable(folder)
    source = installation.backup_source()
    with installation.running_database():
        say("Đang sao lưu…")
        try:
            copy = (
                backups.follow(source, vault)
                if wal
                else backups.take(source, vault, keep=keep or 0)
            )
        except Unavailable as busy:
            if not wal or busy.code != "E-BACKUP-BUSY":
                raise
            # Each minute during the night's base copy, which brings the log itself: nothing has failed.
            say("Một lần sao lưu khác đang chạy và tự nối nhật ký; lần sau nối tiếp.")
            return
    _note(vault, copy)
    answer(_told(copy), as_json=as_json, text=lambda: _sentence(copy))


def _writable(folder: Path) -> Vault:
    vault = installation.vault(folder)
    for recipient in vault.recipients:
        agefile.recipient_key(recipient)
    if vault.recipients:
        return vault
    place = paths.backup_identity_file()
    if environment.current().is_production:
        raise Refused(
            "Khi vận hành thật, bản sao lưu phải được mã hóa cho một khóa cất ngoài máy này: tạo bằng lienthong keys "
            "new, rồi đặt LIENTHONG_BACKUP_RECIPIENTS=age1…",
            code="E-BACKUP-RECIPIENT",
            field="LIENTHONG_BACKUP_RECIPIENTS",
        )
    if not place.exists():
        _write_secret(place, _identity_text(Identity.new()))
        say(f"Đã tạo khóa mở bản sao lưu: {place}. Hãy cất khóa này ở nơi khác.")
    own = Identity.read(place.read_text(encoding="utf-8")).recipient
    return Vault(vault.folder, vault.secret, (own,))


def _checked(vault: Vault, identity: Path | None) -> list[dict[str, object]]:
    opener = None if identity is None else Identity.read(identity.read_text(encoding="utf-8"))
    copies = vault.copies()
    if not copies:
        raise Refused("Thư mục này không có bản sao lưu nào.", code="E-BACKUP-NONE")
    return [{**_told(copy), "checked_bytes": vault.check(copy, opener)} for copy in copies]


def _told(copy: Copy) -> dict[str, object]:
    return {
        "copy": copy.name,
        "from": copy.ended_at.isoformat(),
        "to": copy.reaches.isoformat(),
        "files": len(copy.files),
        "bytes": sum(size for _, size in copy.files.values()),
    }


def _sentence(copy: Copy) -> str:
    first, last = (at.astimezone(VIETNAM) for at in (copy.ended_at, copy.reaches))
    return f"Bản {copy.name}: phục hồi được về mọi thời điểm từ {first:%d/%m/%Y %H:%M:%S} đến {last:%d/%m/%Y %H:%M:%S}."


def _note(vault: Vault, copy: Copy) -> None:
    """Where metrics and alarms see how far the backup reaches; noted when it is whole."""
    note = {"folder": str(vault.folder), **_told(copy)}
    draft = paths.backup_note().with_suffix(".new")
    draft.write_text(json.dumps(note), encoding="utf-8")
    draft.replace(paths.backup_note())


@click.command("restore")
@click.argument(
    "folder", type=click.Path(exists=True, file_okay=False, path_type=Path), metavar="DIR"
)
@click.option("--to", type=Instant(), help="Về đúng thời điểm này; mặc định: muộn nhất có thể.")
@click.option("--identity", type=_FILE, help="Khóa mở bản sao lưu (tệp có dòng AGE-SECRET-KEY-1…).")
@click.option(
    "--replace", is_flag=True, help="Cất dữ liệu đang có sang một bên rồi thay bằng bản sao."
)
@json_option
def restore(
    folder: Path, to: datetime | None, identity: Path | None, *, replace: bool, as_json: bool
) -> None:
    """Phục hồi từ bản sao lưu trong DIR vào LIENTHONG_HOME; kiểm tra toàn bộ trước khi ghi."""
    vault = installation.vault(folder)
    chosen = environment.current()
    place = restoring.Place(chosen.home, tuple(paths.backed_up_folders()), chosen.postgres_bin)
    if place.taken and not replace:
        raise Refused(
            f"{chosen.home} đang có dữ liệu. Hãy phục hồi vào thư mục khác, hoặc thêm --replace để cất dữ liệu cũ sang "
            "một bên.",
            code="E-RESTORE-TAKEN",
        )
    opener = _identity(identity)
    copy = restoring.choose(vault.copies(), to)
    say(f"Đang kiểm tra và phục hồi bản {copy.name}…")
    with server.at_rest(chosen.home):
        last = restoring.restore(vault, copy, opener, place, to=to)
    answer(
        {**_told(copy), "restored_to": (to or copy.reaches).isoformat(), "last_change": last},
        as_json=as_json,
        text=lambda: (
            "Đã phục hồi. Việc tiếp theo: lienthong verify; xem «Thư và tin nhắn gửi đi» rồi mới cho gửi lại; "
            "sao lưu một bản gốc mới."
        ),
    )


def _identity(named: Path | None) -> Identity:
    place = named or paths.backup_identity_file()
    if not place.exists():
        raise Refused(
            "Cần khóa mở bản sao lưu: thêm --identity TỆP (tạo lại từ hai phần bằng lienthong keys join).",
            code="E-BACKUP-IDENTITY",
        )
    return Identity.read(place.read_text(encoding="utf-8"))


@click.group("keys")
def keys() -> None:
    """Khóa mở bản sao lưu, và cách chia một tệp khóa cho ba người giữ."""


@keys.command("new")
@click.option("--out", type=_NEW_FILE, required=True)
@json_option
def new(out: Path, *, as_json: bool) -> None:
    """Tạo khóa mở bản sao lưu; in khóa công khai để đặt vào LIENTHONG_BACKUP_RECIPIENTS."""
    identity = Identity.new()
    _write_secret(out, _identity_text(identity))
    answer({"recipient": identity.recipient, "file": str(out)}, as_json=as_json)


@keys.command("split")
@click.argument("file", type=_FILE)
@click.argument("folder", type=_FOLDER, metavar="DIR")
@json_option
def split(file: Path, folder: Path, *, as_json: bool) -> None:
    """Chia tệp khóa thành ba phần; hai phần bất kỳ ghép lại được, một phần không cho biết gì."""
    folder.mkdir(parents=True, exist_ok=True)
    names = []
    for number, share in enumerate(keyshares.split(file.read_bytes()), 1):
        place = folder / f"{file.name}.{number}-of-{keyshares.HOLDERS}"
        _write_secret(place, share)
        names.append(str(place))
    answer({"shares": names}, as_json=as_json)


@keys.command("join")
@click.argument("shares", type=_FILE, nargs=2)
@click.option("--out", type=_NEW_FILE, required=True)
@json_option
def join(shares: tuple[Path, Path], out: Path, *, as_json: bool) -> None:
    """Ghép hai phần thành tệp khóa như cũ."""
    secret = keyshares.join([share.read_text(encoding="utf-8") for share in shares])
    _write_secret(out, secret)
    answer({"file": str(out)}, as_json=as_json)


def _identity_text(identity: Identity) -> str:
    made = clock.now().isoformat(timespec="seconds")
    return f"# created: {made}\n# public key: {identity.recipient}\n{identity.secret_line()}\n"


def _write_secret(place: Path, secret: str | bytes) -> None:
    """Readable by its owner alone; never over a file that is there."""
    data = secret.encode() if isinstance(secret, str) else secret
    try:
        descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o400)
    except FileExistsError as error:
        raise Refused(f"{place} đã có; không ghi đè tệp khóa.", code="E-KEY-FILE") from error
    with os.fdopen(descriptor, "wb") as file:
        file.write(data)


COMMANDS = (backup, restore, keys)
