"""A limit on everything, and none of them changes unnoticed. Those of the contract are its sections 1-3."""

from milepost.domain import account, caller, event, query, scope, tags, text, token

CONTRACT = {
    event: {
        "LONGEST_NAME": 256,
        "LONGEST_DESCRIPTION": 8_192,
        "LONGEST_SOURCE": 128,
        "LONGEST_DEDUP_KEY": 256,
        "METADATA_BYTES": 16_384,
        "METADATA_DEPTH": 8,
        "FURTHEST_AHEAD": 366 * 24 * 60 * 60 * 1_000,
    },
    scope: {"MOST_SIDS": 100},
    tags: {"MOST_VALUES": 50, "LONGEST_NAME": 128},
    text: {"SMALLEST_INTEGER": -(2**63), "LARGEST_INTEGER": 2**63 - 1},
    query: {"DEFAULT_LIMIT": 25, "LARGEST_LIMIT": 100},
}
OURS = {
    event: {"LONGEST_CHECK_SYMBOL": 256, "LONGEST_CHECK_DESCRIPTOR": 1_024},
    scope: {"LONGEST_REFERENCE": 128},
    tags: {"LONGEST_FILTER": 4_096},
    query: {"LONGEST_MESSAGE": 256, "MOST_TAG_FILTERS": 20},
    account: {
        "LONGEST_NAME": 128,
        "MOST_PLACES": 1_000,
        "MOST_LABELS": 50,
        "LONGEST_LABEL_KEY": 128,
        "LONGEST_LABEL_VALUE": 256,
    },
    caller: {"LONGEST_CLIENT": 128},
    token: {"LONGEST_NAME": 128},
}


def test_the_limits_are_those_of_the_contract() -> None:
    for module, limits in CONTRACT.items():
        assert {name: getattr(module, name) for name in limits} == limits


def test_the_limits_that_the_contract_leaves_open_stay_as_they_are() -> None:
    for module, limits in OURS.items():
        assert {name: getattr(module, name) for name in limits} == limits


def test_there_is_no_limit_that_is_not_pinned_here() -> None:
    imported = {"LARGEST_INTEGER"}
    for module in {**CONTRACT, **OURS}:
        limits = {name for name in vars(module) if name.startswith(("LONGEST_", "MOST_", "LARGEST_", "FURTHEST_"))}
        assert limits - imported <= CONTRACT.get(module, {}).keys() | OURS.get(module, {}).keys()
