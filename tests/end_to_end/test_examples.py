"""The pipelines in `examples/` and the GitHub Action, run as their platforms run them, against a Milepost that serves."""

import itertools
import re
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tests.end_to_end.support.events_api import Milepost, milepost_for_pipelines
from tests.end_to_end.support.pipelines import Given, Pipeline, Script, action
from tests.end_to_end.support.platforms import BRANCH, MESSAGE, PLATFORMS, Platform, github_variables
from tests.end_to_end.support.process import free_port
from tests.end_to_end.support.runner import Machine, Outcome

RUNS = itertools.count(1_700_000_000)
EACH_PLATFORM = pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
WELL, BADLY = 0, 1


@pytest.fixture(scope="module")
def milepost(tmp_path_factory: pytest.TempPathFactory) -> Generator[Milepost]:
    with milepost_for_pipelines(tmp_path_factory.mktemp("examples") / "events.db") as served:
        yield served


@pytest.fixture
def machine(tmp_path: Path) -> Machine:
    return Machine(tmp_path)


@dataclass
class Run:
    """One run of a platform's pipeline."""

    platform: Platform
    machine: Machine
    secrets: Mapping[str, str] = field(repr=False)
    ends: int

    def __post_init__(self) -> None:
        number = next(RUNS)
        self.key = self.platform.key.format(run=number)
        self.variables = dict(self.platform.variables(number)) | {"DEPLOYMENT_ENDS_WITH": str(self.ends)}
        given = Given(
            self.secrets,
            self.platform.words[self.ends],
            MESSAGE,
            self.platform.job_name.format(run=number),
            self.machine.empty,
        )
        self.pipeline: Pipeline = self.platform.read(given)

    def step(self, scripts: list[Script], **more: str) -> Outcome:
        assert scripts
        folder = self.machine.sources if self.platform.has_sources else self.machine.empty
        return self.machine.run(scripts, self.variables, folder=folder, **more)


def assert_nothing_leaked(run: Run, *outcomes: Outcome) -> None:
    """No secret in what was printed or started, no command for the platform in it, and nothing of the texts was run."""
    told = "".join(outcome.text for outcome in outcomes) + run.machine.arguments.read_text()
    assert run.secrets["MILEPOST_API_TOKEN"] not in told
    assert re.search(r"^::|##vso\[|##\[", "".join(outcome.text for outcome in outcomes), re.MULTILINE) is None
    assert list(run.machine.sources.parent.rglob("pwned")) == []


@EACH_PLATFORM
@pytest.mark.parametrize(
    ("ends", "status", "severity"), [(WELL, "succeeded", None), (BADLY, "failed", "E")], ids=["well", "badly"]
)
def test_a_deployment_is_marked_at_its_start_and_closed_at_its_end(
    milepost: Milepost, machine: Machine, platform: Platform, ends: int, status: str, severity: str | None
):
    run = Run(platform, machine, milepost.secrets, ends)

    started = run.step(run.pipeline.start)
    assert started.code == 0, started.text
    event = milepost.event(run.key)
    assert (event["type"], event["source"], event["endedAt"]) == ("deployment", platform.source, None)
    assert "status" not in event["metadata"]
    if platform.has_sources:
        assert event["name"] == f"{BRANCH} deploy"
        assert event["description"] == MESSAGE
        assert event["metadata"]["branch"] == BRANCH
        assert event["metadata"]["commitSha"] == machine.commit
        assert run.step(run.pipeline.deploy).code == ends

    ended = run.step(run.pipeline.end)
    assert ended.code == 0, ended.text
    closed = milepost.event(run.key)
    assert closed["sid"] == event["sid"]
    assert closed["endedAt"] >= closed["startedAt"] == event["startedAt"]
    assert closed["metadata"] == event["metadata"] | {"status": status}
    assert closed["severity"] == severity
    assert_nothing_leaked(run, started, ended)


@EACH_PLATFORM
def test_a_step_that_runs_twice_leaves_one_event_that_is_closed_once(
    milepost: Milepost, machine: Machine, platform: Platform
):
    run = Run(platform, machine, milepost.secrets, WELL)
    before = len(milepost.events(source=platform.source, limit="100"))

    outcomes = [run.step(scripts) for scripts in (run.pipeline.start, run.pipeline.start, run.pipeline.end)]
    closed = milepost.event(run.key)
    outcomes.append(run.step(run.pipeline.end))

    assert [outcome.code for outcome in outcomes] == [0, 0, 0, 0]
    assert milepost.event(run.key) == closed
    assert len(milepost.events(source=platform.source, limit="100")) == before + 1


@EACH_PLATFORM
def test_a_deployment_whose_start_was_missed_is_recorded_at_its_end(
    milepost: Milepost, machine: Machine, platform: Platform
):
    run = Run(platform, machine, milepost.secrets, WELL)

    assert run.step(run.pipeline.end).code == 0
    assert milepost.event(run.key)["endedAt"] is not None


@EACH_PLATFORM
def test_a_deployment_goes_on_without_milepost_and_says_so(milepost: Milepost, machine: Machine, platform: Platform):
    nowhere = dict(milepost.secrets) | {"MILEPOST_URL": f"http://127.0.0.1:{free_port()}"}
    run = Run(platform, machine, nowhere, WELL)

    outcomes = [run.step(scripts, MILEPOST_RETRIES="0") for scripts in (run.pipeline.start, run.pipeline.end)]

    assert [outcome.code for outcome in outcomes] == [0, 0]
    for outcome in outcomes:
        assert "milepost: the deployment couldn't be recorded" in outcome.err
        assert outcome.out == ""
    assert_nothing_leaked(run, *outcomes)


@EACH_PLATFORM
def test_a_deployment_stops_without_milepost_where_that_is_asked_for(
    milepost: Milepost, machine: Machine, platform: Platform
):
    nowhere = dict(milepost.secrets) | {"MILEPOST_URL": f"http://127.0.0.1:{free_port()}"}
    run = Run(platform, machine, nowhere, WELL)

    for scripts in (run.pipeline.start, run.pipeline.end):
        assert run.step(scripts, MILEPOST_RETRIES="0", MILEPOST_REQUIRED="1").code == 1


def test_the_action_hands_on_its_inputs_and_the_sid(milepost: Milepost, machine: Machine):
    inputs = {
        "url": milepost.secrets["MILEPOST_URL"],
        "account-sid": milepost.secrets["MILEPOST_ACCOUNT_SID"],
        "token": milepost.token,
        "name": "canary",
        "description": "by hand",
        "environment-sids": "prod01",
        "bucket-sids": "checkout",
        "metadata": "imageTag=v2\n",
        "dedup-key": f"mine:{next(RUNS)}",
    }
    contexts = {"github": {"event": {"head_commit": {"message": MESSAGE}}}, "strategy": {"job-index": 3}}

    outcome = machine.run(action(inputs, contexts), github_variables(1))

    assert outcome.code == 0, outcome.text
    event = milepost.event(f"{inputs['dedup-key']}:3")
    assert machine.output.read_text() == f"sid={event['sid']}\n"
    assert (event["name"], event["description"]) == ("canary", "by hand")
    assert (event["bucketSids"], event["environmentSids"]) == (["checkout"], ["prod01"])
    assert event["metadata"]["imageTag"] == "v2"
