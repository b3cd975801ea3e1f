"""Every setting that Milepost takes, read once at the start, and only by `app`.

Each is an environment variable `MILEPOST_…` with a command-line twin that wins over it. `SETTINGS` is the table that
the command line and the README are made from and held to. A wrong value is one line: the name it was written under,
what came, what to write.
"""

from __future__ import annotations

import ipaddress
import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any, TypeAlias
from urllib.parse import urlsplit

from milepost.domain.errors import Invalid
from milepost.domain.instant import parse_lifetime
from milepost.domain.text import shown
from milepost.settings.backends import (
    AnyBackend,
    StoreBackend,
    UpstreamBackend,
    UpstreamKind,
    default_backend,
    default_state,
    is_loopback,
    parse_backend,
    parse_overlays,
    parse_store,
    without_credentials,
)
from milepost.settings.prometheus import (
    RESPONSE_TIME,
    THROUGHPUT,
    PrometheusAddress,
    check_secrecy,
    parse_address,
    parse_quantile_query,
    parse_query,
    parse_scrape_interval,
    parse_tenant,
)

Network: TypeAlias = "ipaddress.IPv4Network | ipaddress.IPv6Network"
LOOPBACK_NAMES = ("localhost", "127.0.0.1", "[::1]")
_UNITS = {"second": 1, "minute": 60, "hour": 3600}
_MOST_REQUESTS = 1_000_000
_MOST_ENTRIES = 100
_LONGEST_CREDENTIAL = 1_024


class LogFormat(StrEnum):
    """How a log line looks; `auto` is `human` on a terminal and `json` elsewhere."""

    AUTO = "auto"
    HUMAN = "human"
    JSON = "json"


class LogLevel(StrEnum):
    """The least important lines that are written."""

    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class RateLimit:
    """`requests` in windows of `seconds`, each of which begins with the first request after the one before."""

    requests: int
    seconds: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What Milepost was told, checked. The fields are told about in `SETTINGS`; `retention` is in milliseconds, `prometheus_scrape_interval` in seconds."""

    backend: AnyBackend
    overlays: tuple[UpstreamBackend, ...]
    state: StoreBackend
    apitraffic_token: str | None
    apica_ticket: str | None
    prometheus_url: PrometheusAddress | None
    prometheus_token: str | None
    prometheus_tenant: str | None
    prometheus_scrape_interval: float
    prometheus_throughput: str
    prometheus_error_ratio: str | None
    prometheus_response_time: str
    read_only: bool
    mcp_token: str | None
    host: str
    port: int
    public_url: str | None
    allowed_hosts: tuple[str, ...]
    trusted_proxies: tuple[Network, ...]
    authorization_servers: tuple[str, ...]
    rate_limit: RateLimit | None
    retention: int | None
    insecure_no_auth: bool
    log_level: LogLevel
    log_format: LogFormat

    @property
    def store(self) -> StoreBackend:
        """Where accounts and tokens are: with the events, unless an upstream has those."""
        return self.state if isinstance(self.backend, UpstreamBackend) else self.backend

    @property
    def upstreams(self) -> tuple[UpstreamBackend, ...]:
        """Every API of somebody else's that is asked."""
        return (self.backend, *self.overlays) if isinstance(self.backend, UpstreamBackend) else self.overlays

    @property
    def credential_variables(self) -> tuple[str, ...]:
        """Where the credentials of the upstreams are set."""
        return tuple(dict.fromkeys(f"MILEPOST_{_CREDENTIALS[one.kind].upper()}" for one in self.upstreams))

    def credential(self, upstream: UpstreamBackend) -> str:
        """What Milepost shows there."""
        return getattr(self, _CREDENTIALS[upstream.kind]) or ""


class Doors(StrEnum):
    """Which commands a setting does something for."""

    ALL = "every command"
    SERVE = "serve"
    MCP = "mcp"
    SERVERS = "serve and mcp"


@dataclass(frozen=True, slots=True)
class Setting:
    """One row of the table. `default` is as a user would write it; None means that the setting is simply not set."""

    name: str
    parse: Callable[[str], Any]
    default: str | None
    metavar: str
    help: str
    doors: Doors = Doors.ALL
    flag: bool = False
    secret: bool = False

    @property
    def variable(self) -> str:
        """`MILEPOST_PUBLIC_URL`."""
        return f"MILEPOST_{self.name.upper()}"

    @property
    def option(self) -> str:
        """`--public-url`."""
        return f"--{self.name.replace('_', '-')}"


def read_settings(environ: Mapping[str, str], options: Mapping[str, str | None] | None = None) -> Settings:
    """The settings of this start. `options` holds what the command line gave, by setting name; None is not given.

    An empty value counts as not given. Raises `Invalid` whose one problem names the variable or option.
    """
    given = options or {}
    values: dict[str, Any] = {}
    for setting in SETTINGS:
        option = given.get(setting.name)
        where, text = (setting.option, option) if option else (setting.variable, environ.get(setting.variable))
        text = (text or "").strip() or default_of(setting, environ)
        values[setting.name] = _parsed(setting, where, text)
    settings = Settings(**values)
    _check_no_auth(settings)
    _check_upstreams(settings)
    _check_retention(settings)
    check_secrecy(settings.prometheus_url, settings.prometheus_token)
    return settings


def default_of(setting: Setting, environ: Mapping[str, str] = os.environ) -> str | None:
    """What holds where it isn't set, as a user would write it."""
    make = _FILES.get(setting.name)
    return make(environ) if make else setting.default


def _parsed(setting: Setting, where: str, text: str | None) -> Any:
    if text is None:
        return () if setting.parse in _LISTS else None
    try:
        return setting.parse(text)
    except ValueError as error:
        came = "the value" if setting.secret else shown(without_credentials(text))
        raise Invalid.of(where, f"{came} {error}") from None


def _check_no_auth(settings: Settings) -> None:
    if settings.insecure_no_auth and not is_loopback(settings.host):
        raise Invalid.of(
            "MILEPOST_INSECURE_NO_AUTH",
            f"without tokens it serves on loopback only, and MILEPOST_HOST is {shown(settings.host)}; "
            "write MILEPOST_HOST=127.0.0.1, or leave this switch out",
        )


def _check_upstreams(settings: Settings) -> None:
    """Each has its credential, which goes to no other host, and none lies over itself."""
    hosts: dict[UpstreamKind, str] = {}
    for upstream in settings.upstreams:
        name = _CREDENTIALS[upstream.kind]
        if getattr(settings, name) is None:
            raise Invalid.of(f"MILEPOST_{name.upper()}", f"it isn't set, and {upstream.name} can't be asked without it")
        first = hosts.setdefault(upstream.kind, upstream.host)
        if upstream.host != first:
            message = (
                f"it would be shown to {first} and to {upstream.host}; name upstreams of that kind on one host alone"
            )
            raise Invalid.of(f"MILEPOST_{name.upper()}", message)
    if settings.backend in settings.overlays:
        raise Invalid.of(
            "MILEPOST_OVERLAYS", f"{shown(settings.backend.url)} is the back end already; leave it out here"
        )


def _check_retention(settings: Settings) -> None:
    """There has to be something that may be removed."""
    if settings.retention is None:
        return
    if isinstance(settings.backend, UpstreamBackend):
        raise Invalid.of(
            "MILEPOST_RETENTION", "an upstream keeps the events, and for how long is up to it; leave it out"
        )
    if settings.read_only:
        raise Invalid.of("MILEPOST_RETENTION", "a Milepost that is read-only removes nothing; leave one of the two out")


def _credential(text: str) -> str:
    if len(text) > _LONGEST_CREDENTIAL or not (text.isascii() and text.isprintable()) or " " in text:
        raise ValueError(
            f"is no credential; write at most {_LONGEST_CREDENTIAL} visible ASCII characters, without blanks"
        )
    return text


def _boolean(text: str) -> bool:
    lowered = text.lower()
    if lowered not in {"1", "0", "true", "false", "yes", "no", "on", "off"}:
        raise ValueError("is neither yes nor no; write 1 or 0")
    return lowered in {"1", "true", "yes", "on"}


def _token(text: str) -> str:
    if not text.startswith(("mcp_", "tok_")):
        raise ValueError("is no token; write one such as mcp_…, made by `milepost tokens create`")
    return text


def _host(text: str) -> str:
    host = text[1:-1] if text.startswith("[") and text.endswith("]") else text
    if any(char in host for char in "/ @[]") or host.count(":") == 1:
        raise ValueError("is no address; write a name or an IP address alone, such as 127.0.0.1 or 0.0.0.0")
    return host


def _port(text: str) -> int:
    if not (text.isascii() and text.isdigit() and int(text) <= 65535):
        raise ValueError("is no port; write a number from 1 to 65535, or 0 for any free one")
    return int(text)


def _public_url(text: str) -> str:
    return _url(text, "the scheme and host that clients reach this server under, such as https://milepost.example.com")


def _url(text: str, what: str, *, path: bool = False) -> str:
    try:
        parts = urlsplit(text)
        sound = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        sound = False
    else:
        sound = sound and not (parts.username or parts.query or parts.fragment or (parts.path.strip("/") and not path))
    if not sound or any(char.isspace() or not char.isprintable() or char in '"\\' for char in text):
        raise ValueError(f"is not what is needed here; write {what}")
    return text.rstrip("/")


def _entries(text: str) -> list[str]:
    entries = [entry.strip() for entry in text.split(",") if entry.strip()]
    if len(entries) > _MOST_ENTRIES:
        raise ValueError(f"has {len(entries)} entries; at most {_MOST_ENTRIES} are taken")
    return entries


def _allowed_hosts(text: str) -> tuple[str, ...]:
    entries = _entries(text.lower())
    for entry in entries:
        try:
            parts = urlsplit(f"//{entry}")
            sound = parts.netloc == entry and bool(parts.hostname) and parts.port != 0 and "@" not in entry
        except ValueError:
            sound = False
        if not sound or "*" in entry:
            raise ValueError(
                "is no list of hosts; write names, each with a port or without, such as a.example,b.example:8443"
            )
    return tuple(entries)


def _networks(text: str) -> tuple[Network, ...]:
    try:
        return tuple(ipaddress.ip_network(entry) for entry in _entries(text))
    except ValueError:
        raise ValueError(
            "is no list of addresses; write IP addresses or networks such as 10.0.0.5,10.1.0.0/16"
        ) from None


def _authorization_servers(text: str) -> tuple[str, ...]:
    what = "the issuer addresses of authorization servers, such as https://login.example.com"
    return tuple(_url(entry, what, path=True) for entry in _entries(text))


def _rate_limit(text: str) -> RateLimit | None:
    if text.lower() == "off":
        return None
    count, _, unit = text.lower().partition("/")
    if not (count.isascii() and count.isdigit() and unit in _UNITS and 1 <= int(count) <= _MOST_REQUESTS):
        raise ValueError("is no rate; write one such as 1200/minute (second, minute or hour), or off")
    return RateLimit(int(count), _UNITS[unit])


def _retention(text: str) -> int | None:
    if text.lower() == "off":
        return None
    try:
        return parse_lifetime(text, "")
    except Invalid:
        raise ValueError("is no span of time; write one such as 400d (units s m h d w), or off") from None


def _log_level(text: str) -> LogLevel:
    return _choice(LogLevel, text)


def _log_format(text: str) -> LogFormat:
    return _choice(LogFormat, text)


def _choice(choices: Any, text: str) -> Any:
    try:
        return choices(text.lower())
    except ValueError:
        raise ValueError(f"is not one of {', '.join(choices)}") from None


_LISTS = (parse_overlays, _allowed_hosts, _networks, _authorization_servers)
_FILES: Mapping[str, Callable[[Mapping[str, str]], str]] = {"backend": default_backend, "state": default_state}
_CREDENTIALS = {UpstreamKind.APITRAFFIC: "apitraffic_token", UpstreamKind.APICA: "apica_ticket"}

SETTINGS = (
    Setting("backend", parse_backend, None, "URL", "Where events are kept: sqlite:////absolute/path.db, or three slashes for a path from where it starts; a file in the user's data folder by default. For several servers postgresql://USER@HOST/DATABASE. Or an upstream that keeps them: apitraffic+https://HOST/v1/accounts/acc_…, apica+https://HOST/v3."),
    Setting("overlays", parse_overlays, None, "URL,…", "Upstreams whose events are merged into every list, to be read only; as in the back end's setting."),
    Setting("state", parse_store, None, "URL", "Where accounts and tokens are kept while an upstream keeps the events; a file in the user's data folder by default."),
    Setting("apitraffic_token", _credential, None, "TOKEN", "What ApiTraffic is asked with.", secret=True),
    Setting("apica_ticket", _credential, None, "TICKET", "What Apica is asked with.", secret=True),
    Setting("prometheus_url", parse_address, None, "URL", "Where metrics are: Prometheus, or what else has its query API, such as http://prometheus:9090. Without it there are no charts.", Doors.SERVERS),
    Setting("prometheus_token", _credential, None, "TOKEN", "What Prometheus is asked with: a bearer token, or USER:PASSWORD.", Doors.SERVERS, secret=True),
    Setting("prometheus_tenant", parse_tenant, None, "ID", "Whose metrics, where there are several tenants (X-Scope-OrgID).", Doors.SERVERS),
    Setting("prometheus_scrape_interval", parse_scrape_interval, "30s", "SPAN", "How often metrics are scraped at most: rates are taken over four of these, or a point's step.", Doors.SERVERS),
    Setting("prometheus_throughput", parse_query, THROUGHPUT, "PROMQL", "What gives requests a second, by a label that holds the status.", Doors.SERVERS),
    Setting("prometheus_error_ratio", parse_query, None, "PROMQL", "What gives the share of requests that failed, from 0 to 1; by default that of 5xx in the throughput.", Doors.SERVERS),
    Setting("prometheus_response_time", parse_quantile_query, RESPONSE_TIME, "PROMQL", "What gives a quantile of response times in seconds.", Doors.SERVERS),
    Setting("read_only", _boolean, "0", "0|1", "Take no writes, whatever a token may do.", flag=True),
    Setting("mcp_token", _token, None, "TOKEN", "The token that `milepost mcp` acts with; without one it acts as the owner of the store.", Doors.MCP, secret=True),
    Setting("host", _host, "127.0.0.1", "ADDRESS", "The address to serve on.", Doors.SERVE),
    Setting("port", _port, "8080", "PORT", "The port to serve on; 0 takes any free one.", Doors.SERVE),
    Setting("public_url", _public_url, None, "URL", "How clients reach this server where that is not host and port, such as https://milepost.example.com behind a proxy.", Doors.SERVE),
    Setting("allowed_hosts", _allowed_hosts, None, "HOST,…", "Further names that requests may be addressed to or come from; loopback's, the host's and the public URL's own always may.", Doors.SERVE),
    Setting("trusted_proxies", _networks, None, "ADDRESS,…", "Proxies whose X-Forwarded-For counts: addresses or networks such as 10.1.0.0/16.", Doors.SERVE),
    Setting("authorization_servers", _authorization_servers, None, "URL,…", "Authorization servers that the protected-resource metadata names; without any it names none.", Doors.SERVE),
    Setting("rate_limit", _rate_limit, "1200/minute", "N/UNIT", "Requests a token may make: so many a second, minute or hour; off for no limit.", Doors.SERVE),
    Setting("retention", _retention, "off", "SPAN", "For how long after their start events are kept, such as 400d (units s m h d w); older ones are removed for good.", Doors.SERVE),
    Setting("insecure_no_auth", _boolean, "0", "0|1", "For tests: everybody is the owner of the default account. Refuses to start on any address but loopback.", Doors.SERVE, flag=True),
    Setting("log_level", _log_level, "info", "LEVEL", "The least important log lines that are written: debug, info, warning or error."),
    Setting("log_format", _log_format, "auto", "FORMAT", "How log lines look: human, json, or auto, which is human on a terminal and json elsewhere."),
)  # fmt: skip
