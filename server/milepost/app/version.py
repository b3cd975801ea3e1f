"""Which Milepost this is."""

from __future__ import annotations

from importlib.metadata import version as installed


def version() -> str:
    """As it was installed: `0.1.0`."""
    return installed("milepost")
