"""The settings that say where metrics are and what is asked for."""

from __future__ import annotations

import pytest

from milepost.domain.errors import Invalid
from milepost.settings import read_settings
from milepost.settings.prometheus import RESPONSE_TIME, THROUGHPUT, authorization

TOKEN = "glsa_opaque-credential"


def settings(**given: str):
    return read_settings({f"MILEPOST_PROMETHEUS_{name.upper()}": text for name, text in given.items()})


def refused(**given: str) -> str:
    with pytest.raises(Invalid) as caught:
        settings(**given)
    line = str(caught.value)
    assert "\n" not in line
    return line


@pytest.mark.parametrize(
    ("written", "address", "name"),
    [
        ("http://prometheus:9090", "http://prometheus:9090", "prometheus:prometheus:9090"),
        ("http://prometheus:9090/", "http://prometheus:9090", "prometheus:prometheus:9090"),
        ("https://Mimir.example/prometheus", "https://mimir.example/prometheus", "prometheus:mimir.example"),
        (
            "https://vm.example/select/0:1/prometheus/api/v1",
            "https://vm.example/select/0:1/prometheus",
            "prometheus:vm.example",
        ),
        ("http://[::1]:9090", "http://[::1]:9090", "prometheus:[::1]:9090"),
    ],
)
def test_the_address_is_that_before_the_api(written: str, address: str, name: str):
    url = settings(url=written).prometheus_url
    assert url is not None
    assert (url.base_url, url.name) == (address, name)


@pytest.mark.parametrize("written", [
    "prometheus:9090", "ftp://prometheus", "http://", "http://a b/", "http://a:99999", "http://a:0", "http://a/<b>", "http://a/é",
])  # fmt: skip
def test_what_is_no_address_is_told_with_one_that_is(written: str):
    assert refused(url=written).endswith(
        "is no URL; write one such as http://prometheus:9090 or https://mimir.example.com/prometheus"
    )


@pytest.mark.parametrize("written", [f"https://me:{TOKEN}@a", f"https://a?token={TOKEN}", f"https://a#x={TOKEN}"])
def test_an_address_holds_no_credential_and_none_is_shown(written: str):
    line = refused(url=written)
    assert "MILEPOST_PROMETHEUS_TOKEN" in line
    assert TOKEN not in line


def test_plain_http_is_taken_as_long_as_no_credential_goes_along():
    assert settings(url="http://prometheus:9090").prometheus_token is None
    assert settings(url="http://127.0.0.1:9090", token=TOKEN).prometheus_token == TOKEN
    assert settings(url="https://prometheus.example", token=TOKEN).prometheus_token == TOKEN
    line = refused(url="http://prometheus:9090", token=TOKEN)
    assert line.startswith("MILEPOST_PROMETHEUS_URL: it would send MILEPOST_PROMETHEUS_TOKEN in the clear")
    assert TOKEN not in line


def test_a_credential_is_a_bearer_token_or_a_user_with_a_password():
    assert authorization("abc") == "Bearer abc"
    assert authorization("12345:secret") == "Basic MTIzNDU6c2VjcmV0"


def test_without_anything_set_the_usual_names_of_metrics_are_asked_for():
    plain = settings()
    assert (plain.prometheus_throughput, plain.prometheus_response_time) == (THROUGHPUT, RESPONSE_TIME)
    assert (plain.prometheus_url, plain.prometheus_error_ratio) == (None, None)
    assert plain.prometheus_scrape_interval == 30


@pytest.mark.parametrize("name", ["throughput", "error_ratio", "response_time"])
def test_a_query_without_labels_would_show_everybody_what_is_others(name: str):
    quantile = "$quantile" if name == "response_time" else ""
    assert "has no $labels" in refused(**{name: f"rate(x[$window]){quantile}"})
    assert "has no $window" in refused(**{name: f"x{{$labels}}{quantile}"})
    assert "is no query" in refused(**{name: f"x{{$labels}}[$window]{quantile}" + " " * 5_000 + "x"})


def test_a_query_for_response_times_has_a_quantile():
    assert "has no $quantile" in refused(response_time="x{$labels}[$window]")


@pytest.mark.parametrize(("written", "seconds"), [("15s", 15), ("1m", 60), ("1h", 3600)])
def test_the_scrape_interval_is_a_span(written: str, seconds: int):
    assert settings(scrape_interval=written).prometheus_scrape_interval == seconds


@pytest.mark.parametrize("written", ["15", "0s", "2h", "fast"])
def test_what_is_no_interval_is_told(written: str):
    assert "write one from 1s to 1h" in refused(scrape_interval=written)


def test_a_tenant_is_an_id():
    assert settings(tenant="team-a|team_b").prometheus_tenant == "team-a|team_b"
    assert "is no tenant" in refused(tenant="a b")
