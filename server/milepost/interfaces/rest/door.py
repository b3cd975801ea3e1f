"""What this way in is called, and where its routes begin."""

from __future__ import annotations

from typing import Final

DOOR: Final = "rest"
PREFIX: Final = "/v1/accounts/{accountSid}"
