"""Scans: only what is a scan is kept, under a name of ours, readable by us alone; what no row names is swept."""

import io
import os
import stat
import zlib
from pathlib import Path

import pytest
from django.conf import settings
from PIL import Image

from lienthong.births import scans
from lienthong.kernel.errors import NotFound, Refused, Unavailable
from tests import births, disks
from tests.births import rows
from tests.papers import PDF, enter, picture


@pytest.fixture(autouse=True)
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "SCANS", tmp_path / "scans")
    return tmp_path / "scans"


def _bomb() -> bytes:
    """A PNG of 60,000 by 60,000 dots in a few kilobytes."""
    head = b"\x00\x00\xea\x60\x00\x00\xea\x60\x01\x00\x00\x00\x00"

    def chunk(kind: bytes, data: bytes) -> bytes:
        check = zlib.crc32(kind + data).to_bytes(4, "big")
        return len(data).to_bytes(4, "big") + kind + data + check

    rows_of_nothing = zlib.compress(bytes(1_000_000))
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", rows_of_nothing)
        + chunk(b"IEND", b"")
    )


def _big() -> bytes:
    return PDF[:-6] + bytes(scans.MOST_BYTES) + b"%%EOF\n"


def _gif() -> bytes:
    stream = io.BytesIO()
    Image.new("P", (4, 4)).save(stream, "GIF")
    return stream.getvalue()


BAD: dict[str, tuple[list[bytes], str]] = {
    "none at all": ([], "E-SCAN"),
    "empty": ([b""], "E-SCAN-KIND"),
    "a page of HTML": ([b"<!DOCTYPE html><script>1</script>"], "E-SCAN-KIND"),
    "a ZIP": ([b"PK\x03\x04" + bytes(100)], "E-SCAN-KIND"),
    "a GIF": ([_gif()], "E-SCAN-KIND"),
    "a PDF after other bytes": ([b"\n" + PDF], "E-SCAN-KIND"),
    "a PDF cut off": ([PDF[:60]], "E-SCAN-BROKEN"),
    "a PDF that runs something": (
        [PDF.replace(b"/Type/Catalog", b"/Type/Catalog/OpenAction<</S/JavaScript>>")],
        "E-SCAN-BROKEN",
    ),
    "a JPEG in name only": ([b"\xff\xd8\xff" + bytes(200)], "E-SCAN-BROKEN"),
    "a JPEG cut off": ([picture("JPEG")[:-30]], "E-SCAN-BROKEN"),
    "a PNG with wrong bytes": ([picture("PNG").replace(b"IDAT", b"IDAX")], "E-SCAN-BROKEN"),
    "a PNG of 3.6 billion dots": ([_bomb()], "E-SCAN-BROKEN"),
    "too large": ([_big()], "E-SCAN-SIZE"),
    "too many": ([PDF + bytes([n]) + b"%%EOF" for n in range(7)], "E-SCAN-COUNT"),
    "twice the same": ([PDF, PDF], "E-SCAN-TWICE"),
}


@pytest.mark.parametrize(("files", "code"), BAD.values(), ids=BAD.keys())
def test_what_is_no_scan_is_refused_and_leaves_nothing(
    files: list[bytes], code: str, folder: Path
) -> None:
    with pytest.raises(Refused) as caught:
        scans.check(files)
    assert (caught.value.code, caught.value.field) == (code, "scans")
    assert not folder.exists()


@pytest.mark.django_db
def test_kept_under_a_name_of_ours_readable_by_us_alone(db: None, folder: Path) -> None:
    births.small_country()
    files = [PDF, picture("JPEG"), picture("PNG")]
    enter(1, files=files)
    kept = rows("SELECT name, form, size, sha256 FROM births_scan ORDER BY place")
    assert [row[1] for row in kept] == ["pdf", "jpeg", "png"]
    assert sorted(path.name for path in folder.iterdir()) == sorted(row[0] for row in kept)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    for (name, _, size, digest), body in zip(kept, files, strict=True):
        assert stat.S_IMODE((folder / name).stat().st_mode) == 0o600
        assert (scans.read(name, bytes(digest)), size) == (body, len(body))


@pytest.mark.parametrize("name", ["../keys.json", "/etc/passwd", "a" * 32, "", "A" * 32])
def test_no_other_path_is_ever_read(name: str, folder: Path) -> None:
    folder.mkdir()
    (folder.parent / "keys.json").write_text("secret")
    with pytest.raises(NotFound):
        scans.read(name, b"")


def test_a_changed_file_is_not_handed_out(folder: Path) -> None:
    (kept,) = scans.keep(scans.check([PDF]))
    (folder / kept.name).write_bytes(PDF + b" ")
    with pytest.raises(NotFound):
        scans.read(kept.name, kept.sha256)


@pytest.mark.django_db
def test_what_the_disk_does_not_take_is_said_and_leaves_nothing(folder: Path) -> None:
    births.small_country()
    small, large = picture("PNG"), b"%PDF-1.7\n%" + b"x" * 200_000 + b"\n" + PDF
    with disks.no_file_over(100_000), pytest.raises(Unavailable, match="chưa ghi gì") as said:
        scans.keep(scans.check([small, large]))
    assert (said.value.code, said.value.field) == ("E-SCAN-DISK", "scans")
    assert list(folder.iterdir()) == []
    assert len(scans.keep(scans.check([small, large]))) == 2


@pytest.mark.django_db
def test_files_that_no_row_names_are_swept_after_a_day(db: None, folder: Path) -> None:
    births.small_country()
    enter(1)
    (orphan, young) = scans.keep(scans.check([picture("PNG"), picture("JPEG")]))
    (folder / "0123.part").write_bytes(b"broken off")
    before = scans.KEPT_UNNAMED_SECONDS + 60
    for path in folder.iterdir():
        if path.name != young.name:
            os.utime(path, (path.stat().st_mtime - before,) * 2)
    assert scans.sweep() == 2
    named = rows("SELECT name FROM births_scan")[0][0]
    assert sorted(path.name for path in folder.iterdir()) == sorted([named, young.name])
    assert not (folder / orphan.name).exists()
