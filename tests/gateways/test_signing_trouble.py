"""When the keys of the senders cannot be read, nobody is told that his signature is bad."""

from typing import NoReturn

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from django.db import OperationalError

from lienthong.gateways.partners import BIRTHS
from lienthong.gateways.signing import Request, sign_request, verify_request
from tests.gateways.samples import AT


class _Unreadable:
    def find(self, _key_id: str, /) -> NoReturn:
        raise OperationalError("server closed the connection unexpectedly")


def test_keys_that_cannot_be_read_are_our_trouble_and_not_a_bad_signature() -> None:
    request = Request("POST", "http://testserver/api/births", {"Content-Type": "text/xml"}, b"<a/>")
    signed = sign_request(request, key_id="k", private=Ed25519PrivateKey.generate(), created=AT)
    with pytest.raises(OperationalError):
        verify_request(signed, _Unreadable(), at=AT, door=BIRTHS)
