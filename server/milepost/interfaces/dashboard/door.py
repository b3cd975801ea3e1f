"""What this way in is called, and where it is."""

from __future__ import annotations

from typing import Final

DOOR: Final = "dashboard"
PAGE_PATH, ASSETS_PATH = "/", "/assets/{name:path}"
SIGN_IN_PATH, SESSION_PATH, CHANGES_PATH = "/sign-in", "/session", "/changes"
CODE: Final = "code"
"""The parameter of `SIGN_IN_PATH`."""
PATHS: Final = (PAGE_PATH, ASSETS_PATH, SIGN_IN_PATH, SESSION_PATH, CHANGES_PATH)
