"""The URL of a PostgreSQL database, as libpq reads it (PostgreSQL's documentation, "Connection URIs").

It is only looked over here, so that a mistake is told by the setting's name; libpq reads it again, and what it holds
beyond hosts (TLS, `target_session_attrs`, time-outs) is libpq's own affair.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

MOST_HOSTS: Final = 16
LONGEST_URL: Final = 2_048
SCHEMES: Final = frozenset({"postgresql", "postgres"})
PARAMETERS: Final = frozenset(
    [
        "application_name",
        "channel_binding",
        "connect_timeout",
        "dbname",
        "fallback_application_name",
        "gssdelegation",
        "gssencmode",
        "gsslib",
        "host",
        "hostaddr",
        "keepalives",
        "keepalives_count",
        "keepalives_idle",
        "keepalives_interval",
        "krbsrvname",
        "load_balance_hosts",
        "options",
        "passfile",
        "password",
        "port",
        "require_auth",
        "requirepeer",
        "service",
        "ssl_max_protocol_version",
        "ssl_min_protocol_version",
        "sslcert",
        "sslcertmode",
        "sslcompression",
        "sslcrl",
        "sslcrldir",
        "sslkey",
        "sslmode",
        "sslnegotiation",
        "sslpassword",
        "sslrootcert",
        "sslsni",
        "target_session_attrs",
        "tcp_user_timeout",
        "user",
    ]
)
"""What may stand behind the question mark: libpq's parameters, but for those that Milepost has to have its own way."""
_SECRETS: Final = frozenset({"password", "sslpassword"})
_HIDDEN: Final = "***"
_EXAMPLE: Final = "postgresql://USER@HOST/DATABASE"
_URL: Final = re.compile(
    r"(?P<scheme>[a-z]+)://(?:(?P<user>[^:/?#@]*)(?P<password>:[^/?#@]*)?@)?(?P<hosts>[^/?#@]*)"
    r"(?:/(?P<database>[^/?#]*))?(?:\?(?P<query>[^#]*))?",
    re.IGNORECASE,
)
_HOST: Final = re.compile(r"(?:\[[0-9A-Fa-f:.%]+\]|[A-Za-z0-9._%-]*)(?::(?P<port>[0-9]{1,5}))?")
_WRONG_ESCAPE: Final = re.compile(r"%(?![0-9A-Fa-f]{2})|%00")


@dataclass(frozen=True, slots=True)
class PostgresBackend:
    """The shared store: a PostgreSQL database that any number of servers use.

    `conninfo` is what libpq is given; it may hold a password and is for connecting alone.
    """

    conninfo: str = field(repr=False)

    @property
    def url(self) -> str:
        """As it may be shown: a password in it is hidden."""
        return _shown(_matched(self.conninfo))


def parse_postgres(text: str) -> PostgresBackend:
    """Read the URL; raises `ValueError` saying what to write instead, and nothing of what came."""
    found = _matched(text)
    if _WRONG_ESCAPE.search(text):
        raise ValueError("has a % that begins no escape; write a % in a password as %25")
    _check_hosts(found["hosts"])
    names = _check_parameters(found["query"] or "")
    if not (found["database"] or names & {"dbname", "service"}):
        raise ValueError(f"names no database; write {_EXAMPLE}")
    # libpq takes the scheme in small letters only.
    return PostgresBackend(f"postgresql://{text.partition('://')[2]}")


def shown_postgres(text: str) -> str:
    """The URL without its passwords; of one that can't be read, nothing but how it begins."""
    try:
        return parse_postgres(text).url
    except ValueError:
        return f"{re.split('[^A-Za-z]', text, maxsplit=1)[0]}:{_HIDDEN}"


def _matched(text: str) -> re.Match[str]:
    sound = len(text) <= LONGEST_URL and text.isprintable() and not any(char.isspace() for char in text)
    found = _URL.fullmatch(text) if sound else None
    if found is None or found["scheme"].lower() not in SCHEMES:
        raise ValueError(
            f"is no URL of PostgreSQL's; write {_EXAMPLE}, and / : @ ? # in a password as %2F %3A %40 %3F %23"
        )
    return found


def _check_hosts(text: str) -> None:
    hosts = text.split(",")
    if len(hosts) > MOST_HOSTS:
        raise ValueError(f"has {len(hosts)} hosts; at most {MOST_HOSTS} are taken")
    for host in hosts:
        found = _HOST.fullmatch(host)
        if found is None or not 0 < int(found["port"] or 1) <= 65535:
            raise ValueError(f"has a host that is none; write {_EXAMPLE}, or several as HOST1:5432,HOST2:5432")


def _check_parameters(query: str) -> set[str]:
    names = {part.partition("=")[0] for part in query.split("&") if part}
    if unknown := sorted(names - PARAMETERS):
        name = unknown[0] if re.fullmatch(r"[a-z_]{1,40}", unknown[0]) else "a parameter"
        raise ValueError(f"has {name}, which isn't taken; write parameters of libpq's, such as sslmode=verify-full")
    return names


def _shown(url: re.Match[str]) -> str:
    user = f"{url['user']}{f':{_HIDDEN}' if url['password'] else ''}@" if url["user"] is not None else ""
    parts = [part.partition("=") for part in (url["query"] or "").split("&") if part]
    query = "&".join(f"{name}={_HIDDEN if name in _SECRETS else value}" for name, _, value in parts)
    database = "" if url["database"] is None else f"/{url['database']}"
    return f"postgresql://{user}{url['hosts']}{database}{f'?{query}' if query else ''}"
