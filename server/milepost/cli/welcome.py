"""What `milepost serve` tells whoever started it: where it serves and, the very first time, how to connect a client."""

from __future__ import annotations

import json
import shutil
import sys
from collections.abc import Mapping
from pathlib import Path

from milepost.services.accounts import FirstStart
from milepost.settings import Settings
from milepost.settings.postgres_url import PostgresBackend

README_SECTION = 'README, "Connect a client"'


def greeting(url: str, settings: Settings, start: FirstStart, sign_in_url: str | None = None) -> str:
    """A few lines to be shown before serving; they hold the new token if there is one, else they never do.

    `sign_in_url` signs the owner of the account in to the dashboard.
    """
    where = (
        f"Milepost keeps events at {settings.backend.url} and serves MCP at {url}/mcp (legacy SSE at {url}/sse).\n"
        f"{_dashboard(url, start, sign_in_url)}"
    )
    if start.issued is None:
        return f"{where}\nTokens: milepost tokens create --help. Trouble: milepost doctor.\n"
    secret = start.issued.secret
    return f"""{where}

This is its first start: it made the account {start.account.sid} and a token that may read and write events.
The token is shown this once; only a hash of it is kept.

For Claude Code (.mcp.json) and Cursor (.cursor/mcp.json), as it stands:

{remote_block(url, secret)}
{_local(settings)}
VS Code and read-only tokens: {README_SECTION}. More tokens: milepost tokens create --help. Trouble: milepost doctor.
"""


def _dashboard(url: str, start: FirstStart, sign_in_url: str | None) -> str:
    if sign_in_url is None:
        return f"Dashboard: {url}/"
    return (
        f"Dashboard, as the owner of {start.account.sid}; this link works once, for ten minutes"
        f" (another one: milepost sign-in):\n\n    {sign_in_url}\n"
    )


def _local(settings: Settings) -> str:
    """The block for this machine's own clients. A shared database's password isn't for them: they are served over HTTP."""
    if isinstance(settings.store, PostgresBackend):
        return ""
    return f"""
For Claude Desktop (claude_desktop_config.json), or any client on this machine; it needs no token and no server:

{local_block(settings)}
"""


def remote_block(url: str, secret: str) -> str:
    """The client block for Streamable HTTP."""
    server = {"type": "http", "url": f"{url}/mcp", "headers": {"Authorization": f"Bearer {secret}"}}
    return _block(server)


def local_block(settings: Settings) -> str:
    """The client block for stdio on the same store; the program by its full path, since editors have a path of their own.

    Credentials of upstreams are named and left to be filled in.
    """
    env = {"MILEPOST_BACKEND": settings.backend.url, **dict.fromkeys(settings.credential_variables, "PASTE_IT_HERE")}
    if settings.overlays:
        env["MILEPOST_OVERLAYS"] = ",".join(overlay.url for overlay in settings.overlays)
    return _block({"command": program(), "args": ["mcp"], "env": env})


def program() -> str:
    """The full path of the `milepost` that is running, or its name where that can't be told."""
    started = Path(sys.argv[0])
    if started.name.startswith("milepost") and started.is_file():
        return str(started.absolute())
    return shutil.which("milepost") or "milepost"


def _block(server: Mapping[str, object]) -> str:
    return json.dumps({"mcpServers": {"milepost": server}}, indent=2, ensure_ascii=False)
