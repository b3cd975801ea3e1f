"""The pipelines in `examples/` and the GitHub Action, run as their platforms run them, against a Milepost that serves."""

import itertools
import json
import re
import subprocess
import sys
from collections.abc import Generator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx2
import pytest

from tests.end_to_end.support.pipelines import EXAMPLES, ROOT, Given, Pipeline, Script, action, load
from tests.end_to_end.support.platforms import BRANCH, MESSAGE, PLATFORMS, Platform, github_variables
from tests.end_to_end.support.process import free_port, run_milepost, serving
from tests.end_to_end.support.runner import Machine, Outcome

MILEPOST = EXAMPLES / "shell" / "milepost.sh"
BIN = Path(sys.executable).parent
RUNS = itertools.count(1_700_000_000)
EACH_PLATFORM = pytest.mark.parametrize("platform", PLATFORMS, ids=lambda platform: platform.name)
WELL, BADLY = 0, 1
SCHEMAS = {
    "action.yml": "github-actions",
    "examples/github-actions/deploy.yml": "github-workflows",
    "examples/github-actions/deploy-with-action.yml": "github-workflows",
    "examples/gitlab/.gitlab-ci.yml": "gitlab-ci",
    "examples/azure-pipelines/azure-pipelines.yml": "azure-pipelines",
    "examples/circleci/config.yml": "circle-ci",
    "examples/bitbucket/bitbucket-pipelines.yml": "bitbucket-pipelines",
}
TRANSFORMED = {"gitlab-ci", "azure-pipelines"}


@dataclass(frozen=True)
class Milepost:
    """A server, and what a pipeline is told of it."""

    secrets: Mapping[str, str] = field(repr=False)
    client: httpx2.Client

    @property
    def token(self) -> str:
        return self.secrets["MILEPOST_API_TOKEN"]

    def events(self, **filters: str) -> list[dict[str, Any]]:
        answer = self.client.get("events", params=filters)
        assert answer.status_code == 200, answer.text
        return answer.json()["records"]

    def event(self, key: str) -> dict[str, Any]:
        """The one that has this key."""
        (found,) = self.events(dedupKey=key)
        return found


def secrets(url: str, token: Mapping[str, str]) -> dict[str, str]:
    return {
        "MILEPOST_URL": url,
        "MILEPOST_ACCOUNT_SID": token["accountSid"],
        "MILEPOST_API_TOKEN": token["token"],
    }


@pytest.fixture(scope="module")
def milepost(tmp_path_factory: pytest.TempPathFactory) -> Generator[Milepost]:
    database = tmp_path_factory.mktemp("examples") / "events.db"
    scopes = ("--scope", "events:read", "--scope", "events:write")
    token = json.loads(
        run_milepost(database, "tokens", "create", "--kind", "api", "--name", "pipeline", *scopes, "--json")
    )
    with serving(database) as server:
        base = f"{server.url}/v1/accounts/{token['accountSid']}/"
        headers = {"Authorization": f"Bearer {token['token']}"}
        with httpx2.Client(base_url=base, headers=headers, trust_env=False) as client:
            yield Milepost(secrets(server.url, token), client)


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


def script(*arguments: str, shell: str = "sh") -> Script:
    return Script(" ".join(["exec", shell, "ci/milepost.sh", *arguments]), ("sh", "-c"))


@pytest.mark.parametrize("shell", ["sh", "bash --posix", "dash"])
def test_plain_shell_marks_what_it_runs_and_ends_as_that_ended(milepost: Milepost, machine: Machine, shell: str):
    key = f"shell:{next(RUNS)}"
    variables = {**milepost.secrets, "MILEPOST_DEDUP_KEY": key, "DEPLOYMENT_ENDS_WITH": "7"}

    outcome = machine.run([script("run", "./deploy.sh", shell=shell)], variables)

    assert outcome.code == 7
    event = milepost.event(key)
    assert event["endedAt"] is not None
    assert (event["source"], event["metadata"]["status"]) == ("shell", "failed")


def test_the_plain_shell_example_makes_a_key_of_its_own_for_each_deployment(milepost: Milepost, machine: Machine):
    folder = machine.empty / "by-hand"
    folder.mkdir()
    for name in ("deploy.sh", "milepost.sh"):
        (folder / name).write_bytes((EXAMPLES / "shell" / name).read_bytes())
    (folder / "release.sh").write_text('#!/bin/sh\nprintf "released %s\\n" "$1"\n')
    (folder / "release.sh").chmod(0o755)
    hidden = machine.empty / ".config" / "milepost"
    hidden.mkdir(parents=True)
    (hidden / "token").write_text(f"{milepost.token}\n")
    known = {name: value for name, value in milepost.secrets.items() if name != "MILEPOST_API_TOKEN"}

    by_hand = [Script(f"cd {folder} && sh deploy.sh v2", ("sh", "-c"))] * 2
    outcome = machine.run(by_hand, {**known, "MILEPOST_NAME": "by hand"})

    assert (outcome.code, outcome.out, outcome.err) == (0, "released v2\n" * 2, "")
    marked = milepost.events(message="by hand", startTime="now-1h")
    assert len({event["dedupKey"] for event in marked}) == 2
    assert {event["metadata"]["status"] for event in marked} == {"succeeded"}


def test_a_signal_ends_the_command_and_the_event(milepost: Milepost, machine: Machine):
    key = f"shell:{next(RUNS)}"
    variables = {**milepost.secrets, "MILEPOST_DEDUP_KEY": key}

    # The command ends both as Ctrl-C does: itself, and the script that waits for it.
    outcome = machine.run([script("run", "sh -c 'kill -INT $PPID; kill -INT $$'")], variables)

    assert outcome.code == 130
    event = milepost.event(key)
    assert (event["metadata"]["status"], event["severity"]) == ("cancelled", "W")


def test_what_is_asked_for_reaches_the_event(milepost: Milepost, machine: Machine):
    key = f"shell:{next(RUNS)}"
    variables = {
        **milepost.secrets,
        "MILEPOST_DEDUP_KEY": key,
        "MILEPOST_PART": "eu",
        "MILEPOST_NAME": 'v2 "canary"',
        "MILEPOST_DESCRIPTION": "\\ and \\u0000",
        "MILEPOST_SOURCE": "cron",
        "MILEPOST_BUCKET_SIDS": "checkout, basket ,",
        "MILEPOST_ENVIRONMENT_SIDS": "prod01",
        "MILEPOST_METADATA": "imageTag=v2=3\nstatus=mine\n\nnonsense\nbranch=other\nempty=",
    }

    outcome = machine.run([script("start")], variables)

    assert outcome.code == 0, outcome.text
    event = milepost.event(f"{key}:eu")
    assert outcome.out == f"{event['sid']}\n"
    assert "nonsense" not in outcome.err
    assert "no KEY=VALUE" in outcome.err
    assert (event["name"], event["description"], event["source"]) == ('v2 "canary"', "\\ and \\u0000", "cron")
    assert (event["bucketSids"], event["environmentSids"]) == (["checkout", "basket"], ["prod01"])
    assert event["metadata"] == {"imageTag": "v2=3", "branch": "other"}


@pytest.mark.parametrize(
    ("told", "kept"),
    [
        (b"a\xff\xfeb", "a\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}b"),
        (b"\xed\xa0\x80\xc0\x80\xf4\x90\x80\x80", "\N{REPLACEMENT CHARACTER}" * 3),
        (b"cut \xe2\x82", "cut \N{REPLACEMENT CHARACTER}"),
        ("é" * 257, "é" * 255 + "…"),
        ("😀" * 256, "😀" * 256),
        ("".join(map(chr, range(1, 160))), "".join(map(chr, range(1, 160)))),
        ("\n", "\n."),
    ],
    ids=["bytes", "no characters", "half a character", "too long", "just fits", "every character", "a line break"],
)
@pytest.mark.parametrize("shell", ["dash", "bash"])
def test_any_name_arrives_as_it_is(milepost: Milepost, machine: Machine, told: bytes | str, kept: str, shell: str):
    key = f"shell:{next(RUNS)}"
    raw = told if isinstance(told, bytes) else told.encode()
    name = raw.decode("utf-8", "surrogateescape") + ("." if raw == b"\n" else "")

    outcome = machine.run(
        [script("start", shell=shell)], {**milepost.secrets, "MILEPOST_DEDUP_KEY": key, "MILEPOST_NAME": name}
    )

    assert outcome.code == 0, outcome.text
    assert milepost.event(key)["name"] == kept


def test_a_key_that_is_too_long_still_names_one_run(milepost: Milepost, machine: Machine):
    name = f"long {next(RUNS)}"
    runs = [{**milepost.secrets, "MILEPOST_NAME": name, "MILEPOST_DEDUP_KEY": "é" * 200 + end} for end in "aab"]

    outcomes = [machine.run([script("start")], variables) for variables in runs]

    assert [outcome.code for outcome in outcomes] == [0, 0, 0]
    assert outcomes[0].out == outcomes[1].out != outcomes[2].out


@pytest.mark.parametrize(
    ("setting", "value", "said"),
    [
        ("MILEPOST_API_TOKEN", "", "MILEPOST_API_TOKEN is empty"),
        ("MILEPOST_API_TOKEN", '$(X)"', "MILEPOST_API_TOKEN holds characters"),
        ("MILEPOST_API_TOKEN", "tok_unknown", "returned error: 401"),
        ("MILEPOST_URL", "", "MILEPOST_URL is no URL"),
        ("MILEPOST_URL", "file:///etc/passwd", "MILEPOST_URL is no URL"),
        ("MILEPOST_ACCOUNT_SID", "../x", "MILEPOST_ACCOUNT_SID is no sid"),
        ("MILEPOST_ACCOUNT_SID", "acc_other", "returned error: 404"),
        ("MILEPOST_DEDUP_KEY", "", "MILEPOST_DEDUP_KEY is needed"),
        ("MILEPOST_RETRIES", "many", "MILEPOST_RETRIES isn't a number"),
        ("MILEPOST_ENVIRONMENT_SIDS", "a,a", "returned error: 400"),
    ],
)
def test_what_can_t_be_right_is_said_and_the_deployment_goes_on(
    milepost: Milepost, machine: Machine, setting: str, value: str, said: str
):
    variables = {**milepost.secrets, "MILEPOST_DEDUP_KEY": f"shell:{next(RUNS)}", setting: value}

    outcome = machine.run([script("start")], variables)

    assert (outcome.code, outcome.out) == (0, "")
    assert said in outcome.err
    assert milepost.token not in outcome.text


@pytest.mark.parametrize("arguments", ["", "begin", "end", "start now", "run", "end ''  x"])
def test_a_wrong_call_is_an_error_in_any_case(machine: Machine, arguments: str):
    outcome = machine.run([script(arguments)], {"CI": "true"})

    assert outcome.code == 2
    assert "usage:" in outcome.err


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


def test_the_action_gives_back_the_output_of_its_step():
    told = load(ROOT / "action.yml")
    (step,) = told["runs"]["steps"]
    assert told["outputs"]["sid"]["value"] == f"${{{{ steps.{step['id']}.outputs.sid }}}}"


@pytest.mark.parametrize(("name", "schema"), SCHEMAS.items())
def test_a_pipeline_is_one_by_its_platform_s_own_schema(name: str, schema: str):
    transform = ["--data-transform", schema] if schema in TRANSFORMED else []
    command = [BIN / "check-jsonschema", "--regex-variant", "nonunicode", "--builtin-schema", f"vendor.{schema}"]
    done = subprocess.run([*command, *transform, ROOT / name], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout + done.stderr


def test_every_yaml_of_a_pipeline_is_held_to_a_schema_or_run_as_a_hook():
    found = {str(path.relative_to(ROOT)) for path in EXAMPLES.rglob("*.yml")} | {"action.yml"}
    assert found == set(SCHEMAS)
    assert {path.parent.name for path in EXAMPLES.rglob("*.yaml")} == {"argo-cd"}


def test_the_shell_is_posix(tmp_path: Path):
    every = [MILEPOST, EXAMPLES / "shell" / "deploy.sh"]
    given = {"MILEPOST_URL": "", "MILEPOST_ACCOUNT_SID": "", "MILEPOST_API_TOKEN": ""}
    for platform in PLATFORMS:
        for ends in (WELL, BADLY):
            pipeline = platform.read(Given(given, platform.words[ends], "", "{phase}", tmp_path))
            for part in (*pipeline.start, *pipeline.deploy, *pipeline.end):
                every.append(tmp_path / f"{len(every)}.sh")
                every[-1].write_text(f"{part.text}\n")
    done = subprocess.run([BIN / "shellcheck", "--shell=sh", *every], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_no_expression_of_a_platform_stands_in_the_text_of_a_shell():
    for name in ("action.yml", "examples/github-actions/deploy.yml", "examples/github-actions/deploy-with-action.yml"):
        told = load(ROOT / name)
        steps = told["runs"]["steps"] if "runs" in told else next(iter(told["jobs"].values()))["steps"]
        assert [step["run"] for step in steps if "${{" in step.get("run", "")] == []


def test_argo_cd_has_the_same_script():
    told = load(EXAMPLES / "argo-cd" / "milepost-script.yaml")
    assert told["data"] == {"milepost.sh": MILEPOST.read_text()}


def test_every_setting_of_the_script_is_told_of():
    names = set(re.findall(r"MILEPOST_[A-Z_]+", MILEPOST.read_text()))
    guide = (EXAMPLES / "README.md").read_text()
    assert set(re.findall(r"^\| `(MILEPOST_[A-Z_]+)`", guide, re.MULTILINE)) == names
    assert set(re.findall(r"MILEPOST_[A-Z_]+", guide)) == names
    links = re.findall(r"\]\(([^)#]+)\)", guide)
    assert [link for link in links if not (EXAMPLES / link).exists()] == []
    assert {path.name for path in EXAMPLES.iterdir() if path.is_dir()} <= {link.split("/")[0] for link in links}
    assert {name for name in load(ROOT / "action.yml")["inputs"] if f"`{name}`" not in guide} == set()
