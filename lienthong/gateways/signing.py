"""Signs and checks HTTP messages: RFC 9421 signatures, RFC 9530 digests, Ed25519, in both directions.

Checked over the raw bytes, before anything is parsed. A repeated message is harmless (INV-05), so an old signature
is good as long as its key was when it signed. What was signed is handed out line by line (`SignatureText`), so that it
can be checked again when the request is long gone. Not for receipts and seals: those sign their own bytes (`keyring`).
"""

import base64
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSigner,
    HTTPMessageVerifier,
    HTTPSignatureComponentResolver,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    MappingKeyResolver,
    VerifyResult,
)
from http_message_signatures.algorithms import ED25519
from http_message_signatures.exceptions import HTTPMessageSignaturesException

from lienthong.gateways.findings import sentence
from lienthong.gateways.keyring import Keyring, Purpose
from lienthong.gateways.partners import Partner, PartnerKeys
from lienthong.kernel.errors import Refused

LABEL: Final = "lienthong"
COVERED_OF_REQUEST: Final = ("@method", "@target-uri", "content-digest", "content-type")
COVERED_OF_GET: Final = ("@method", "@target-uri")
COVERED_OF_ANSWER: Final = ("@status", "content-digest", "content-type")
_WHERE = ({"@target-uri"}, {"@path", "@query"}, {"@request-target"}, {"@path"})
_OF_BODY = frozenset({"content-digest", "content-type"})
_SKEW = timedelta(minutes=5)
_BROKEN_BY_A_STRANGER = (
    HTTPMessageSignaturesException,
    ValueError,
    TypeError,
    KeyError,
    AttributeError,
    OverflowError,
    OSError,
    RecursionError,
)
"""A header is a stranger's text: whatever breaks on it is a bad signature and nothing else."""


@dataclass(slots=True)
class Request:
    """An HTTP request as it was sent: upper-case method, absolute address, headers, content before decoding."""

    method: str
    url: str
    headers: MutableMapping[str, str]
    body: bytes = b""


@dataclass(slots=True)
class Response:
    """An HTTP answer."""

    status_code: int
    headers: MutableMapping[str, str] = field(default_factory=dict)
    body: bytes = b""


@dataclass(frozen=True, slots=True)
class SignatureText:
    """A signature as it came: the text that was signed (RFC 9421 §2.5, ASCII), and the values of its two headers."""

    base: str
    signature_input: str
    signature: str


@dataclass(frozen=True, slots=True)
class Signed:
    """Who signed what and when, once the signature has been found good."""

    partner: Partner
    created: datetime
    text: SignatureText
    warnings: tuple[str, ...] = ()


class _Verifier(HTTPMessageVerifier):
    """The library's verifier, with the installation's clock in place of the machine's."""

    def __init__(
        self,
        resolver: HTTPSignatureKeyResolver,
        at: datetime,
        components: type = HTTPSignatureComponentResolver,
    ) -> None:
        super().__init__(
            signature_algorithm=ED25519,
            key_resolver=resolver,
            component_resolver_class=components,
        )
        self._at = at

    def validate_created_and_expires(
        self,
        sig_input: Any,  # noqa: ANN401 - the library's own node
        max_age: timedelta | None = None,
    ) -> None:
        """Refuse what was signed ahead of our clock, or after which the sender says it is stale."""
        del max_age
        created = self._instant(sig_input, "created")
        if created is None or created > self._at + _SKEW:
            raise InvalidSignature("created is missing or lies ahead")
        expires = self._instant(sig_input, "expires")
        if expires is not None and expires < self._at - _SKEW:
            raise InvalidSignature("the signature has expired")

    def _instant(self, sig_input: Any, name: str) -> datetime | None:  # noqa: ANN401 - the library's own node
        if name not in sig_input.params:
            return None
        seconds = sig_input.params[name]
        if type(seconds) is not int:
            raise InvalidSignature(f"{name} must be a whole number of seconds")
        return datetime.fromtimestamp(seconds, tz=UTC)


class _Resolver(HTTPSignatureKeyResolver):
    """Finds the partner's key and remembers whose it was; a refusal of ours stops before any mathematics."""

    def __init__(self, partners: PartnerKeys) -> None:
        self._partners = partners
        self.refusal = ""
        self.trouble: Exception | None = None

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        """The partner's key; None, with the reason in `refusal`, when it is unknown or revoked."""
        try:
            partner = self._partners.find(key_id)
        except Exception as trouble:
            # The library would call it a bad signature; keys that cannot be read are our own trouble.
            self.trouble = trouble
            raise
        if partner is None:
            self.refusal = "E-SIG-KEY"
            return None
        if partner.revoked_at is not None:
            self.refusal = "E-SIG-REVOKED"
            return None
        return partner.key()


@dataclass(slots=True)
class _KeptRequest:
    """What is left of a request: the two headers, and the lines of the text that was signed."""

    headers: dict[str, str]
    lines: list[str]


class _KeptComponents:
    """Answers with the lines of the kept text, where a request is no longer at hand."""

    def __init__(self, kept: _KeptRequest) -> None:
        self._lines = kept.lines

    def resolve(self, component: object) -> str:
        """The value that was signed for a covered component."""
        start = f"{component}: "
        (line,) = (each for each in self._lines if each.startswith(start))
        return line[len(start) :]


def verify_request(request: Request, partners: PartnerKeys, *, at: datetime, door: str) -> Signed:
    """Who signed the request. Raises Refused with an E-SIG or E-SENDER code (guarantees §E-2).

    The signature must cover the method, the address, and, with a body, its type and its digest. Whatever
    `partners` raises comes through as it is.
    """
    headers = {name.lower(): value for name, value in request.headers.items()}
    if not {"signature", "signature-input"} <= headers.keys():
        raise _refused("E-SIG-NONE")
    body = request.body
    result = _verified(request, partners, at, body=body, needs=_OF_BODY if body else frozenset())
    text = SignatureText(_base_of(result), headers["signature-input"], headers["signature"])
    return _signed(result, partners, text, at=at, door=door)


def verify_kept(
    text: SignatureText, partners: PartnerKeys, *, at: datetime, door: str, body: bytes | None
) -> Signed:
    """Who signed a message with a body long ago, by what was kept of it, as its door judged it at `at`.

    `body` is the content before decoding; None when it is not at hand, and then its digest is not compared. Raises
    Refused as `verify_request` does.
    """
    headers = {"Signature-Input": text.signature_input, "Signature": text.signature}
    kept = _KeptRequest(headers, text.base.split("\n"))
    result = _verified(kept, partners, at, body=body, needs=_OF_BODY)
    if _base_of(result) != text.base:
        raise _refused("E-SIG-BAD")
    return _signed(result, partners, text, at=at, door=door)


def names_digest(text: SignatureText, sha256: bytes) -> bool | None:
    """Whether what was signed names this digest of the body; None when it names none of this kind."""
    lines = [line for line in text.base.split("\n") if line.startswith('"content-digest"')]
    if not any("sha-256" in line for line in lines):
        return None
    return any(f":{base64.b64encode(sha256).decode('ascii')}:" in line for line in lines)


def _verified(
    message: Request | _KeptRequest,
    partners: PartnerKeys,
    at: datetime,
    *,
    body: bytes | None,
    needs: frozenset[str],
) -> VerifyResult:
    resolver = _Resolver(partners)
    components = HTTPSignatureComponentResolver if isinstance(message, Request) else _KeptComponents
    verifier = _Verifier(resolver, at, components)
    try:
        results: list[VerifyResult] = verifier.verify(message, max_age=None, body=body)
        _check_covered(results[0], needs)
    except _BROKEN_BY_A_STRANGER as error:
        if resolver.trouble is not None:
            raise resolver.trouble from None
        raise _refused(resolver.refusal or "E-SIG-BAD") from error
    return results[0]


def _check_covered(result: VerifyResult, needs: frozenset[str]) -> None:
    covered = {name.split(";")[0].strip('"') for name in result.covered_components}
    if "@method" not in covered or not any(where <= covered for where in _WHERE):
        raise InvalidSignature("method and address must be covered")
    if not needs <= covered:
        raise InvalidSignature("digest and type of the body must be covered")


def _base_of(result: VerifyResult) -> str:
    return "\n".join(f"{name}: {value}" for name, value in result.covered_components.items())


def _signed(
    result: VerifyResult, partners: PartnerKeys, text: SignatureText, *, at: datetime, door: str
) -> Signed:
    partner = partners.find(str(result.parameters["keyid"]))
    if partner is None:
        raise _refused("E-SIG-KEY")
    created = datetime.fromtimestamp(int(result.parameters["created"]), tz=UTC)
    warnings = _key_age(partner, created, at)
    if door not in partner.doors:
        raise _refused("E-SENDER")
    return Signed(partner, created, text, warnings)


def _key_age(partner: Partner, created: datetime, at: datetime) -> tuple[str, ...]:
    if created < partner.not_before:
        raise _refused("E-SIG-EARLY")
    if partner.not_after is None:
        return ()
    if created >= partner.not_after:
        raise _refused("E-SIG-EXPIRED")
    return ("W-KEY-OLD",) if at >= partner.not_after else ()


def sign_request(
    request: Request, *, key_id: str, private: Ed25519PrivateKey, created: datetime
) -> Request:
    """The same request, signed in place as a partner must sign it: adds Content-Digest and the two headers."""
    signer = HTTPMessageSigner(
        signature_algorithm=ED25519,
        key_resolver=MappingKeyResolver(public_keys={}, private_keys={key_id: private}),
    )
    covered = COVERED_OF_REQUEST if request.body else COVERED_OF_GET
    signer.sign(
        request,
        key_id=key_id,
        created=created,
        label=LABEL,
        covered_component_ids=covered,
        body=request.body or None,
    )
    return request


def sign_request_as_us(request: Request, keyring: Keyring, *, at: datetime) -> Request:
    """The same request, signed in place by our own answering key: what we tell another system, unasked."""
    signer = HTTPMessageSigner(signature_algorithm=ED25519)
    prepared = signer.prepare(
        request,
        key_id=keyring.active_key_id(Purpose.ANSWER, at=at),
        created=at,
        label=LABEL,
        covered_component_ids=COVERED_OF_REQUEST if request.body else COVERED_OF_GET,
        body=request.body or None,
    )
    signature = keyring.sign(Purpose.ANSWER, prepared.signature_base, at=at)
    signer.apply(request, prepared, signature.value)
    return request


def sign_response(response: Response, keyring: Keyring, *, at: datetime) -> Response:
    """The same answer, signed in place by our own answering key; covers status, type and digest of the body."""
    signer = HTTPMessageSigner(signature_algorithm=ED25519)
    prepared = signer.prepare(
        response,
        key_id=keyring.active_key_id(Purpose.ANSWER, at=at),
        created=at,
        label=LABEL,
        covered_component_ids=COVERED_OF_ANSWER,
        body=response.body,
    )
    signature = keyring.sign(Purpose.ANSWER, prepared.signature_base, at=at)
    signer.apply(response, prepared, signature.value)
    return response


def verify_response(response: Response, public_keys: Mapping[str, bytes], *, at: datetime) -> bool:
    """True when one of the keys (id → 32 raw bytes) signed exactly this answer; never raises."""
    keys = {name: Ed25519PublicKey.from_public_bytes(raw) for name, raw in public_keys.items()}
    verifier = _Verifier(MappingKeyResolver(public_keys=keys, private_keys={}), at)
    try:
        verifier.verify(
            response, max_age=None, body=response.body, require_components=COVERED_OF_ANSWER
        )
    except _BROKEN_BY_A_STRANGER:
        return False
    return True


def _refused(code: str) -> Refused:
    return Refused(sentence(code), code=code, field="Signature")
