"""The envelope of a proof (gói chứng cứ): one ZIP, the same to the byte for the same content and instant. Pure.

`manifest.json` names every other file with its SHA-256 and `manifest.sig` signs it; nothing is compressed, so that the
bytes depend on no library's version, and a reader can lay the pack out anew and compare.
"""

import base64
import hashlib
import io
import json
import zipfile
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

FORMAT = "lienthong-proof-1"
MANIFEST, SIGNATURE = "manifest.json", "manifest.sig"
SIGNATURES = "signatures.json"
"""The senders' signatures and keys; a proof of before they were kept has none."""
_FIRST_YEAR_OF_ZIP = 1980
_MODE = 0o100644 << 16


class Unreadable(ValueError):
    """These bytes are no pack; the text says why, in Vietnamese."""


def packed(files: Mapping[str, bytes], about: Mapping[str, Any], *, at: datetime) -> bytes:
    """The bytes of `manifest.json` for these files: what stands in it besides comes from `about`."""
    told = {
        "format": FORMAT,
        "made_at": at.astimezone(UTC).isoformat(),
        **about,
        "files": {name: hashlib.sha256(files[name]).hexdigest() for name in sorted(files)},
    }
    return json_bytes(told)


def statement_of(manifest: bytes) -> bytes:
    """The bytes that `manifest.sig` signs."""
    return f"lienthong-proof\n{hashlib.sha256(manifest).hexdigest()}\n".encode()


def signature_file(key_id: str, signature: bytes) -> bytes:
    """The bytes of `manifest.sig`."""
    return json_bytes({"key_id": key_id, "signature": base64.b64encode(signature).decode("ascii")})


def laid_out(members: Mapping[str, bytes], *, at: datetime) -> bytes:
    """The ZIP of these members, in the order of their names, each dated `at`."""
    local = at.astimezone(UTC)
    stamp = (max(local.year, _FIRST_YEAR_OF_ZIP), *local.timetuple()[1:6])
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(members):
            entry = zipfile.ZipInfo(name, stamp)
            entry.create_system, entry.external_attr = 3, _MODE
            archive.writestr(entry, members[name])
    return target.getvalue()


def members_of(pack: bytes) -> dict[str, bytes]:
    """Every member by name. Raises Unreadable when the bytes are no ZIP, a member is broken, or two bear one name."""
    try:
        with zipfile.ZipFile(io.BytesIO(pack)) as archive:
            names = archive.namelist()
            if len(names) != len(set(names)):
                raise Unreadable("Gói có hai tệp cùng tên.")
            return {name: _read(archive, name) for name in names}
    except Unreadable:
        raise
    # A changed byte in the frame of a ZIP may break its reader anywhere.
    except Exception as error:
        raise Unreadable("Tệp không phải gói chứng cứ, hoặc đã bị hỏng.") from error


def _read(archive: zipfile.ZipFile, name: str) -> bytes:
    try:
        return archive.read(name)
    except Exception as error:
        raise Unreadable(f"Tệp {name} trong gói đã bị hỏng.") from error


def json_bytes(told: object) -> bytes:
    """JSON with its names in order, so that the same content has the same bytes."""
    return json.dumps(told, ensure_ascii=False, indent=1, sort_keys=True).encode() + b"\n"
