"""`/api/openapi.json`: OpenAPI 3.1 of every door for other systems, put together from the doors' own descriptions.

A new door adds its `CHAPTER` here; a test compares the document with the addresses that are served.
"""

import re
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from typing import Any, Final

import msgspec
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_safe

from lienthong.web.api import (
    openapi_births,
    openapi_fhir,
    openapi_giamdinh,
    openapi_v1,
    temporary_schema,
)
from lienthong.web.api.openapi_operation import (
    JSON,
    Chapter,
    Content,
    Operation,
    Parameter,
    Said,
    Schema,
    Shape,
)

Document = dict[str, Any]

_SELF: Final = Chapter(
    "Tài liệu",
    "Mô tả các địa chỉ dành cho hệ thống khác.",
    (
        Operation(
            "get",
            "/api/openapi.json",
            "Tài liệu này, cho máy đọc",
            "OpenAPI 3.1.",
            {200: Said("Tài liệu.", (Content({"type": "object", "required": ["openapi"]}),))},
        ),
        Operation(
            "get",
            "/api/docs",
            "Tài liệu này, cho người đọc",
            "Trang HTML, không cần kịch bản (JavaScript).",
            {200: Said("Trang.", (Content({"type": "string"}, "text/html"),))},
        ),
    ),
)
CHAPTERS: Final[tuple[Chapter, ...]] = (
    openapi_v1.CHAPTER,
    temporary_schema.CHAPTER,
    openapi_fhir.CHAPTER,
    openapi_giamdinh.CHAPTER,
    openapi_births.CHAPTER,
    _SELF,
)
SCHEMES: Final[dict[str, Schema]] = {
    openapi_v1.BEARER: {
        "type": "oauth2",
        "description": "Mã truy cập mười phút của tài khoản cơ sở, dùng từ đúng địa chỉ mạng đã lấy mã.",
        "flows": {"clientCredentials": {"tokenUrl": "/api/v1/token", "scopes": {}}},
    },
    openapi_births.SIGNATURE: {
        "type": "apiKey",
        "in": "header",
        "name": "Signature",
        "description": "RFC 9421 với Content-Digest (RFC 9530), Ed25519, khóa đã đăng ký.",
    },
}
_REF: Final = "#/components/schemas/{name}"
_NOT_A_WORD = re.compile(r"[^A-Za-z0-9]+")
_INTRODUCTION_VI = (
    "Các địa chỉ dành cho hệ thống khác: cơ sở khám, chữa bệnh tra cứu thẻ BHYT, Bộ Tư pháp gửi dữ liệu khai sinh. Sự cố, "
    "hết mức hỏi hay gõ sai không bao giờ đọc thành «không có thẻ»."
)


@require_safe
def openapi_json(request: HttpRequest) -> HttpResponse:
    """The document, the same for everybody."""
    del request
    return HttpResponse(msgspec.json.encode(document()), content_type=JSON)


@cache
def document() -> Document:
    """OpenAPI 3.1 of all chapters; read it only."""
    paths: dict[str, dict[str, Any]] = {}
    for chapter in CHAPTERS:
        for operation in chapter.operations:
            paths.setdefault(operation.path, {})[operation.method] = _operation(chapter, operation)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Liên thông khai sinh – thẻ BHYT",
            "version": version("lienthong"),
            "description": _INTRODUCTION_VI,
            "license": {"name": "Apache-2.0", "identifier": "Apache-2.0"},
        },
        "servers": [{"url": "/"}],
        "tags": [{"name": chapter.name, "description": chapter.text_vi} for chapter in CHAPTERS],
        "paths": paths,
        "components": {"schemas": _components(), "securitySchemes": SCHEMES},
    }


def _components() -> dict[str, Any]:
    """The schemas of the doors' own types."""
    _, components = msgspec.json.schema_components(list(_types()), ref_template=_REF)
    return components


def _types() -> dict[type[msgspec.Struct], None]:
    return {
        shape: None
        for chapter in CHAPTERS
        for operation in chapter.operations
        for shape in _shapes(operation)
        if isinstance(shape, type)
    }


def _shapes(operation: Operation) -> Iterator[Shape]:
    for content in operation.body:
        yield content.shape
    for said in operation.answers.values():
        for content in said.contents:
            yield content.shape


def _operation(chapter: Chapter, operation: Operation) -> Document:
    words = [word for word in _NOT_A_WORD.split(operation.path) if word]
    told: Document = {
        "tags": [chapter.name],
        "operationId": "_".join([operation.method, *words]),
        "summary": operation.title_vi,
        "description": operation.text_vi,
        "responses": {str(status): _answer(said) for status, said in operation.answers.items()},
    }
    if operation.parameters:
        told["parameters"] = [_parameter(it) for it in operation.parameters]
    if operation.body:
        told["requestBody"] = {"required": True, "content": _contents(operation.body)}
    told["security"] = [{operation.security: []}] if operation.security else []
    return told


def _parameter(parameter: Parameter) -> Document:
    return {
        "name": parameter.name,
        "in": parameter.where,
        "description": parameter.text_vi,
        "required": parameter.required,
        "schema": parameter.schema,
    }


def _answer(said: Said) -> Document:
    told: Document = {"description": said.text_vi}
    if said.headers:
        told["headers"] = {
            name: {"description": text, "required": True, "schema": {"type": "string"}}
            for name, text in said.headers.items()
        }
    if said.contents:
        told["content"] = _contents(said.contents)
    return told


def _contents(contents: tuple[Content, ...]) -> Document:
    return {content.media_type: _content(content) for content in contents}


def _content(content: Content) -> Document:
    shape = content.shape
    schema = {"$ref": _REF.format(name=shape.__name__)} if isinstance(shape, type) else shape
    return {"schema": schema} | ({} if content.example is None else {"example": content.example})
