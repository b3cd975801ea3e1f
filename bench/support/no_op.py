"""The smallest server that this SDK can make: one tool that gives back what it got, over stdio or, with a port, over HTTP."""

import sys

from mcp.server import MCPServer

server = MCPServer("no-op")


@server.tool()
def no_op(text: str = "") -> str:
    """Returns its argument."""
    return text


if len(sys.argv) > 1:
    server.run(transport="streamable-http", port=int(sys.argv[1]))
else:
    server.run(transport="stdio")
