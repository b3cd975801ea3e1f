"""`milepost serve` as it is, with the fixtures of the official scenarios registered on its MCP server.

Run with: python -m tests.end_to_end.conformance_server, and the settings in the environment as always.
"""

import os

from milepost.app.serving import run_http
from milepost.interfaces.mcp_server.asgi import HttpEndpoints
from milepost.interfaces.mcp_server.server import EventServer
from milepost.settings import read_settings
from tests.end_to_end.fixtures import register
from tests.end_to_end.fixtures.streams import RememberedStreams

RETRY_MILLISECONDS = 100


def endpoints(server: EventServer) -> HttpEndpoints:
    register(server)
    return HttpEndpoints(server, event_store=RememberedStreams(), retry_milliseconds=RETRY_MILLISECONDS)


if __name__ == "__main__":
    run_http(read_settings(os.environ), announce=lambda _: None, make_endpoints=endpoints)
