"""Logging is one for the whole process: whoever lets Milepost configure it puts it back."""

import logging
from collections.abc import Generator
from contextlib import contextmanager

from milepost.telemetry.logs import SAYING_TOO_MUCH, TALKATIVE


@contextmanager
def logging_as_before() -> Generator[None]:
    """What is configured meanwhile is undone."""
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    levels = {name: logging.getLogger(name).level for name in (*TALKATIVE, *SAYING_TOO_MUCH)}
    try:
        yield
    finally:
        root.handlers[:] = handlers
        root.setLevel(level)
        for name, before in levels.items():
            logging.getLogger(name).setLevel(before)
        logging.captureWarnings(capture=False)
