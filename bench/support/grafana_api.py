"""A Grafana as far as mcp-grafana's annotation tools look: `/api/annotations` with the given deploys, on loopback."""

import contextlib
import json
import threading
from collections.abc import Generator, Sequence
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

from bench.support.events import Deploy

USER = {
    "userId": 1,
    "login": "sa-1-bench",
    "email": "bench@example.com",
    "avatarUrl": "/avatar/46d229b033af06a191ff2267bca9ae56",
}


def annotation(number: int, deploy: Deploy) -> dict[str, Any]:
    """One annotation as Grafana 11 answers it, for an event that a pipeline posted with tags."""
    return {
        "id": number,
        "alertId": 0,
        "alertName": "",
        "dashboardId": 0,
        "dashboardUID": None,
        "panelId": 0,
        "prevState": "",
        "newState": "",
        "created": deploy.at,
        "updated": deploy.at,
        "time": deploy.at,
        "timeEnd": deploy.at,
        "text": deploy.name,
        "tags": ["deployment", "github_actions", f"commit:{deploy.commit}"],
        "data": {},
        **USER,
    }


@contextlib.contextmanager
def grafana_api(deploys: Sequence[Deploy]) -> Generator[str]:
    """Serve `deploys`, newest first, until the block ends; gives the address."""
    answers = [annotation(number, deploy) for number, deploy in enumerate(deploys, start=1)][::-1]

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        # Head and body leave in one piece; in two, the peer would wait 40 ms for a delayed acknowledgement.
        wbufsize = -1
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            parts = urlsplit(self.path)
            limit = int(parse_qs(parts.query).get("limit", ["100"])[0])
            found = answers[:limit] if parts.path == "/api/annotations" else {}
            body = json.dumps(found, separators=(",", ":")).encode()
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing: stderr is for figures."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
