"""Styles, scripts and fonts: ours from `static/`, others' from installed wheels. Nothing comes from elsewhere.

Each file's address carries the hash of its bytes, so a browser keeps it for ever and never sees a stale one.
"""

import gzip
import hashlib
import mimetypes
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import reverse

_OURS = Path(__file__).parent / "static"
_TYPES = {
    ".ttf": "font/ttf",
    ".js": "text/javascript; charset=utf-8",
    ".css": "text/css; charset=utf-8",
}
_FOREVER = "public, max-age=31536000, immutable"
_HASH_LENGTH = 12
_FONT = "<<font:{name}>>"


@dataclass(frozen=True, slots=True)
class Asset:
    """One file, ready to be sent."""

    name: str
    digest: str
    body: bytes
    packed: bytes
    content_type: str


def url_of(name: str) -> str:
    """The address of the current version of a file. Raises KeyError for a file we do not have."""
    return reverse("asset", kwargs={"digest": _assets()[name].digest, "name": name})


def serve(request: HttpRequest, digest: str, name: str) -> HttpResponse:
    """The file, compressed when the browser can take it; 404 for another version."""
    asset = _assets().get(name)
    if asset is None or asset.digest != digest:
        raise Http404
    is_packed = "gzip" in request.headers.get("Accept-Encoding", "")
    response = HttpResponse(
        asset.packed if is_packed else asset.body, content_type=asset.content_type
    )
    if is_packed:
        response["Content-Encoding"] = "gzip"
    response["Vary"] = "Accept-Encoding"
    response["Cache-Control"] = _FOREVER
    return response


@cache
def _assets() -> dict[str, Asset]:
    wheel_font = files("fontpkg_be_vietnam_pro") / "files"
    fonts = {
        name: _asset(name, (wheel_font / name).read_bytes())
        for name in ("BeVietnamPro-Regular.ttf", "BeVietnamPro-SemiBold.ttf")
    }
    htmx = files("django_htmx") / "static" / "django_htmx" / "htmx-2.min.js"
    style = (_OURS / "lienthong.css").read_text(encoding="utf-8")
    for font in fonts.values():
        style = style.replace(_FONT.format(name=font.name), f"../{font.digest}/{font.name}")
    return fonts | {
        "lienthong.css": _asset("lienthong.css", style.encode()),
        **{name: _asset(name, (_OURS / name).read_bytes()) for name in ("lienthong.js", "seal.js")},
        "scan.js": _asset("scan.js", _scan_script()),
        "htmx.js": _asset("htmx.js", htmx.read_bytes()),
    }


def _scan_script() -> bytes:
    """It imports the check of seals by the address of these very bytes."""
    seal = _asset("seal.js", (_OURS / "seal.js").read_bytes())
    script = (_OURS / "scan.js").read_text(encoding="utf-8")
    return script.replace("./seal.js", f"../{seal.digest}/seal.js").encode()


def _asset(name: str, body: bytes) -> Asset:
    suffix = Path(name).suffix
    content_type = _TYPES.get(suffix) or mimetypes.guess_type(name)[0] or "application/octet-stream"
    digest = hashlib.sha256(body).hexdigest()[:_HASH_LENGTH]
    return Asset(name, digest, body, gzip.compress(body, mtime=0), content_type)
