"""What every test lives under: one event loop, and no test that quietly didn't run."""

import pytest

NOT_RUN = ("skipped", "xfailed", "xpassed")


@pytest.fixture(scope="session")
def anyio_backend() -> str:
    """The loop that Milepost runs on; uvicorn and the SDK are tried on asyncio alone."""
    return "asyncio"


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
