"""One-time codes (mã xác nhận): six figures to the telephone or mailbox on file, by which a family opens its child's data.

The code stands nowhere: it is worked out from the notice's own nonce when the letter is sent, and the database keeps its
hash. Three an hour for one child, ten minutes, five tries.
"""

import hashlib
import hmac
import uuid
from datetime import datetime, timedelta
from typing import Final

from django.conf import settings
from django.db import connection

from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor
from lienthong.notices.actions import News, tell

KIND: Final = "PASSCODE"
LIVES: Final = timedelta(minutes=10)
_FIGURES = 6
_MAKE = "SELECT notices_passcode_make(%s, %s, %s)"
_OPEN = "SELECT notices_passcode_open(%s, %s)"


def code_of(nonce: str) -> str:
    """The six figures that belong to a nonce."""
    digest = hmac.digest(settings.KEYRING.secret("blind"), b"passcode:" + nonce.encode(), "sha256")
    return f"{int.from_bytes(digest[:8]) % 10**_FIGURES:0{_FIGURES}}"


def send(person_id: int, *, by: Actor, at: datetime) -> uuid.UUID:
    """Send a code to the family's addresses on file; what its opening is asked with.

    Answers alike whether there is an address, and whether one more may be sent this hour: the caller learns neither.
    """
    nonce = uuid.uuid4()
    said = f"{nonce}|{code_of(str(nonce))}"
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_MAKE, [person_id, nonce, hashlib.sha256(said.encode()).digest()])
        if cursor.fetchone()[0]:
            news = News(KIND, str(nonce), ("person", person_id), 0, {"code": str(nonce)})
            tell([news], by=by, at=at)
    return nonce


def opens(nonce: uuid.UUID, code: str) -> bool:
    """True for the right code, once. One statement."""
    with connection.cursor() as cursor:
        cursor.execute(_OPEN, [nonce, "".join(code.split())[:_FIGURES]])
        return bool(cursor.fetchone()[0])
