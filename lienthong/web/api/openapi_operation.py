"""The words in which a door describes itself for `/api/openapi.json`: chapters, operations, what goes in, what comes out.

A schema is a msgspec type that the door itself reads or writes, or, where the door has no type, JSON Schema as a dict.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final, Literal

import msgspec

Schema = dict[str, Any]
Shape = type[msgspec.Struct] | Schema
JSON: Final = "application/json"
FORM: Final = "application/x-www-form-urlencoded"
TEXT: Final[Schema] = {"type": "string"}


@dataclass(frozen=True, slots=True)
class Content:
    """A body of one media type."""

    shape: Shape
    media_type: str = JSON
    example: object = None


@dataclass(frozen=True, slots=True)
class Said:
    """One answer by its HTTP status; `headers` are those that it always has."""

    text_vi: str
    contents: tuple[Content, ...] = ()
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Parameter:
    """A part of the address or a header."""

    name: str
    text_vi: str
    where: Literal["query", "path", "header"] = "query"
    schema: Schema = field(default_factory=lambda: TEXT)
    required: bool = False


@dataclass(frozen=True, slots=True)
class Operation:
    """One method of one address. `security` names a scheme of `openapi.SCHEMES`, '' is open."""

    method: Literal["get", "post"]
    path: str
    title_vi: str
    text_vi: str
    answers: Mapping[int, Said]
    body: tuple[Content, ...] = ()
    parameters: tuple[Parameter, ...] = ()
    security: str = ""


@dataclass(frozen=True, slots=True)
class Chapter:
    """Operations that belong together."""

    name: str
    text_vi: str
    operations: tuple[Operation, ...]


def nullable(kind: str, **more: object) -> Schema:
    """A schema of that type, or null."""
    return {"type": [kind, "null"], **more}


def record(properties: Mapping[str, Schema], *, optional: frozenset[str] = frozenset()) -> Schema:
    """An object with all of these properties, but for the optional ones."""
    return {
        "type": "object",
        "properties": dict(properties),
        "required": [name for name in properties if name not in optional],
    }
