"""Where metrics come from, and what is asked there."""

from __future__ import annotations

import re
from base64 import b64encode
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from milepost.domain.errors import Invalid
from milepost.domain.instant import HOUR, SECOND, parse_lifetime
from milepost.settings.backends import is_loopback

THROUGHPUT: Final = "sum by (code, status, status_code) (rate(http_requests_total{$labels}[$window]))"
RESPONSE_TIME: Final = (
    "histogram_quantile($quantile, sum by (le) (rate(http_request_duration_seconds_bucket{$labels}[$window])))"
    " or histogram_quantile($quantile, sum(rate(http_request_duration_seconds{$labels}[$window])))"
)
LONGEST_QUERY: Final = 4_096
_TENANT: Final = re.compile(r"[A-Za-z0-9!\-_.*'()|]{1,150}", re.ASCII)
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9._~:-]+)*/?")
_EXAMPLE: Final = "http://prometheus:9090 or https://mimir.example.com/prometheus"


@dataclass(frozen=True, slots=True)
class PrometheusAddress:
    """Where the query API is, without `/api/v1`."""

    base_url: str

    @property
    def name(self) -> str:
        """What messages call it: `prometheus:HOST`."""
        return f"prometheus:{urlsplit(self.base_url).netloc}"

    @property
    def is_open(self) -> bool:
        """Whether what is sent there can be read on the way."""
        parts = urlsplit(self.base_url)
        return parts.scheme == "http" and not is_loopback(parts.hostname or "")


def parse_address(text: str) -> PrometheusAddress:
    """Read `MILEPOST_PROMETHEUS_URL`; raises `ValueError` saying what to write instead."""
    try:
        parts = urlsplit(text)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        raise ValueError(f"is no URL; write one such as {_EXAMPLE}") from None
    if parts.username is not None or "?" in text or "#" in text:
        raise ValueError(
            "holds more than an address; leave it at host and path, a credential goes into MILEPOST_PROMETHEUS_TOKEN"
        )
    if not sound or not _PATH.fullmatch(parts.path) or any(char.isspace() or char in '"\\<>' for char in text):
        raise ValueError(f"is no URL; write one such as {_EXAMPLE}")
    path = parts.path.rstrip("/").removesuffix("/api/v1")
    return PrometheusAddress(f"{parts.scheme}://{parts.netloc.lower()}{path}")


def check_secrecy(address: PrometheusAddress | None, credential: str | None) -> None:
    """Plain http is usual within a cluster, where nothing secret goes along; a credential takes it to loopback alone."""
    if address is not None and address.is_open and credential is not None:
        raise Invalid.of(
            "MILEPOST_PROMETHEUS_URL",
            "it would send MILEPOST_PROMETHEUS_TOKEN in the clear; write https, or leave the token out",
        )


def parse_query(text: str) -> str:
    """Read a template. Without `$labels` it would show everybody what is others'."""
    if len(text) > LONGEST_QUERY or not text.isprintable():
        raise ValueError(f"is no query; write PromQL of at most {LONGEST_QUERY:,} characters on one line")
    for place, what in (("$labels", "which metrics are meant"), ("$window", "the time that a rate is taken over")):
        if place not in text:
            raise ValueError(
                f"has no {place}, which stands for {what}; write it where that belongs, as the default has it"
            )
    return text


def parse_quantile_query(text: str) -> str:
    """Read a template that is asked for each quantile."""
    if "$quantile" not in text:
        raise ValueError("has no $quantile, which stands for a number from 0 to 1; write it where that belongs")
    return parse_query(text)


def parse_scrape_interval(text: str) -> float:
    """Read a span as seconds."""
    try:
        milliseconds = parse_lifetime(text, "")
    except Invalid:
        milliseconds = 0
    if not SECOND <= milliseconds <= HOUR:
        raise ValueError("is no interval that anything is scraped in; write one from 1s to 1h, such as 15s or 1m")
    return milliseconds / SECOND


def parse_tenant(text: str) -> str:
    """Read what Mimir and Cortex call a tenant."""
    if not _TENANT.fullmatch(text):
        raise ValueError("is no tenant; write its ID, at most 150 letters, digits and !-_.*'()|")
    return text


def authorization(credential: str) -> str:
    """The header's value: HTTP Basic for `USER:PASSWORD`, since a bearer token (RFC 6750) holds no colon."""
    if ":" in credential:
        return f"Basic {b64encode(credential.encode()).decode()}"
    return f"Bearer {credential}"
