"""A proxy that carries out every request, and loses the first answer to each: what a retry has to be safe against."""

import http.client
import threading
from collections.abc import Generator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import urlsplit

Statuses = list[tuple[str, int]]


@contextmanager
def forgetful_proxy(url: str) -> Generator[tuple[str, Statuses]]:
    """Its address, and the statuses that came from `url`, by method. Every second answer gets through."""
    statuses: Statuses = []
    target = urlsplit(url).netloc

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            connection = http.client.HTTPConnection(target, timeout=20)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            connection.request(self.command, self.path, body, headers)
            answer = connection.getresponse()
            content = answer.read()
            connection.close()
            statuses.append((self.command, answer.status))
            if len(statuses) % 2:
                self.send_error(http.client.BAD_GATEWAY)
                return
            self.send_response(answer.status)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        do_PUT = do_POST

        def log_message(self, format: str, *args: object) -> None:
            """Nothing; it would be the test's own noise."""

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", statuses
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
