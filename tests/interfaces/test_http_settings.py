"""The settings: what is taken, and the one line that a wrong one gets."""

from __future__ import annotations

import ipaddress
from dataclasses import fields
from pathlib import Path

import pytest

from milepost.domain.errors import Invalid
from milepost.domain.instant import DAY
from milepost.settings import (
    SETTINGS,
    LogFormat,
    LogLevel,
    RateLimit,
    Settings,
    read_settings,
)
from milepost.settings.backends import (
    MOST_OVERLAYS,
    SqliteBackend,
    UpstreamBackend,
    UpstreamKind,
    default_backend,
    is_loopback,
)
from milepost.settings.prometheus import RESPONSE_TIME, THROUGHPUT

HOME = {"HOME": "/home/me"}


def refused(variable: str, text: str, **others: str) -> str:
    with pytest.raises(Invalid) as caught:
        read_settings({variable: text, **others})
    assert len(caught.value.problems) == 1
    line = str(caught.value)
    assert "\n" not in line
    return line


def test_the_table_has_every_setting_in_its_order():
    assert [setting.name for setting in SETTINGS] == [field.name for field in fields(Settings)]


def test_each_setting_has_a_variable_and_a_twin_on_the_command_line():
    assert [(setting.variable, setting.option) for setting in SETTINGS][14] == ("MILEPOST_HOST", "--host")
    assert next(setting for setting in SETTINGS if setting.name == "public_url").option == "--public-url"


def test_without_anything_set_the_defaults_hold():
    assert read_settings(HOME) == Settings(
        backend=SqliteBackend(Path("/home/me/.local/share/milepost/milepost.db")),
        overlays=(),
        state=SqliteBackend(Path("/home/me/.local/share/milepost/state.db")),
        apitraffic_token=None,
        apica_ticket=None,
        prometheus_url=None,
        prometheus_token=None,
        prometheus_tenant=None,
        prometheus_scrape_interval=30,
        prometheus_throughput=THROUGHPUT,
        prometheus_error_ratio=None,
        prometheus_response_time=RESPONSE_TIME,
        read_only=False,
        mcp_token=None,
        host="127.0.0.1",
        port=8080,
        public_url=None,
        allowed_hosts=(),
        trusted_proxies=(),
        authorization_servers=(),
        rate_limit=RateLimit(1200, 60),
        retention=None,
        insecure_no_auth=False,
        log_level=LogLevel.INFO,
        log_format=LogFormat.AUTO,
    )


def test_the_command_line_wins_over_the_environment():
    environ = {"MILEPOST_PORT": "1", "MILEPOST_HOST": "0.0.0.0"}
    settings = read_settings(environ, {"port": "2", "host": None})
    assert (settings.port, settings.host) == (2, "0.0.0.0")


def test_an_empty_variable_counts_as_not_set():
    assert read_settings({"MILEPOST_PORT": "", "MILEPOST_RATE_LIMIT": " "}).port == 8080


def test_a_wrong_option_is_named_as_it_was_written():
    with pytest.raises(Invalid, match=r"^--port: "):
        read_settings({"MILEPOST_PORT": "1"}, {"port": "no"})


def test_four_slashes_are_absolute_and_three_relative_to_where_it_starts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.chdir(tmp_path)
    for text, path in (
        ("sqlite:////var/lib/m.db", Path("/var/lib/m.db")),
        ("sqlite:///m.db", tmp_path / "m.db"),
        ("sqlite:///data/m%20p.db", tmp_path / "data" / "m p.db"),
    ):
        backend = read_settings({"MILEPOST_BACKEND": text}).backend
        assert backend == SqliteBackend(path)
        assert read_settings({"MILEPOST_BACKEND": backend.url}).backend == backend


@pytest.mark.parametrize("text", ["sqlite:", "sqlite://", "sqlite:///", "sqlite://host/m.db", "sqlite:///:memory:", "sqlite:////m.db?mode=ro", "sqlite:////folder/"])  # fmt: skip
def test_a_backend_that_names_no_file_is_refused(text: str):
    assert refused("MILEPOST_BACKEND", text) == (
        f'MILEPOST_BACKEND: "{text.replace("=ro", "=***")}" names no file; write sqlite:////absolute/path.db or sqlite:///relative/path.db'
    )


@pytest.mark.parametrize("text", ["mysql://localhost/m", "/var/lib/m.db", "m.db", "grafana+https://host/api"])
def test_a_backend_of_another_kind_is_refused_by_what_there_is(text: str):
    assert "is no back end that this version has; write sqlite:////absolute/path.db" in refused(
        "MILEPOST_BACKEND", text
    )


@pytest.mark.parametrize(
    ("platform", "environ", "expected"),
    [
        ("linux", HOME, "/home/me/.local/share/milepost/milepost.db"),
        ("linux", {**HOME, "XDG_DATA_HOME": "/data"}, "/data/milepost/milepost.db"),
        ("linux", {**HOME, "XDG_DATA_HOME": "relative"}, "/home/me/.local/share/milepost/milepost.db"),
        ("darwin", HOME, "/home/me/Library/Application%20Support/milepost/milepost.db"),
        ("win32", {"LOCALAPPDATA": "/c/local"}, "/c/local/milepost/milepost.db"),
        ("win32", HOME, "/home/me/AppData/Local/milepost/milepost.db"),
    ],
)
def test_events_are_kept_in_the_users_data_folder(platform: str, environ: dict[str, str], expected: str):
    assert default_backend(environ, platform) == f"sqlite:///{expected}"


APICA, APITRAFFIC = "apica+https://asm.example/v3", "apitraffic+https://api.example/v1/accounts/acc_abc123"
CREDENTIALS = {"MILEPOST_APICA_TICKET": "C471ADC4-19B4", "MILEPOST_APITRAFFIC_TOKEN": "secret"}


def test_an_upstream_is_named_by_its_url_and_keeps_the_state_apart():
    settings = read_settings(
        {**HOME, **CREDENTIALS, "MILEPOST_BACKEND": APITRAFFIC, "MILEPOST_OVERLAYS": f"{APICA}/, "}
    )
    upstream = UpstreamBackend(UpstreamKind.APITRAFFIC, "https://api.example/v1/accounts/acc_abc123")
    overlay = UpstreamBackend(UpstreamKind.APICA, "https://asm.example/v3")
    assert settings.backend == upstream
    assert settings.upstreams == (upstream, overlay)
    assert (upstream.account_sid, overlay.account_sid) == ("acc_abc123", None)
    assert (upstream.name, overlay.name) == ("apitraffic:api.example/acc_abc123", "apica:asm.example")
    assert (upstream.url, overlay.url) == (APITRAFFIC, APICA)
    assert settings.store == settings.state
    assert [settings.credential(one) for one in settings.upstreams] == ["secret", "C471ADC4-19B4"]
    assert read_settings(HOME).store == read_settings(HOME).backend


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "[::1]", "127.0.0.1:8081"])
def test_plain_http_is_for_this_machine_alone(host: str):
    settings = read_settings({**CREDENTIALS, "MILEPOST_BACKEND": f"apica+http://{host}/v3"})
    assert settings.upstreams[0].base_url == f"http://{host}/v3"
    assert "in the clear" in refused("MILEPOST_BACKEND", "apica+http://asm.example/v3", **CREDENTIALS)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("apitraffic+https://api.example/v1", "names no account"),
        ("apitraffic+https://api.example/v1/accounts/", "names no account"),
        ("apitraffic+https://api.example/v1/accounts/a%20b", "names no account"),
        ("apitraffic+https://api.example/v1/accounts/acc_1/events", "names no account"),
        ("apica+https://asm.example", "names no version of the API"),
        ("apica+https://asm.example/v 3", "is no URL"),
        ("apica+ftp://asm.example/v3", "is no URL"),
        ("apica+https:///v3", "is no URL"),
        ("apica+https://asm.example:x/v3", "is no URL"),
    ],
)
def test_an_upstream_that_can_not_be_asked_is_refused(text: str, message: str):
    assert message in refused("MILEPOST_BACKEND", text, **CREDENTIALS)
    assert message in refused("MILEPOST_OVERLAYS", text, **CREDENTIALS)


@pytest.mark.parametrize(
    "text", ["apica+https://me:hush@asm.example/v3", "apica+https://asm.example/v3?auth_ticket=hush"]
)
def test_a_credential_in_an_upstreams_url_is_refused_and_not_shown(text: str):
    for variable in ("MILEPOST_BACKEND", "MILEPOST_OVERLAYS"):
        line = refused(variable, text, **CREDENTIALS)
        assert "credentials go into" in line
        assert "hush" not in line


def test_an_upstream_needs_its_credential():
    for variable, text, credential in (
        ("MILEPOST_BACKEND", APICA, "MILEPOST_APICA_TICKET"),
        ("MILEPOST_OVERLAYS", APITRAFFIC, "MILEPOST_APITRAFFIC_TOKEN"),
    ):
        assert refused(variable, text).startswith(f"{credential}: it isn't set")
    for wrong in ("two words", "é", "x" * 1_025):
        line = refused("MILEPOST_APICA_TICKET", wrong)
        assert "is no credential" in line
        assert wrong not in line


def test_a_credential_is_shown_to_one_host_alone():
    line = refused("MILEPOST_OVERLAYS", f"{APICA},apica+https://other.example/v3", **CREDENTIALS)
    assert line.startswith("MILEPOST_APICA_TICKET: it would be shown to asm.example and to other.example")
    line = refused("MILEPOST_OVERLAYS", "apica+https://other.example/v3", MILEPOST_BACKEND=APICA, **CREDENTIALS)
    assert line.startswith("MILEPOST_APICA_TICKET: it would be shown to")
    here = "apica+http://127.0.0.1:1/v3,apica+http://localhost:2/v3,apica+http://[::1]/v3"
    assert len(read_settings({**CREDENTIALS, "MILEPOST_OVERLAYS": f"{here},{APITRAFFIC}"}).overlays) == 4


def test_overlays_are_few_and_different():
    many = ",".join(f"apica+https://asm.example/v{number}" for number in range(MOST_OVERLAYS + 1))
    assert f"at most {MOST_OVERLAYS} are taken" in refused("MILEPOST_OVERLAYS", many, **CREDENTIALS)
    assert "names an upstream twice" in refused("MILEPOST_OVERLAYS", f"{APICA},{APICA}/", **CREDENTIALS)
    assert "is the back end already" in refused("MILEPOST_OVERLAYS", APICA, MILEPOST_BACKEND=APICA, **CREDENTIALS)


def test_the_state_is_a_store_of_mileposts_own():
    assert "is no store; write sqlite:" in refused("MILEPOST_STATE", APICA)


WRONG = [
    ("MILEPOST_PORT", "http", '"http" is no port; write a number from 1 to 65535, or 0 for any free one'),
    ("MILEPOST_PORT", "65536", "is no port"),
    ("MILEPOST_PORT", "-1", "is no port"),
    ("MILEPOST_PORT", "٣", "is no port"),
    ("MILEPOST_HOST", "http://localhost", "is no address"),
    ("MILEPOST_HOST", "localhost:80", "is no address"),
    ("MILEPOST_READ_ONLY", "maybe", '"maybe" is neither yes nor no; write 1 or 0'),
    ("MILEPOST_RATE_LIMIT", "fast", "write one such as 1200/minute (second, minute or hour), or off"),
    ("MILEPOST_RATE_LIMIT", "0/minute", "is no rate"),
    ("MILEPOST_RATE_LIMIT", "10/day", "is no rate"),
    ("MILEPOST_RATE_LIMIT", "1000001/minute", "is no rate"),
    ("MILEPOST_LOG_LEVEL", "loud", '"loud" is not one of debug, info, warning, error'),
    ("MILEPOST_LOG_FORMAT", "xml", "is not one of auto, human, json"),
    ("MILEPOST_ALLOWED_HOSTS", "https://a.example", "is no list of hosts"),
    ("MILEPOST_ALLOWED_HOSTS", "*", "is no list of hosts"),
    ("MILEPOST_ALLOWED_HOSTS", "a.example/path", "is no list of hosts"),
    ("MILEPOST_ALLOWED_HOSTS", "a.example:99999", "is no list of hosts"),
    ("MILEPOST_PUBLIC_URL", "milepost.example.com", "such as https://milepost.example.com"),
    ("MILEPOST_PUBLIC_URL", "https://a.example/path", "is not what is needed here"),
    ("MILEPOST_PUBLIC_URL", "https://user:password@a.example", "is not what is needed here"),
    ("MILEPOST_PUBLIC_URL", 'https://a.example"', "is not what is needed here"),
    ("MILEPOST_TRUSTED_PROXIES", "proxy.example", "write IP addresses or networks such as 10.0.0.5,10.1.0.0/16"),
    ("MILEPOST_TRUSTED_PROXIES", "10.0.0.1/8", "is no list of addresses"),
    ("MILEPOST_AUTHORIZATION_SERVERS", "login.example.com", "such as https://login.example.com"),
    ("MILEPOST_MCP_TOKEN", "secret", "the value is no token"),
]


@pytest.mark.parametrize(("variable", "text", "said"), WRONG)
def test_a_wrong_value_is_one_line_that_names_the_setting_and_what_to_write(variable: str, text: str, said: str):
    line = refused(variable, text)
    assert line.startswith(f"{variable}: ")
    assert said in line


def test_a_wrong_token_is_not_shown():
    assert "hunter2" not in refused("MILEPOST_MCP_TOKEN", "hunter2")


RIGHT = [
    ("MILEPOST_HOST", "[::1]", "host", "::1"),
    ("MILEPOST_HOST", "::", "host", "::"),
    ("MILEPOST_READ_ONLY", "YES", "read_only", True),
    ("MILEPOST_READ_ONLY", "off", "read_only", False),
    ("MILEPOST_RATE_LIMIT", "5/second", "rate_limit", RateLimit(5, 1)),
    ("MILEPOST_RATE_LIMIT", "OFF", "rate_limit", None),
    ("MILEPOST_LOG_LEVEL", "WARNING", "log_level", LogLevel.WARNING),
    ("MILEPOST_ALLOWED_HOSTS", " A.example , b.example:8443,", "allowed_hosts", ("a.example", "b.example:8443")),
    ("MILEPOST_PUBLIC_URL", "https://a.example/", "public_url", "https://a.example"),
    ("MILEPOST_TRUSTED_PROXIES", "10.0.0.5", "trusted_proxies", (ipaddress.ip_network("10.0.0.5/32"),)),
    (
        "MILEPOST_AUTHORIZATION_SERVERS",
        "https://a.example/tenant,https://b.example",
        "authorization_servers",
        ("https://a.example/tenant", "https://b.example"),
    ),
]


@pytest.mark.parametrize(("variable", "text", "name", "value"), RIGHT)
def test_a_right_value_is_taken(variable: str, text: str, name: str, value: object):
    assert getattr(read_settings({variable: text}), name) == value


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "milepost.example.com"])
def test_without_authentication_only_loopback_is_served(host: str):
    line = refused("MILEPOST_INSECURE_NO_AUTH", "1", MILEPOST_HOST=host)
    assert line == (
        f'MILEPOST_INSECURE_NO_AUTH: without tokens it serves on loopback only, and MILEPOST_HOST is "{host}"; '
        "write MILEPOST_HOST=127.0.0.1, or leave this switch out"
    )


@pytest.mark.parametrize("host", ["127.0.0.1", "127.8.8.8", "::1", "[::1]", "localhost"])
def test_loopback_may_be_served_without_authentication(host: str):
    assert read_settings({"MILEPOST_INSECURE_NO_AUTH": "1", "MILEPOST_HOST": host}).insecure_no_auth


def test_what_loopback_is():
    assert is_loopback("127.1.2.3")
    assert not is_loopback("localhost.example.com")
    assert not is_loopback("")


@pytest.mark.parametrize(
    ("text", "milliseconds"), [("off", None), ("400d", 400 * DAY), ("52w", 364 * DAY), ("90s", 90_000)]
)
def test_a_retention_is_a_span_of_time_or_off(text: str, milliseconds: int | None):
    assert read_settings({**HOME, "MILEPOST_RETENTION": text}).retention == milliseconds


@pytest.mark.parametrize("text", ["400", "0d", "1y", "-1d", "now-400d"])
def test_a_retention_of_another_form_is_refused(text: str):
    assert refused("MILEPOST_RETENTION", text) == (
        f'MILEPOST_RETENTION: "{text}" is no span of time; write one such as 400d (units s m h d w), or off'
    )


def test_a_retention_where_nothing_may_be_removed_is_refused():
    upstream = {"MILEPOST_BACKEND": "apica+https://asm.example/v3", "MILEPOST_APICA_TICKET": "C471ADC4-19B4"}
    assert "an upstream keeps the events" in refused("MILEPOST_RETENTION", "400d", **upstream)
    assert "read-only removes nothing" in refused("MILEPOST_RETENTION", "400d", MILEPOST_READ_ONLY="1")
