"""Scans of a paper's evidence: looked at, written under a random name, and handed out again unchanged.

A file is believed nothing: its first and last bytes must say what it is, and nothing of its name is kept. It is on disk
before the row that names it is committed; what no row names is swept later. The folder is readable by us alone.
"""

import hashlib
import io
import os
import re
import secrets
import time
import warnings
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from django.conf import settings
from django.db import connection
from PIL import Image

from lienthong.kernel.errors import NotFound, Refused, Unavailable

MOST_FILES: Final = 6
MOST_BYTES: Final = 8 * 1024 * 1024
"""Of one file."""
MOST_PIXELS: Final = 60_000_000
"""An A3 sheet at 400 dots an inch, and a half more."""
MEDIA_TYPES: Final = {"pdf": "application/pdf", "jpeg": "image/jpeg", "png": "image/png"}
SUFFIXES: Final = {"pdf": "pdf", "jpeg": "jpg", "png": "png"}
KEPT_UNNAMED_SECONDS: Final = 24 * 3600
"""A file that no row names may belong to a transaction still open: only after a day it is swept."""
_DISK_VI = (
    "Máy chủ không lưu được bản quét nên chưa ghi gì. "
    "Hãy gửi lại sau ít phút; nếu vẫn không được, hãy báo người quản trị hệ thống."
)
_NAME = re.compile(r"[0-9a-f]{32}")
_HEADERS = ((b"%PDF-", "pdf"), (b"\xff\xd8\xff", "jpeg"), (b"\x89PNG\r\n\x1a\n", "png"))
_PDF_TAIL = 2048
_PDF_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|OpenAction|AA)\b")
_NAMED = """
    SELECT name FROM births_scan WHERE name = ANY (%(names)s)
    UNION ALL SELECT name FROM births_evidence WHERE name = ANY (%(names)s)
"""


@dataclass(frozen=True, slots=True)
class Checked:
    """A file that may be kept: what it is, and its bytes."""

    form: str
    body: bytes
    sha256: bytes


@dataclass(frozen=True, slots=True)
class Kept:
    """A file on disk, under a name of our own."""

    name: str
    form: str
    size: int
    sha256: bytes


def check(files: Sequence[bytes]) -> list[Checked]:
    """The files, each known by its own bytes. Raises Refused (E-SCAN…, field `scans`) with what to do."""
    if not files:
        raise _refused("E-SCAN", "Hãy kèm bản quét giấy tờ (PDF, JPEG hoặc PNG).")
    if len(files) > MOST_FILES:
        raise _refused(
            "E-SCAN-COUNT", f"Chỉ kèm tối đa {MOST_FILES} tệp; hãy gộp các trang vào một tệp PDF."
        )
    checked = [_check_one(body, place) for place, body in enumerate(files, start=1)]
    if len({one.sha256 for one in checked}) < len(checked):
        raise _refused("E-SCAN-TWICE", "Có hai tệp giống hệt nhau. Hãy bỏ bớt một tệp.")
    return checked


def keep(files: Sequence[Checked]) -> list[Kept]:
    """Write the files; each is whole and on the disk when it is returned.

    Raises Unavailable (E-SCAN-DISK, field `scans`) when the disk does not take one; then none of them stays.
    """
    kept: list[Kept] = []
    for one in files:
        try:
            kept.append(_write(_folder(), one))
        except OSError as error:
            for each in kept:
                (settings.SCANS / each.name).unlink(missing_ok=True)
            raise Unavailable(_DISK_VI, code="E-SCAN-DISK", field="scans") from error
    return kept


def read(name: str, sha256: bytes) -> bytes:
    """The bytes of a kept file. Raises NotFound when they are not there, or are not what was kept."""
    if _NAME.fullmatch(name) is None:
        raise NotFound("Không có tệp này.")
    try:
        body = (_folder() / name).read_bytes()
    except FileNotFoundError:
        raise NotFound("Không có tệp này.") from None
    if hashlib.sha256(body).digest() != sha256:
        raise NotFound("Tệp đã bị thay đổi sau khi lưu.")
    return body


def sweep(also_named: Callable[[Collection[str]], set[str]] | None = None) -> int:
    """Delete files that are a day old and that no row names, nor `also_named` says are another's; how many."""
    oldest = time.time() - KEPT_UNNAMED_SECONDS
    old = {path.name: path for path in _folder().iterdir() if path.stat().st_mtime < oldest}
    if not old:
        return 0
    with connection.cursor() as cursor:
        cursor.execute(_NAMED, {"names": list(old)})
        named = {row[0] for row in cursor.fetchall()}
    if also_named is not None:
        named |= also_named(list(old))
    unnamed = [path for name, path in old.items() if name not in named]
    for path in unnamed:
        path.unlink(missing_ok=True)
    return len(unnamed)


def _check_one(body: bytes, place: int) -> Checked:
    if len(body) > MOST_BYTES:
        raise _refused(
            "E-SCAN-SIZE",
            f"Tệp thứ {place} lớn hơn {MOST_BYTES // 2**20} MB. Hãy quét ở độ phân giải thấp hơn.",
        )
    form = next((form for header, form in _HEADERS if body.startswith(header)), "")
    if not form:
        raise _refused("E-SCAN-KIND", f"Tệp thứ {place} không phải PDF, JPEG hoặc PNG.")
    is_whole = _is_whole_pdf(body) if form == "pdf" else _is_whole_image(body, form)
    if not is_whole:
        raise _refused(
            "E-SCAN-BROKEN", f"Tệp thứ {place} bị hỏng hoặc không phải bản quét. Hãy quét lại."
        )
    return Checked(form, body, hashlib.sha256(body).digest())


def _is_whole_pdf(body: bytes) -> bool:
    """Header, trailer and a page; nothing that acts by itself when it is opened."""
    tail = body[-_PDF_TAIL:]
    has_trailer = b"%%EOF" in tail and b"startxref" in tail
    return has_trailer and _PDF_ACTIVE.search(body) is None


def _is_whole_image(body: bytes, form: str) -> bool:
    """Of the announced kind and of a size that a page has: its header is read, its pixels are not unpacked."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            with Image.open(io.BytesIO(body), formats=[form.upper()]) as image:
                width, height = image.size
                image.verify()
    except Exception:  # noqa: BLE001 - whatever a decoder stumbles over, the file is no scan
        return False
    ends_well = b"\xff\xd9" in body[-1024:] if form == "jpeg" else b"IEND" in body[-64:]
    return ends_well and 0 < width * height <= MOST_PIXELS


def _write(folder: Path, one: Checked) -> Kept:
    name = secrets.token_hex(16)
    part, whole = folder / f"{name}.part", folder / name
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(one.body)
            stream.flush()
            os.fsync(stream.fileno())
        part.rename(whole)
        _sync(folder)
    except OSError:
        # What no row will name takes the room of what could be kept.
        part.unlink(missing_ok=True)
        whole.unlink(missing_ok=True)
        raise
    return Kept(name, one.form, len(one.body), one.sha256)


def _sync(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _folder() -> Path:
    folder: Path = settings.SCANS
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    return folder


def _refused(code: str, message_vi: str) -> Refused:
    return Refused(message_vi, code=code, field="scans")
