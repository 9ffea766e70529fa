"""The last migration of each app in the release before this one: what comes after must let that release's code go on (INV-44).

Set anew when a release is made, to the newest migrations of that release.
"""

from typing import Final

RELEASED: Final = {
    "accounts": 8,
    "audit": 1,
    "births": 15,
    "cards": 16,
    "catalogues": 6,
    "collection": 4,
    "database": 6,
    "dossiers": 10,
    "notices": 2,
    "persons": 11,
}
"""App → number. An app that is not here had no tables."""


def is_new(app: str, name: str) -> bool:
    """True for a migration that came after the release before."""
    return int(name[:4]) > RELEASED.get(app, 0)
