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
    peer = scope.get("client")
    address = peer[0] if peer else ""
    if not trusted_proxies or not is_trusted(address, trusted_proxies):
        return address
    forwarded = ",".join(header_values(scope, b"x-forwarded-for")).split(",")
    for hop in reversed(forwarded[-_MOST_HOPS:]):
        entry = hop.strip()
        if not _is_address(entry):
            break
        address = entry
        if not is_trusted(address, trusted_proxies):
            break
    return address


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
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return False
    return any(parsed in network for network in networks)
