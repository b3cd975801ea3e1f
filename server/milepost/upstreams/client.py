"""The HTTP client of one upstream: one pool of connections, certificates always verified, redirects never followed."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final
from urllib.parse import urlsplit

import httpx2

from milepost.upstreams.exchange import LIMITS, ExchangeLimits

_TALKATIVE: Final = (
    "httpx2",
    *(f"httpcore2.{part}" for part in ("connection", "http11", "http2", "proxy", "socks")),
)


class _Discretion(logging.Filter):
    """Keeps from every log, however it is set up, what the HTTP library tells of its work: addresses and headers."""

    def filter(self, record: logging.LogRecord) -> bool:
        return record.levelno >= logging.WARNING


_DISCRETION: Final = _Discretion()


def upstream_client(
    base_url: str,
    user_agent: str,
    headers: Mapping[str, str] | None = None,
    parameters: Mapping[str, str] | None = None,
    limits: ExchangeLimits = LIMITS,
) -> httpx2.AsyncClient:
    """A client for the API at `base_url`; `headers` and `parameters` go with each request. To be closed by the caller.

    Answers are asked for uncompressed, so that their size is what comes. A proxy from the environment is used for
    `https` alone: plain `http` is for loopback, and no credential is to leave it. Cookies aren't kept. From then on the
    library's loggers tell nothing below a warning in this process: a credential may be in the address.
    """
    for name in _TALKATIVE:
        logging.getLogger(name).addFilter(_DISCRETION)
    return httpx2.AsyncClient(
        base_url=base_url,
        headers={
            "accept": "application/json",
            "accept-encoding": "identity",
            "user-agent": user_agent,
            **(headers or {}),
        },
        params=dict(parameters or {}),
        cookies=CookieJar(DefaultCookiePolicy(allowed_domains=())),
        timeout=httpx2.Timeout(limits.total_seconds, connect=limits.connect_seconds, pool=limits.connect_seconds),
        limits=httpx2.Limits(max_connections=limits.connections, max_keepalive_connections=limits.connections),
        follow_redirects=False,
        trust_env=urlsplit(base_url).scheme == "https",
    )
