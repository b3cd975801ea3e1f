"""The timeline as an MCP App: a page that a host shows in the conversation, and whether a client is such a host.

The page is built from `server/web/app` and comes in the wheel. Where it wasn't built there is none, and the tool answers
with text alone.
"""

from __future__ import annotations

from contextvars import ContextVar
from pathlib import Path
from typing import Any, Final

from mcp.server.apps import APP_MIME_TYPE, Apps, client_supports_apps
from mcp.server.mcpserver.resources import FileResource

import milepost
from milepost.interfaces.mcp_server.sdk import RequestContext

URI: Final = "ui://milepost/timeline.html"
BUILT_PAGE: Final = Path(milepost.__file__).parent / "web" / "app" / "index.html"
_NOTHING_FROM_ELSEWHERE: Final[dict[str, list[str]]] = {"connectDomains": [], "resourceDomains": []}

_shown: ContextVar[bool] = ContextVar("milepost_mcp_page_shown", default=False)


def timeline_app(page: Path) -> Apps | None:
    """The extension that offers the page; it is read when somebody asks for it. None where there is no page."""
    if not page.is_file():
        return None
    app = Apps()
    app.add_resource(
        FileResource(
            uri=URI,
            name="timeline_page",
            title="Timeline, as a page",
            description="What hosts with MCP Apps show for show_timeline.",
            mime_type=APP_MIME_TYPE,
            meta={"ui": {"csp": _NOTHING_FROM_ELSEWHERE}},
            path=page,
            encoding="utf-8",
        )
    )
    return app


def page_of_tool(app: Apps | None) -> dict[str, Any] | None:
    """What a tool says to hosts, so that they show the page for its answers."""
    return None if app is None else {"ui": {"resourceUri": URI}}


def notice_client(context: RequestContext) -> None:
    """Remember for the rest of the request whether its client shows pages."""
    _shown.set(client_supports_apps(context))


def page_is_shown() -> bool:
    """Whether the client of the request that is being answered shows pages."""
    return _shown.get()
