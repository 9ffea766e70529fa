"""What leaves the house so that a card can be checked anywhere: the public keys and the signed revocation list.

Written whole or not at all; whoever copies them from here needs no database.
"""

from datetime import datetime
from pathlib import Path

from django.conf import settings
from django.db import connection

from lienthong.cards.envelope import export_public_keys
from lienthong.cards.revocation import make_revocation_list

KEYS_FILE = "card-keys.json"
REVOKED_FILE = "revoked.bin"
_REVOKED = """
    SELECT code, version FROM cards_card WHERE status IN ('revoked', 'superseded') ORDER BY code, version
"""


def publish(folder: Path, *, at: datetime) -> None:
    """Write both files anew into `folder`. One statement; safe to run as often as one likes."""
    with connection.cursor() as cursor:
        cursor.execute(_REVOKED)
        entries = [(code, version) for code, version in cursor.fetchall()]
    _write(folder / KEYS_FILE, export_public_keys(settings.KEYRING).encode())
    _write(folder / REVOKED_FILE, make_revocation_list(entries, settings.KEYRING, at=at))


def _write(place: Path, content: bytes) -> None:
    place.parent.mkdir(parents=True, exist_ok=True)
    part = place.with_name(place.name + ".part")
    part.write_bytes(content)
    part.replace(place)
