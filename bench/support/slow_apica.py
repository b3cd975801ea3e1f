"""An events API as Apica describes it, on loopback, that takes its time over every answer."""

import contextlib
import json
import threading
import time
from collections.abc import Generator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

ROWS = 100
MINUTES_APART = 5


def rows(check_id: int) -> list[dict[str, Any]]:
    """A morning's worth of messages of one check, in no particular order."""
    now = datetime.now(UTC)
    return [
        {
            "check_symbol": f"check-{check_id}",
            "event_type": "CheckEvent",
            "check_id": check_id,
            "check_descriptor": f"Check {check_id}",
            "severity": "IWEF"[number % 4],
            "event_message": f"Response time {number} s",
            "time_stamp_utc": (now - timedelta(minutes=MINUTES_APART * number)).strftime("%Y-%m-%dT%H:%M:%S"),
            "event_age_seconds": 60 * MINUTES_APART * number,
        }
        for number in range(1, ROWS + 1)
    ]


def _milliseconds(row: dict[str, Any]) -> float:
    return datetime.fromisoformat(row["time_stamp_utc"]).replace(tzinfo=UTC).timestamp() * 1000


@contextlib.contextmanager
def slow_apica(check_id: int, seconds: float) -> Generator[str]:
    """Serve until the block ends; gives the address to write after `apica+`."""
    held = rows(check_id)

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"
        wbufsize = -1  # head and body leave in one piece
        disable_nagle_algorithm = True

        def do_GET(self) -> None:
            time.sleep(seconds)
            asked = parse_qs(urlsplit(self.path).query)
            first = float(asked.get("milliseconds_utc_from", ["-inf"])[0])
            last = float(asked.get("milliseconds_utc_to", ["inf"])[0])
            body = json.dumps([row for row in held if first <= _milliseconds(row) <= last]).encode()
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
        yield f"http://127.0.0.1:{server.server_address[1]}/v3"
    finally:
        server.shutdown()
        server.server_close()
