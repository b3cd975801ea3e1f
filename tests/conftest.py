"""What every test lives under: one event loop, and no test that quietly didn't run."""

import signal
from collections.abc import Generator

import pytest
from hypothesis import settings

from tests.leaks import Watch
from tests.postgres_server import end_shared_server

# The same examples every time, however slow the machine: a property that fails does so because the code changed.
# `pytest --hypothesis-profile=explore` goes looking for new ones.
settings.register_profile("milepost", deadline=None, derandomize=True, database=None)
settings.register_profile("explore", deadline=None, max_examples=2_000)
settings.load_profile("milepost")

NOT_RUN = ("skipped", "xfailed", "xpassed")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The loop that Milepost runs on; uvicorn and the SDK are tried on asyncio alone."""
    return "asyncio"


@pytest.fixture(scope="session", autouse=True)
def heeded_interrupts() -> None:
    """A shell has what it runs in the background ignore Ctrl-C; so would every program that is tested there."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


@pytest.fixture(scope="session", autouse=True)
def postgres_lifetime() -> Generator[None]:
    """Stops the PostgreSQL that a test may have started."""
    yield
    end_shared_server()


@pytest.fixture(scope="session", autouse=True)
def leak_watch() -> Generator[Watch]:
    """Reads all logs, answers and metrics of the run, looking for tokens."""
    watch = Watch()
    with watch.everywhere():
        yield watch
    assert watch.taken() == []


@pytest.fixture(autouse=True)
def no_token_leaks(leak_watch: Watch) -> Generator[None]:
    """Fails the test in which a token got out."""
    yield
    assert leak_watch.taken() == []


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """A test that didn't run proves nothing, so a run with a skipped or expected failure is a failed run."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if reporter is None:
        return
    not_run = [report.nodeid for outcome in NOT_RUN for report in reporter.stats.get(outcome, [])]
    if not_run and session.exitstatus == pytest.ExitCode.OK:
        reporter.write_line("")
        reporter.write_line(f"These tests did not run, and every test must: {', '.join(not_run)}", red=True)
        session.exitstatus = pytest.ExitCode.TESTS_FAILED
