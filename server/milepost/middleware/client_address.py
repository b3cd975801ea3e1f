"""Who is at the other end: the peer, or whom a trusted proxy speaks for."""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from typing import TypeAlias

from starlette.types import Scope

from milepost.middleware.headers import header_values

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"
_MOST_HOPS = 20


def client_address(scope: Scope, trusted_proxies: Sequence[Network]) -> str:
    """The address of the client.

    `X-Forwarded-For` is read from the right, and only as far as the trusted proxies go: whatever stands further left was
    written by somebody who can write anything.
    """
    address = peer_address(scope)
    if not trusted_proxies or not is_trusted(address, trusted_proxies):
        return address
    forwarded = ",".join(header_values(scope, b"x-forwarded-for")).split(",")
    for hop in reversed(forwarded[-_MOST_HOPS:]):
        entry = hop.strip()
        if not _is_address(entry):
            break
        address = unmapped(entry)
        if not is_trusted(address, trusted_proxies):
            break
    return address


def peer_address(scope: Scope) -> str:
    """The address of whoever is connected, a proxy or not; empty where there is none."""
    peer = scope.get("client")
    return unmapped(peer[0]) if peer else ""


def unmapped(address: str) -> str:
    """The IPv4 address inside an IPv4-mapped IPv6 one, which a socket on `::` shows; any other text as it is.

    Mapped addresses all lie in one /64 and are on no IPv4 network, loopback's included (RFC 4291 section 2.5.5.2).
    """
    if ":" not in address:
        return address
    try:
        inner = ipaddress.IPv6Address(address).ipv4_mapped
    except ValueError:
        return address
    return address if inner is None else str(inner)


def neighbourhood(address: str) -> str:
    """What limits are counted under: an IPv4 address, or the /64 network that one IPv6 client can use up at will."""
    if ":" not in address:
        return address
    try:
        return str(ipaddress.ip_network(f"{address.partition('%')[0]}/64", strict=False))
    except ValueError:
        return address


def _is_address(text: str) -> bool:
    try:
        ipaddress.ip_address(text)
    except ValueError:
        return False
    return True


def is_trusted(address: str, networks: Sequence[Network]) -> bool:
    """Whether the address belongs to one of the networks."""
    try:
        parsed = ipaddress.ip_address(unmapped(address))
    except ValueError:
        return False
    return any(parsed in network for network in networks)
