"""Files in the age format (age-encryption.org/v1): written for recipients, opened by one of their identities.

Any program that knows the format opens what is written here. Who holds only a recipient can write, never read;
a changed byte is found before the piece it stands in is handed out.
"""

import base64
import hashlib
import hmac
import io
import os
import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import IO, TYPE_CHECKING, Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey, X25519PublicKey
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from lienthong.gateways import bech32
from lienthong.kernel.errors import Refused

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer
    from typing_extensions import Buffer

PIECE: Final = 64 * 1024
_TAG = 16
_VERSION = b"age-encryption.org/v1"
_LABEL = b"age-encryption.org/v1/X25519"
_RECIPIENT, _IDENTITY = "age", "age-secret-key-"
_KEY_BYTES, _FILE_KEY_BYTES, _NONCE_BYTES = 32, 16, 16
_COLUMNS = 64
_LONGEST_LINE = 4096
_MOST_STANZAS = 64


@dataclass(frozen=True, slots=True)
class Identity:
    """Whoever holds it opens the files; `str` is its one line of text, a secret."""

    private: X25519PrivateKey

    @staticmethod
    def new() -> "Identity":
        """A fresh one."""
        return Identity(X25519PrivateKey.generate())

    @staticmethod
    def read(text: str) -> "Identity":
        """The first identity in the text of an identity file. Raises Refused (E-BACKUP-IDENTITY) when there is none."""
        for line in text.splitlines():
            raw = bech32.decoded(_IDENTITY, line.strip().lower())
            if raw is not None and len(raw) == _KEY_BYTES:
                return Identity(X25519PrivateKey.from_private_bytes(raw))
        raise Refused(
            "Tệp không có khóa mở bản sao lưu (dòng AGE-SECRET-KEY-1…).", code="E-BACKUP-IDENTITY"
        )

    @property
    def recipient(self) -> str:
        """Its public side, `age1…`: with it files are written for this identity."""
        return bech32.encoded(_RECIPIENT, self.private.public_key().public_bytes_raw())

    def secret_line(self) -> str:
        """`AGE-SECRET-KEY-1…`, as the identity file holds it."""
        return bech32.encoded(_IDENTITY, self.private.private_bytes_raw()).upper()


def recipient_key(recipient: str) -> X25519PublicKey:
    """The key of `age1…`. Raises Refused (E-BACKUP-RECIPIENT) for anything else."""
    raw = bech32.decoded(_RECIPIENT, recipient.strip())
    if raw is None or len(raw) != _KEY_BYTES:
        raise Refused(
            f"«{recipient}» không phải khóa công khai dạng age1…", code="E-BACKUP-RECIPIENT"
        )
    return X25519PublicKey.from_public_bytes(raw)


class Writer(io.RawIOBase):
    """Encrypts what is written to it, for every recipient, into `sink`; `finish` writes the last piece.

    Raises Refused (E-BACKUP-RECIPIENT) without a recipient, or for a wrong one.
    """

    def __init__(self, sink: IO[bytes], recipients: Sequence[str]) -> None:
        super().__init__()
        if not recipients:
            raise Refused("Chưa có khóa công khai nào để mã hóa.", code="E-BACKUP-RECIPIENT")
        file_key = secrets.token_bytes(_FILE_KEY_BYTES)
        header = b"\n".join([_VERSION, *(_stanza(one, file_key) for one in recipients), b"---"])
        nonce = os.urandom(_NONCE_BYTES)
        sink.write(header + b" " + _plain64(_mac(file_key, header)) + b"\n" + nonce)
        self._sink = sink
        self._cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
        self._held = bytearray()
        self._number = 0
        self.is_complete = False

    def writable(self) -> bool:
        """Always."""
        return True

    def write(self, data: "Buffer", /) -> int:
        """Take all of the data."""
        taken = bytes(data)
        self._held += taken
        start = 0
        # One piece is held back: only the end tells which is the last.
        while len(self._held) - start > PIECE:
            self._put(bytes(self._held[start : start + PIECE]), is_last=False)
            start += PIECE
        del self._held[:start]
        return len(taken)

    def finish(self) -> None:
        """Write the last piece: without it a reader finds the file cut short."""
        if not self.is_complete:
            self._put(bytes(self._held), is_last=True)
            self.is_complete = True

    def _put(self, piece: bytes, *, is_last: bool) -> None:
        nonce = _piece_nonce(self._number, is_last=is_last)
        self._sink.write(self._cipher.encrypt(nonce, piece, None))
        self._number += 1


class Reader(io.RawIOBase):
    """The plain bytes of a file as a stream; raises as `read` does."""

    def __init__(self, source: IO[bytes], identity: Identity) -> None:
        super().__init__()
        self._pieces = read(source, identity)
        self._held = memoryview(b"")

    def readable(self) -> bool:
        """Always."""
        return True

    def readinto(self, buffer: "WriteableBuffer", /) -> int:
        """Fill the buffer as far as the next piece goes; 0 at the end."""
        if not self._held:
            self._held = memoryview(next(self._pieces, b""))
        target = memoryview(buffer).cast("B")
        count = min(len(target), len(self._held))
        target[:count], self._held = self._held[:count], self._held[count:]
        return count


def read(source: IO[bytes], identity: Identity) -> Iterator[bytes]:
    """The plain pieces, each proved before it is handed out.

    Raises Refused: E-BACKUP-IDENTITY when the file was written for others, E-BACKUP-BROKEN when a byte is not as written
    or the end is missing.
    """
    file_key, nonce = _opened(source, identity)
    cipher = ChaCha20Poly1305(_derived(file_key, nonce, b"payload"))
    number, held = 0, source.read(PIECE + _TAG)
    while True:
        ahead = source.read(PIECE + _TAG)
        is_last = not ahead
        try:
            piece = cipher.decrypt(_piece_nonce(number, is_last=is_last), held, None)
        except (InvalidTag, ValueError) as error:
            raise _broken() from error
        if is_last and number and not piece:
            raise _broken()
        if piece:
            yield piece
        if is_last:
            return
        number, held = number + 1, ahead


def _stanza(recipient: str, file_key: bytes) -> bytes:
    public = recipient_key(recipient)
    ephemeral = X25519PrivateKey.generate()
    share = ephemeral.public_key().public_bytes_raw()
    key = _derived(ephemeral.exchange(public), share + public.public_bytes_raw(), _LABEL)
    wrapped = _plain64(ChaCha20Poly1305(key).encrypt(bytes(12), file_key, None))
    lines = [wrapped[at : at + _COLUMNS] for at in range(0, len(wrapped) + 1, _COLUMNS)]
    return b"-> X25519 " + _plain64(share) + b"\n" + b"\n".join(lines)


def _opened(source: IO[bytes], identity: Identity) -> tuple[bytes, bytes]:
    lines = [_line(source)]
    if lines[0] != _VERSION:
        raise _broken()
    while not lines[-1].startswith(b"---"):
        if len(lines) > _MOST_STANZAS * 8:
            raise _broken()
        lines.append(_line(source))
    said = lines.pop().removeprefix(b"--- ")
    file_key = _file_key(lines, identity)
    if not hmac.compare_digest(_plain64(_mac(file_key, b"\n".join([*lines, b"---"]))), said):
        raise _broken()
    nonce = source.read(_NONCE_BYTES)
    if len(nonce) != _NONCE_BYTES:
        raise _broken()
    return file_key, nonce


def _file_key(lines: Sequence[bytes], identity: Identity) -> bytes:
    own = identity.private.public_key().public_bytes_raw()
    for place, line in enumerate(lines):
        words = line.split(b" ")
        if words[:2] != [b"->", b"X25519"] or len(words) != 3 or place + 1 >= len(lines):  # noqa: PLR2004 - its words
            continue
        share, wrapped = _raw64(words[2]), _raw64(lines[place + 1])
        if len(share) != _KEY_BYTES:
            raise _broken()
        shared = identity.private.exchange(X25519PublicKey.from_public_bytes(share))
        try:
            key = ChaCha20Poly1305(_derived(shared, share + own, _LABEL))
            return key.decrypt(bytes(12), wrapped, None)
        except InvalidTag:
            continue
    raise Refused(
        "Khóa này không mở được bản sao lưu: tệp được mã hóa cho khóa khác.",
        code="E-BACKUP-IDENTITY",
    )


def _line(source: IO[bytes]) -> bytes:
    line = source.readline(_LONGEST_LINE)
    if not line.endswith(b"\n"):
        raise _broken()
    return line[:-1]


def _piece_nonce(number: int, *, is_last: bool) -> bytes:
    return number.to_bytes(11, "big") + bytes([is_last])


def _derived(secret: bytes, salt: bytes, label: bytes) -> bytes:
    return HKDF(SHA256(), _KEY_BYTES, salt or None, label).derive(secret)


def _mac(file_key: bytes, header: bytes) -> bytes:
    return hmac.new(_derived(file_key, b"", b"header"), header, hashlib.sha256).digest()


def _plain64(raw: bytes) -> bytes:
    return base64.b64encode(raw).rstrip(b"=")


def _raw64(text: bytes) -> bytes:
    try:
        return base64.b64decode(text + b"=" * (-len(text) % 4), validate=True)
    except ValueError as error:
        raise _broken() from error


def _broken() -> Refused:
    return Refused("Tệp sao lưu bị hỏng hoặc bị sửa.", code="E-BACKUP-BROKEN")
