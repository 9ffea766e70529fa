"""The SQL texts of this folder: a file holds named queries, each after a line `-- name: …`."""

import re
from functools import cache
from importlib.resources import files
from string import Template

_NAME = re.compile(r"^-- name: (\w+)$", re.MULTILINE)


@cache
def read(file: str, package: str = __package__) -> dict[str, str]:
    """The queries of a file, by name, in its order."""
    text = files(package).joinpath(file).read_text(encoding="utf-8")
    _, *rest = _NAME.split(text)
    return dict(zip(rest[::2], (query.strip() for query in rest[1::2]), strict=True))


def filled(file: str, name: str, /, *, package: str = __package__, **values: object) -> str:
    """One query with its `$words` replaced by trusted text: names of tables, figures, expressions of the model."""
    return Template(read(file, package)[name]).substitute(
        {key: str(value) for key, value in values.items()}
    )
