"""The scan page (Kiểm tra thẻ bằng mã QR): a hospital's counter checks the QR of a card, with or without a network.

The page, the public keys and the signed revocation list are all that it needs; what is scanned never leaves the browser.
Sentences and the alphabet of names come from `cards.seal`, so that the browser says what `lienthong cards verify` says.
"""

import hashlib
from pathlib import Path
from typing import Final

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.template.loader import render_to_string
from django.urls import reverse

from lienthong.cards import publishing, seal
from lienthong.kernel.errors import Unavailable
from lienthong.web import assets
from lienthong.web.page import open_page

_SCRIPT = "text/javascript; charset=utf-8"
_BYTES = "application/octet-stream"
_POLICY = (
    "default-src 'none'; script-src 'self'; worker-src 'self'; style-src 'self'; font-src 'self'; "
    "img-src 'self' data:; media-src 'self' blob:; connect-src 'self'; form-action 'self'; base-uri 'none'; "
    "object-src 'none'; frame-ancestors 'none'"
)
_PERMISSIONS = "camera=(self), microphone=(), geolocation=(), payment=(), usb=()"
_SCRIPTS = ("scan.js", "seal.js")
_FILES = (*_SCRIPTS, "lienthong.css", "BeVietnamPro-Regular.ttf", "BeVietnamPro-SemiBold.ttf")
_DIGEST_LENGTH = 16
BOOK: Final = {
    "sentences": {str(status): sentence for status, sentence in seal.SENTENCES.items()},
    "no_list": seal.NO_LIST,
    "stale_list": seal.STALE_LIST,
    "alphabet": seal.NAME_ALPHABET,
    "titles": {
        "valid": "Thẻ còn giá trị",
        "expired": "Thẻ đã hết giá trị",
        "not_yet": "Thẻ chưa đến ngày có giá trị",
        "revoked": "Thẻ không còn dùng được",
        "forged": "Mã không đúng chữ ký",
        "unknown_key": "Chưa kiểm tra được",
        "unreadable": "Không đọc được mã",
    },
    "sexes": {"male": "Nam", "female": "Nữ", "undetermined": "Chưa xác định"},
    "keys_loaded": "khóa công khai đã tải.",
    "list_of": "Danh sách thu hồi ngày",
    "list_missing": "Chưa có danh sách thu hồi.",
    "offline": "Hiện không kết nối được với máy chủ, đang dùng bản đã tải.",
    "no_keys": "Chưa tải được khóa công khai nên chưa kiểm tra được. Hãy mở lại trang khi có mạng.",
    "camera_on": "Quét bằng máy ảnh",
    "camera_off": "Tắt máy ảnh",
    "camera_refused": "Không mở được máy ảnh. Hãy cho phép trang dùng máy ảnh, hoặc dùng máy quét cầm tay.",
    "cannot_check": (
        "Trình duyệt này chưa kiểm tra được chữ ký của thẻ. Hãy cập nhật trình duyệt, "
        "hoặc tra cứu thẻ trên cổng của cơ sở khám, chữa bệnh. Không kết luận thẻ đúng hay sai từ trang này."
    ),
}
"""What the page says; nothing of it is typed twice."""


@open_page("quet-the/", name="scan")
def scan(request: HttpRequest) -> HttpResponse:
    """The page."""
    response = render(request, "public/scan.html", {"book": BOOK})
    response["Content-Security-Policy"] = _POLICY
    response["Permissions-Policy"] = _PERMISSIONS
    return response


@open_page("quet-the/giu.js", name="scan-worker")
def scan_worker(request: HttpRequest) -> HttpResponse:
    """The service worker that keeps the page; another version whenever one of its files is another."""
    del request
    own = [reverse(name) for name in ("scan", "scan-keys", "scan-revoked")]
    files = [*own, *(assets.url_of(name) for name in _FILES)]
    page = render_to_string("public/scan.html", {"book": BOOK})
    digest = hashlib.sha256("\n".join((*files, page)).encode()).hexdigest()
    context = {"version": digest[:_DIGEST_LENGTH], "files": files, "scope": reverse("scan")}
    response = HttpResponse(
        render_to_string("public/scan_worker.js", context), content_type=_SCRIPT
    )
    response["Content-Security-Policy"] = (
        "default-src 'none'; connect-src 'self'; script-src 'self'"
    )
    return response


@open_page("quet-the/khoa.json", name="scan-keys")
def scan_keys(request: HttpRequest) -> HttpResponseBase:
    """The public keys of cards, retired ones included."""
    return _published(request, publishing.KEYS_FILE, "application/json; charset=utf-8")


@open_page("quet-the/thu-hoi.bin", name="scan-revoked")
def scan_revoked(request: HttpRequest) -> HttpResponseBase:
    """The signed list of cards that no longer count; it names nobody."""
    return _published(request, publishing.REVOKED_FILE, _BYTES)


def _published(request: HttpRequest, name: str, content_type: str) -> HttpResponse:
    try:
        body = (Path(settings.PUBLISHED) / name).read_bytes()
    except FileNotFoundError as error:
        raise Unavailable("Khóa công khai và danh sách thu hồi chưa được công bố.") from error
    tag = f'"{hashlib.sha256(body).hexdigest()}"'
    is_known = request.headers.get("If-None-Match", "") == tag
    response = (
        HttpResponse(status=304) if is_known else HttpResponse(body, content_type=content_type)
    )
    response["ETag"] = tag
    return response
