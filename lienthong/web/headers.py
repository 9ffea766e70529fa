"""Security headers on every response, whatever made it: pages, files, errors (ASVS 5.0 3.4). Adds no behaviour."""

import logging
import secrets
import time
import uuid
from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

from lienthong.kernel import traces

_access = logging.getLogger("lienthong.web.access")
FLOOR_HEADER = "X-Lienthong-Floor"
"""A page's word to the front: how many milliseconds its answer takes at least, whatever it was. Not sent on."""
ROUTE_HEADER = "X-Lienthong-Route"
"""The page's own name for the front's figures; not sent on."""
_NONCE_BYTES = 16
_A_YEAR = 31_536_000
_FIXED = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "X-Frame-Options": "DENY",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=(), payment=(), usb=()",
}
_POLICY = (
    "default-src 'none'; script-src 'nonce-{nonce}'; style-src 'self'; font-src 'self'; img-src 'self' data:; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)


def of_bare_page() -> dict[str, str]:
    """The headers of a page that is made before any request: no script may run in it."""
    policy = _POLICY.format(nonce=secrets.token_urlsafe(_NONCE_BYTES))
    return {**_FIXED, "Content-Security-Policy": policy, "Cache-Control": "no-store"}


class SecurityHeaders:
    """Gives the request a nonce for its scripts and a request id, and the response its headers.

    Leaves behind `request.csp_nonce` and `request.request_id`. First in the list of middleware, so that answers
    of the others pass here too.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        nonce = secrets.token_urlsafe(_NONCE_BYTES)
        request.csp_nonce = nonce  # type: ignore[attr-defined]
        request.request_id = str(uuid.uuid4())  # type: ignore[attr-defined]
        began = time.monotonic()
        with traces.new(request.request_id):  # type: ignore[attr-defined]
            response = self._get_response(request)
            _note(request, response, time.monotonic() - began)
        for name, value in _FIXED.items():
            response.setdefault(name, value)
        response.setdefault("Content-Security-Policy", _POLICY.format(nonce=nonce))
        response.setdefault("Cache-Control", "no-store")
        if settings.PRODUCTION:
            response["Strict-Transport-Security"] = f"max-age={_A_YEAR}; includeSubDomains"
        return response


def _note(request: HttpRequest, response: HttpResponseBase, seconds: float) -> None:
    """One line for each page, and its name for the front: never its address, which somebody wrote."""
    found = request.resolver_match
    route = (found.url_name or "") if found is not None else ""
    response[ROUTE_HEADER] = route
    told = {"method": request.method, "route": route, "status": response.status_code}
    _access.info("web.request", extra={**told, "ms": round(seconds * 1000)})
