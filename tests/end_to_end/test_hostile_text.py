"""Event text that tries to be markup, or a command, is text in the terminal, in the log and to a model. Pages: dashboard/ and app/."""

import json

from tests.browser import HOSTILE
from tests.end_to_end.support.process import run_milepost
from tests.end_to_end.support.shop import Shop, ago

SPOKEN = json.dumps(HOSTILE)
"""As it stands between quotes, so that it doesn't end them."""
OBEYED = "\x1b]0;owned\x07"
"""Renames a terminal's window."""


def test_hostile_text_in_every_field_is_harmless_in_the_terminal_the_log_and_to_a_model(shop: Shop):
    shop.place("buckets", HOSTILE, service=HOSTILE)
    event = shop.create(
        HOSTILE, type="incident", description=f"{HOSTILE}\n{OBEYED}", source=HOSTILE, dedupKey=HOSTILE, startedAt=ago(hours=2),
        metadata={HOSTILE: HOSTILE}, tags={HOSTILE: [HOSTILE]}, bucketSids=[HOSTILE],
        check={"id": 1, "symbol": HOSTILE, "descriptor": HOSTILE},
    )  # fmt: skip

    listed = run_milepost(shop.database, "events", "list")
    whole = run_milepost(shop.database, "events", "get", event["sid"])
    assert HOSTILE in listed
    assert HOSTILE in whole
    assert "\x1b" not in listed + whole
    assert "\x07" not in listed + whole

    for tool, arguments in (("list_events", {}), ("get_event", {"sid": event["sid"]}), ("show_timeline", {})):
        told = shop.call_over_mcp(tool, arguments)
        assert SPOKEN in told
        assert "\x1b" not in told

    for line in shop.server.log.read_text().splitlines():
        assert "onerror" not in line, "what events hold is no matter of the log"
