"""Which network addresses a hospital may register: one, or a block that is not too wide. A pure function."""

from ipaddress import IPv4Network, IPv6Network, ip_network
from typing import Final

from lienthong.kernel.errors import Refused

WIDEST: Final = {4: 24, 6: 64}
"""A hospital registers at most 256 addresses of IPv4, or one network of IPv6, in one line."""
_MAPPED_BITS = 96


def network_of(text: str) -> IPv4Network | IPv6Network:
    """The block that was typed; one address is a block of one. Raises Refused (E-ADDRESS)."""
    said = text.strip()
    try:
        network = ip_network(said)
    except ValueError:
        raise _no_address(_hint(said)) from None
    network = _unmapped(network)
    widest = WIDEST[network.version]
    if network.prefixlen < widest:
        raise _no_address(
            f"Dải địa chỉ quá rộng: nhiều nhất là /{widest}. Hãy đăng ký từng địa chỉ của cơ sở."
        )
    if network.is_multicast or network.is_unspecified or network.is_link_local:
        raise _no_address("Địa chỉ này không dùng để kết nối được.")
    return network


def _unmapped(network: IPv4Network | IPv6Network) -> IPv4Network | IPv6Network:
    """An IPv4 address that was written as one of IPv6, as itself."""
    mapped = network.network_address.ipv4_mapped if isinstance(network, IPv6Network) else None
    if mapped is None or network.prefixlen < _MAPPED_BITS:
        return network
    return ip_network(f"{mapped}/{network.prefixlen - _MAPPED_BITS}")


def _hint(said: str) -> str:
    """Why it is no block, and the one that was perhaps meant."""
    try:
        meant = ip_network(said, strict=False)
    except ValueError:
        return "Hãy nhập một địa chỉ IPv4 hoặc IPv6, ví dụ 203.0.113.10 hoặc 203.0.113.0/28."
    return f"«{said}» không phải đầu dải. Có phải bạn muốn nhập {meant}?"


def _no_address(message_vi: str) -> Refused:
    return Refused(message_vi, code="E-ADDRESS", field="dia-chi")
