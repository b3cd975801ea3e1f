"""How often an address may come with what is no good: tokens, sessions, sign-in links."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from starlette.types import Scope

from milepost.middleware.client_address import Network, client_address, neighbourhood
from milepost.middleware.rate_limit import RateLimiter
from milepost.middleware.refusals import too_many_requests

MOST_FAILURES: Final = 60
FAILURE_SECONDS: Final = 60.0
"""So many bad tokens an address may try before it is told to wait.

A good token is never held up by bad ones from the same address: whatever has the form and checksum of a token is looked
up, at a fraction of what a good token's request costs, and 256 random bits can't be guessed at any rate. Garbage isn't.
"""


class FailedAttempts:
    """Counts them by address, for every way in together."""

    def __init__(self, trusted_proxies: Sequence[Network] = ()) -> None:
        self._trusted_proxies = trusted_proxies
        self._limiter = RateLimiter(MOST_FAILURES, FAILURE_SECONDS)

    def note(self, scope: Scope) -> None:
        """One more; raises `Refusal` 429 beyond `MOST_FAILURES`."""
        allowance = self._limiter.take(neighbourhood(client_address(scope, self._trusted_proxies)))
        if not allowance.granted:
            text = f"too many bad tokens came from this address; wait {allowance.reset_in_seconds} seconds"
            raise too_many_requests(text, allowance.reset_in_seconds)
