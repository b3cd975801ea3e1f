"""The HTTP client of one upstream: one pool of connections, certificates always verified, redirects never followed."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlsplit

import httpx2

from milepost.upstreams.exchange import LIMITS, ExchangeLimits


def upstream_client(
    base_url: str,
    user_agent: str,
    headers: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
    limits: ExchangeLimits = LIMITS,
) -> httpx2.AsyncClient:
    """A client for the API at `base_url`; `headers` and `parameters` go with each request. To be closed by the caller.

    Answers are asked for uncompressed, so that their size is what comes. A proxy from the environment is used for
    `https` alone: plain `http` is for loopback, and no credential is to leave it.
    """
    return httpx2.AsyncClient(
        base_url=base_url,
        headers={
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": user_agent,
            **(headers or {}),
        },
        params=dict(parameters or {}),
        timeout=httpx2.Timeout(limits.total_seconds, connect=limits.connect_seconds),
        limits=httpx2.Limits(max_connections=limits.connections, max_keepalive_connections=limits.connections),
        follow_redirects=False,
        trust_env=urlsplit(base_url).scheme == "https",
    )
