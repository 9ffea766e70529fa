"""Who did something, by name: the labels of the log as officers know each other."""

from collections.abc import Iterable

from lienthong.accounts import queries as accounts
from lienthong.web.page import Call

_OFFICER = "officer:"


def people(call: Call, labels: Iterable[str]) -> dict[str, str]:
    """Of each officer among the labels, `Phạm Thị Thu (thu-01)`, by label: for the filter `nguoi`. At most one query."""
    usernames = {it.removeprefix(_OFFICER) for it in labels if it.startswith(_OFFICER)}
    if not usernames:
        return {}
    names = accounts.names_of(usernames, call.by)
    return {f"{_OFFICER}{it}": f"{name} ({it})" for it, name in names.items() if name}
