"""`/api/docs`: the OpenAPI document as a page that people read. Served by ourselves, without a script."""

import json
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from lienthong.web.api.openapi import Document, document
from lienthong.web.api.openapi_operation import FORM

_KINDS_VI = {
    "string": "chữ",
    "integer": "số nguyên",
    "boolean": "đúng/sai",
    "array": "danh sách",
    "object": "đối tượng",
    "null": "trống",
}
_FORMATS_VI = {"date": "ngày YYYY-MM-DD", "date-time": "thời điểm ISO 8601", "uuid": "UUID"}
_PLACES_VI = {"query": "địa chỉ", "path": "đường dẫn", "header": "tiêu đề"}


@dataclass(frozen=True, slots=True)
class Line:
    """One field of a table: its name, what it is, whether it must be there, what it means."""

    name: str
    kind_vi: str
    is_required: bool
    text_vi: str


@dataclass(frozen=True, slots=True)
class Table:
    """Fields of one body, or the parameters of an address."""

    lines: list[Line]

    @property
    def is_told(self) -> bool:
        """True when a field has something said of it."""
        return any(line.text_vi for line in self.lines)


@dataclass(frozen=True, slots=True)
class Body:
    """A body: its media type, its fields, an example as text."""

    media_type: str
    table: Table
    example: str


@dataclass(frozen=True, slots=True)
class Answer:
    """One answer by its status."""

    status: str
    text_vi: str
    bodies: list[Body]


@dataclass(frozen=True, slots=True)
class Section:
    """One operation, ready for the page."""

    anchor: str
    method: str
    path: str
    title_vi: str
    text_vi: str
    security_vi: str
    parameters: Table
    bodies: list[Body]
    answers: list[Answer]


@require_safe
def docs(request: HttpRequest) -> HttpResponse:
    """The page, the same for everybody."""
    whole = document()
    every = [
        (operation["tags"][0], _section(whole, path, method, operation))
        for path, methods in whole["paths"].items()
        for method, operation in methods.items()
    ]
    chapters = [
        (index, tag, [section for name, section in every if name == tag["name"]])
        for index, tag in enumerate(whole["tags"])
    ]
    return render(request, "api/docs.html", {"info": whole["info"], "chapters": chapters})


def _section(whole: Document, path: str, method: str, operation: Document) -> Section:
    named = [next(iter(it)) for it in operation["security"]]
    schemes = whole["components"]["securitySchemes"]
    return Section(
        operation["operationId"],
        method.upper(),
        path,
        operation["summary"],
        operation["description"],
        " ".join(schemes[name]["description"] for name in named),
        Table([_parameter_line(whole, it) for it in operation.get("parameters", ())]),
        _bodies(whole, operation.get("requestBody", {})),
        [
            Answer(status, said["description"], _bodies(whole, said))
            for status, said in operation["responses"].items()
        ],
    )


def _parameter_line(whole: Document, parameter: Document) -> Line:
    kind = f"{_kind_vi(whole, parameter['schema'])}, trong {_PLACES_VI[parameter['in']]}"
    return Line(parameter["name"], kind, parameter["required"], parameter["description"])


def _bodies(whole: Document, holder: Document) -> list[Body]:
    return [
        Body(
            media_type,
            Table(_lines(whole, content["schema"])),
            _example(whole, content, media_type),
        )
        for media_type, content in holder.get("content", {}).items()
    ]


def _lines(whole: Document, schema: Document) -> list[Line]:
    plain = _plain(whole, schema)
    required = plain.get("required", ())
    return [
        Line(name, _kind_vi(whole, it), name in required, it.get("description", ""))
        for name, it in plain.get("properties", {}).items()
    ]


def _plain(whole: Document, schema: Document) -> Document:
    """The schema itself where it is a reference; the part that is not null where it may be null."""
    if "$ref" in schema:
        name = schema["$ref"].rpartition("/")[2]
        return {**whole["components"]["schemas"][name], **_besides(schema)}
    if "anyOf" in schema:
        parts = [it for it in schema["anyOf"] if it.get("type") != "null"]
        return {**_plain(whole, parts[0]), **_besides(schema)} if len(parts) == 1 else schema
    return schema


def _besides(schema: Document) -> Document:
    return {key: value for key, value in schema.items() if key not in {"$ref", "anyOf"}}


def _kind_vi(whole: Document, schema: Document) -> str:
    plain = _plain(whole, schema)
    if "const" in plain:
        return f"«{plain['const']}»"
    if "enum" in plain:
        return ", ".join(str(it) for it in plain["enum"])
    kinds = plain.get("type", "object")
    told = [
        _FORMATS_VI.get(plain.get("format", ""), _KINDS_VI[it]) if it == "string" else _KINDS_VI[it]
        for it in ([kinds] if isinstance(kinds, str) else kinds)
    ]
    if any(it.get("type") == "null" for it in schema.get("anyOf", ())):
        told.append(_KINDS_VI["null"])
    return " hoặc ".join(told)


def _example(whole: Document, content: Document, media_type: str) -> str:
    """The example as it goes over the wire: a form line by line, JSON with indents; '' without one."""
    example: Any = content.get("example")
    if example is None:
        given = {
            name: _plain(whole, it)["examples"][0]
            for name, it in _plain(whole, content["schema"]).get("properties", {}).items()
            if _plain(whole, it).get("examples")
        }
        example = given or None
    if media_type == FORM and example is not None:
        return "\n".join(f"{name}={value}" for name, value in example.items())
    return "" if example is None else json.dumps(example, ensure_ascii=False, indent=2)
