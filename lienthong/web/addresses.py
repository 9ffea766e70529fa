"""Who calls: the address of the connection, or what a proxy of ours says of whom it speaks for. Nobody else is believed."""

import ipaddress
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
_Address = ipaddress.IPv4Address | ipaddress.IPv6Address
_REMEMBERED = 4096


@dataclass(frozen=True, slots=True)
class Caller:
    """The caller's address as text, and whether he reached us, or our proxy, over TLS.

    `by_proxy` is True when what the request says of itself (`X-Forwarded-…`) was said by a proxy of ours.
    """

    address: str
    is_secure: bool
    by_proxy: bool


class Proxies:
    """The proxies of the installation: addresses and blocks of addresses, of which there may be none."""

    def __init__(self, networks: Sequence[Network]) -> None:
        self._networks = tuple(networks)
        self._address_behind = lru_cache(_REMEMBERED)(self._find_behind)

    def __bool__(self) -> bool:
        return bool(self._networks)

    def caller(self, peer: str, scheme: str, headers: Mapping[str, str]) -> Caller:
        """Who stands behind a connection from `peer`: the last address of `X-Forwarded-For` that is no proxy of ours."""
        at_peer = _parsed(peer)
        if at_peer is None or not self._knows(at_peer):
            return Caller(
                peer if at_peer is None else str(at_peer), scheme == "https", by_proxy=False
            )
        said = headers.get("x-forwarded-proto")
        is_secure = (said or scheme).strip().lower() == "https"
        forwarded = headers.get("x-forwarded-for", "")
        return Caller(self._address_behind(str(at_peer), forwarded), is_secure, by_proxy=True)

    def _find_behind(self, peer: str, forwarded: str) -> str:
        behind = peer
        for said in reversed(forwarded.split(",")):
            address = _parsed(said)
            if address is None:
                # Whoever wrote this is the last that we know of.
                return behind
            behind = str(address)
            if not self._knows(address):
                return behind
        return behind

    def _knows(self, address: _Address) -> bool:
        return any(address in network for network in self._networks)


@lru_cache(_REMEMBERED)
def _parsed(text: str) -> _Address | None:
    """The address in "1.2.3.4", "1.2.3.4:5678", "::1" or "[::1]:5678"; an IPv4 address in the form of IPv6 is one."""
    text = text.strip()
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, ipaddress.IPv6Address) else None
    return mapped or address
