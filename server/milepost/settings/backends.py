"""Where events are kept, and where else they are read from, as URLs name it."""

from __future__ import annotations

import ipaddress
import os
import re
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import SplitResult, quote, unquote, urlsplit

from milepost.domain.sid import is_sid
from milepost.settings.postgres_url import SCHEMES, PostgresBackend, parse_postgres, shown_postgres

MOST_OVERLAYS: Final = 8
_ACCOUNT_PATH: Final = re.compile(r"(?:/[A-Za-z0-9._~-]+)*/accounts/([^/]+)")
_PATH: Final = re.compile(r"(?:/[A-Za-z0-9._~-]+)+")
_IN_AN_ADDRESS: Final = re.compile(r"(?<=//)\S*(?=@)|(?<==)[^&#,\s]+")


@dataclass(frozen=True, slots=True)
class SqliteBackend:
    """The embedded store: one file."""

    path: Path

    @property
    def url(self) -> str:
        """As it may be written in `MILEPOST_BACKEND`, whatever the start directory."""
        return sqlite_url(self.path)


class UpstreamKind(StrEnum):
    """Whose API it is; the value is how a URL's scheme begins."""

    APITRAFFIC = "apitraffic"
    APICA = "apica"


@dataclass(frozen=True, slots=True)
class UpstreamBackend:
    """Somebody else's API at `base_url` (`https://api.apitraffic.io/v1/accounts/acc_…`, `https://api-asm1.apica.io/v3`)."""

    kind: UpstreamKind
    base_url: str

    @property
    def url(self) -> str:
        """As it is written in a setting; it holds no credential."""
        return f"{self.kind}+{self.base_url}"

    @property
    def name(self) -> str:
        """What messages call it: kind, host, and the account where it has one, `apitraffic:api.apitraffic.io/acc_…`."""
        account = f"/{self.account_sid}" if self.account_sid else ""
        return f"{self.kind}:{urlsplit(self.base_url).netloc}{account}"

    @property
    def host(self) -> str:
        """The machine that its credential is shown to; this one has many names."""
        host = urlsplit(self.base_url).hostname or ""
        return "this machine" if is_loopback(host) else host

    @property
    def account_sid(self) -> str | None:
        """The account of ApiTraffic's that is meant; Apica's API has none."""
        return self.base_url.rpartition("/")[2] if self.kind is UpstreamKind.APITRAFFIC else None


StoreBackend: TypeAlias = SqliteBackend | PostgresBackend
AnyBackend: TypeAlias = StoreBackend | UpstreamBackend


def default_backend(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> str:
    """Where events are kept unless told otherwise: a file in the user's data folder."""
    return sqlite_url(_data_folder(environ, platform) / "milepost.db")


def default_state(environ: Mapping[str, str] = os.environ, platform: str = sys.platform) -> str:
    """Where accounts and tokens are kept beside an upstream: another file there, so that no account is taken for one of its."""
    return sqlite_url(_data_folder(environ, platform) / "state.db")


def parse_backend(text: str) -> AnyBackend:
    """Read `MILEPOST_BACKEND`; raises `ValueError` saying what to write instead."""
    scheme = text.partition(":")[0].lower()
    if scheme == "sqlite" or scheme in SCHEMES:
        return parse_store(text)
    if scheme.partition("+")[0] in set(UpstreamKind):
        return parse_upstream(text)
    raise ValueError(
        "is no back end that this version has; write sqlite:////absolute/path.db, postgresql://USER@HOST/DATABASE, "
        "apitraffic+https://HOST/v1/accounts/acc_… or apica+https://HOST/v3"
    )


def parse_store(text: str) -> StoreBackend:
    """Read the URL of a store of Milepost's own, as `MILEPOST_STATE` names one."""
    scheme, _, rest = text.partition(":")
    if scheme.lower() in SCHEMES:
        return parse_postgres(text)
    if scheme.lower() != "sqlite":
        raise ValueError("is no store; write sqlite:////absolute/path.db or postgresql://USER@HOST/DATABASE")
    if not rest.startswith("///") or "?" in rest or "#" in rest or rest.endswith("/") or rest == "///:memory:":
        raise ValueError("names no file; write sqlite:////absolute/path.db or sqlite:///relative/path.db")
    return SqliteBackend(Path.cwd() / unquote(rest[3:]))


def parse_overlays(text: str) -> tuple[UpstreamBackend, ...]:
    """Read `MILEPOST_OVERLAYS`: upstreams, separated by commas."""
    overlays = tuple(parse_upstream(entry.strip()) for entry in text.split(",") if entry.strip())
    if len(overlays) > MOST_OVERLAYS:
        raise ValueError(f"has {len(overlays)} entries; at most {MOST_OVERLAYS} are taken")
    if len(set(overlays)) < len(overlays):
        raise ValueError("names an upstream twice; write each once")
    return overlays


def parse_upstream(text: str) -> UpstreamBackend:
    """Read the URL of an upstream."""
    kind, _, rest = text.partition("+")
    if kind.lower() not in set(UpstreamKind):
        raise ValueError("is no upstream; write apitraffic+https://HOST/v1/accounts/acc_… or apica+https://HOST/v3")
    parts = _address(rest)
    path = parts.path.rstrip("/")
    backend = UpstreamBackend(UpstreamKind(kind.lower()), f"{parts.scheme}://{parts.netloc.lower()}{path}")
    if backend.kind is UpstreamKind.APITRAFFIC:
        account = _ACCOUNT_PATH.fullmatch(path)
        if account is None or not is_sid(account[1]):
            raise ValueError("names no account; write apitraffic+https://HOST/v1/accounts/acc_…")
    elif not _PATH.fullmatch(path):
        raise ValueError("names no version of the API; write apica+https://HOST/v3")
    return backend


def without_credentials(text: str) -> str:
    """The text with whatever may be a credential in a URL of it made unreadable, however wrong the URL is."""
    if text.lower().startswith("postgres"):
        return shown_postgres(text)
    return _IN_AN_ADDRESS.sub("***", text)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def sqlite_url(path: Path) -> str:
    """The URL of the embedded store in that file."""
    return f"sqlite:///{quote(path.as_posix(), safe='/:')}"


def _address(text: str) -> SplitResult:
    try:
        parts = urlsplit(text)
        sound = bool(parts.hostname) and parts.port != 0 and parts.scheme in {"http", "https"}
    except ValueError:
        raise ValueError("is no URL; write one such as apica+https://HOST/v3") from None
    if parts.username is not None or parts.query or parts.fragment or "?" in text or "#" in text:
        raise ValueError(
            "holds more than an address; leave it at host and path, credentials go into "
            "MILEPOST_APITRAFFIC_TOKEN and MILEPOST_APICA_TICKET"
        )
    if not sound or any(char.isspace() or not char.isprintable() or char in '"\\<>' for char in text):
        raise ValueError("is no URL; write one such as apica+https://HOST/v3")
    if parts.scheme == "http" and not is_loopback(parts.hostname or ""):
        raise ValueError("would send a credential in the clear; write https (http is for this machine alone)")
    return parts


def _data_folder(environ: Mapping[str, str], platform: str) -> Path:
    """As each system names it."""
    home = Path(environ.get("HOME") or Path.home())
    if platform == "darwin":
        folder = home / "Library" / "Application Support"
    elif platform == "win32":
        folder = Path(environ.get("LOCALAPPDATA") or home / "AppData" / "Local")
    else:
        folder = Path(environ.get("XDG_DATA_HOME") or home / ".local" / "share")
        # The XDG Base Directory Specification: relative paths are to be ignored.
        folder = folder if folder.is_absolute() else home / ".local" / "share"
    return folder / "milepost"
