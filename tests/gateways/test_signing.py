"""RFC 9421 in both directions: every byte of what is signed counts, and each bad key has its own answer."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given, settings
from hypothesis import strategies as st

from lienthong.gateways.keyring import Keyring, Purpose
from lienthong.gateways.partners import BIRTHS, Partner, Partners
from lienthong.gateways.signing import (
    Request,
    Response,
    sign_request,
    sign_response,
    verify_request,
    verify_response,
)
from lienthong.kernel.errors import Refused

_AT = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
_KEY = Ed25519PrivateKey.generate()
_DAY = timedelta(days=1)


def _partners(**changes: object) -> Partners:
    facts = {"source": "BTP", "key_id": "btp-1", "not_before": _AT - 9 * _DAY} | changes
    return Partners([Partner(public=_KEY.public_key().public_bytes_raw(), **facts)])  # type: ignore[arg-type]


def _signed(body: bytes = b'{"a":1}', created: datetime = _AT, method: str = "POST") -> Request:
    request = Request(method, "http://host/api/births", {"Content-Type": "application/json"}, body)
    return sign_request(request, key_id="btp-1", private=_KEY, created=created)


def _code(request: Request, partners: Partners, at: datetime = _AT) -> str:
    with pytest.raises(Refused) as error:
        verify_request(request, partners, at=at, door=BIRTHS)
    return error.value.code


def test_a_good_signature_names_the_sender() -> None:
    signed = verify_request(_signed(), _partners(), at=_AT, door=BIRTHS)
    assert (signed.partner.source, signed.created, signed.warnings) == ("BTP", _AT, ())


def test_a_question_without_a_body_may_be_signed_as_well() -> None:
    assert (
        verify_request(_signed(b"", method="GET"), _partners(), at=_AT, door=BIRTHS).partner.key_id
        == "btp-1"
    )


@pytest.mark.parametrize(
    ("partners", "code"),
    [
        (Partners([]), "E-SIG-KEY"),
        (_partners(revoked_at=_AT + _DAY), "E-SIG-REVOKED"),
        (_partners(not_before=_AT + _DAY), "E-SIG-EARLY"),
        (_partners(not_after=_AT), "E-SIG-EXPIRED"),
        (_partners(doors=()), "E-SENDER"),
    ],
)
def test_each_unfit_key_has_its_own_refusal(partners: Partners, code: str) -> None:
    assert _code(_signed(), partners) == code


def test_an_old_signature_is_good_while_its_key_was() -> None:
    partners = _partners(not_after=_AT + _DAY)
    signed = verify_request(_signed(), partners, at=_AT + 400 * _DAY, door=BIRTHS)
    assert signed.warnings == ("W-KEY-OLD",)


def test_a_signature_made_ahead_of_our_clock_is_bad() -> None:
    assert _code(_signed(created=_AT + timedelta(minutes=6)), _partners()) == "E-SIG-BAD"


def test_every_byte_of_the_body_counts() -> None:
    body = b'{"a":1}'
    for place in range(len(body)):
        request = _signed(body)
        request.body = body[:place] + bytes([body[place] ^ 1]) + body[place + 1 :]
        assert _code(request, _partners()) == "E-SIG-BAD", place


def test_the_signature_of_another_message_is_bad() -> None:
    request, other = _signed(b'{"a":1}'), _signed(b'{"a":2}')
    request.headers["Signature"] = other.headers["Signature"]
    assert _code(request, _partners()) == "E-SIG-BAD"


@pytest.mark.parametrize("name", ["Signature", "Signature-Input"])
def test_without_a_signature_nothing_is_read(name: str) -> None:
    request = _signed()
    del request.headers[name]
    assert _code(request, _partners()) == "E-SIG-NONE"


@pytest.mark.parametrize(
    ("part", "other"),
    [("method", "PUT"), ("url", "http://host/api/other"), ("url", "http://elsewhere/api/births")],
)
def test_method_and_address_are_covered(part: str, other: str) -> None:
    request = _signed()
    setattr(request, part, other)
    assert _code(request, _partners()) == "E-SIG-BAD"


@pytest.mark.parametrize("missing", ["content-digest", "content-type", "@method", "@target-uri"])
def test_a_signature_that_leaves_something_out_is_bad(missing: str) -> None:
    from http_message_signatures import HTTPMessageSigner, MappingKeyResolver
    from http_message_signatures.algorithms import ED25519

    full = _signed()
    request = Request(
        "POST",
        full.url,
        {name: full.headers[name] for name in ("Content-Type", "Content-Digest")},
        full.body,
    )
    covered = [
        name
        for name in ("@method", "@target-uri", "content-digest", "content-type")
        if name != missing
    ]
    HTTPMessageSigner(
        signature_algorithm=ED25519,
        key_resolver=MappingKeyResolver(public_keys={}, private_keys={"btp-1": _KEY}),
    ).sign(
        request,
        key_id="btp-1",
        created=_AT,
        covered_component_ids=covered,
        use_existing_digest=True,
    )
    assert _code(request, _partners()) == "E-SIG-BAD"


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=120), st.text(max_size=120))
def test_any_signature_headers_are_refused_and_break_nothing(
    signature: str, given_input: str
) -> None:
    request = _signed()
    request.headers |= {"Signature": signature, "Signature-Input": given_input}
    assert _code(request, _partners()) in {"E-SIG-BAD", "E-SIG-KEY"}


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_any_single_change_in_the_signature_headers_is_refused(data: st.DataObject) -> None:
    request = _signed()
    name = data.draw(st.sampled_from(["Signature", "Signature-Input", "Content-Digest"]))
    text = request.headers[name]
    start = text.index("=") + 2
    place = data.draw(st.integers(start, len(text) - 2))
    if text[place] in "= ":
        return
    request.headers[name] = text[:place] + ("A" if text[place] != "A" else "B") + text[place + 1 :]
    if name == "Signature" and place >= len(text) - 4:
        return  # the last letters of base64 carry unused bits
    assert _code(request, _partners()) in {"E-SIG-BAD", "E-SIG-KEY"}


def test_our_answers_are_signed_to_the_byte(tmp_path: Path) -> None:
    ring = Keyring.open(tmp_path / "keys.json", create=True)
    keys = ring.public_keys(Purpose.ANSWER)
    answer = sign_response(Response(202, {"Content-Type": "application/json"}, b"{}"), ring, at=_AT)
    assert verify_response(answer, keys, at=_AT)
    for changed in (
        Response(200, answer.headers, answer.body),
        Response(202, answer.headers, b"[]"),
        Response(202, answer.headers | {"Content-Type": "text/plain"}, answer.body),
    ):
        assert not verify_response(changed, keys, at=_AT)
    assert not verify_response(answer, ring.public_keys(Purpose.RECEIPT), at=_AT)
