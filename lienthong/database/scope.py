"""Who acts in this transaction and whose rows it may see: the only door to a write.

The settings are local to the transaction. Triggers of the business tables refuse a write without
`lienthong.by`; row-level security reads `lienthong.token` (see the `authz` schema).
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime

from django.db import connection, transaction

from lienthong.kernel import traces
from lienthong.kernel.actor import Actor

_SETTINGS = """
    SELECT set_config('lienthong.by', %s, true),
           set_config('lienthong.at', %s, true),
           set_config('lienthong.token', %s, true),
           set_config('lienthong.account', %s, true),
           set_config('lienthong.trace', %s, true)
"""


@contextmanager
def acting(by: Actor, *, at: datetime) -> Iterator[None]:
    """One transaction in the name of `by`, decided at the instant `at`.

    Inside another `acting` it is a savepoint of the same transaction.
    """
    if at.tzinfo is None:
        msg = "an instant needs a time zone"
        raise ValueError(msg)
    with transaction.atomic(), connection.cursor() as cursor:
        values = [by.label, at.isoformat(), by.token, str(by.account_id), traces.current()]
        cursor.execute(_SETTINGS, values)
        yield
