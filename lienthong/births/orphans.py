"""Cancellations of births that were never sent: remarked after ninety days, for the reconciliation with the ministry.

Changes no child and no card. A create that comes after all is settled as ever (`settle`).
"""

from datetime import datetime, timedelta
from typing import Final

from django.db import connection

from lienthong.database.scope import acting
from lienthong.kernel.actor import Actor

WAIT: Final = timedelta(days=90)
_REMARK = """
    UPDATE births_message AS cancel SET warnings = cancel.warnings || 'W-ORPHAN-CANCEL'::text
    WHERE cancel.kind = 'cancel' AND cancel.state = 'applied' AND cancel.received_at <= %s
      AND 'W-ORPHAN-CANCEL' <> ALL (cancel.warnings)
      AND NOT EXISTS (SELECT FROM births_birth AS birth WHERE birth.registration_id = cancel.registration_id)
"""


def remark(*, by: Actor, at: datetime) -> int:
    """Remark every cancellation that has waited ninety days for its birth; how many were new. One statement."""
    with acting(by, at=at), connection.cursor() as cursor:
        cursor.execute(_REMARK, [at - WAIT])
        return int(cursor.rowcount)
