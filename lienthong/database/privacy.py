"""What each column says about a person, from privacy.toml: for docs/privacy.md, scrubbers and their tests."""

import tomllib
from enum import StrEnum
from functools import cache
from importlib.resources import files


class Privacy(StrEnum):
    """The class of a column, the strictest first."""

    SENSITIVE = "sensitive"
    PERSONAL = "personal"
    PLAIN = "plain"


@cache
def classes() -> dict[str, dict[str, Privacy]]:
    """Table → column → class, as the file says it."""
    text = (files("lienthong.database") / "privacy.toml").read_text(encoding="utf-8")
    return {
        table: {
            column: Privacy(name) for name, columns in named.items() for column in columns.split()
        }
        for table, named in tomllib.loads(text).items()
    }
