"""`milepost serve` as its own process, telling a test in one line where it is and with which token.

Run with: python -m tests.interfaces.http_process, and the settings in the environment as always.
"""

import json
import os
import sys

from milepost.app.serving import Serving, run_http
from milepost.settings import read_settings


def announce(server: Serving) -> None:
    issued = server.start.issued
    sys.stdout.write(json.dumps({"url": server.url, "secret": issued.secret if issued else None}) + "\n")
    sys.stdout.flush()


if __name__ == "__main__":
    run_http(read_settings(os.environ), announce)
