"""Reads the pipelines in `examples/` as their platforms do: which shell runs at the start, as the deployment, at the end."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ruamel.yaml import YAML

ROOT = Path(__file__).parents[3]
EXAMPLES = ROOT / "examples"
DEPLOY = "./deploy.sh"
EXPRESSION = re.compile(r"\$\{\{(.*?)\}\}", re.DOTALL)
MACRO = re.compile(r"\$\(([A-Za-z_.]+)\)")


@dataclass(frozen=True)
class Script:
    """What a platform hands to a shell: `shell` is the command that takes the text as its last argument."""

    text: str
    shell: tuple[str, ...]
    env: Mapping[str, str] = field(default_factory=dict[str, str], repr=False)


@dataclass(frozen=True)
class Pipeline:
    """A run of one job. `end` is what runs after a deployment that ended in one particular way; Argo CD deploys by itself."""

    start: list[Script]
    deploy: list[Script]
    end: list[Script]


@dataclass(frozen=True)
class Given:
    """What the platform knows: `secrets` and settings of the store, how the deployment ended in its words, its contexts."""

    secrets: Mapping[str, str] = field(repr=False)
    status: str
    message: str
    job_name: str = ""
    folder: Path = ROOT


def load(path: Path) -> Any:
    return YAML(typ="safe").load(path)


def load_all(path: Path) -> list[Any]:
    return list(YAML(typ="safe").load_all(path))


def split(scripts: list[Script]) -> Pipeline:
    """Before, at and after the one that deploys."""
    (place,) = [number for number, script in enumerate(scripts) if script.text == DEPLOY]
    return Pipeline(scripts[:place], scripts[place : place + 1], scripts[place + 1 :])


def look_up(contexts: Mapping[str, Any], expression: str) -> str:
    """The first operand of `a.b || c.d` that is something, as text."""
    for operand in expression.split("||"):
        value: Any = contexts
        for name in operand.strip().split("."):
            value = value.get(name, "") if isinstance(value, Mapping) else ""
        if value != "":
            return str(value)
    return ""


def rendered(values: Mapping[str, Any], contexts: Mapping[str, Any]) -> dict[str, str]:
    return {
        name: EXPRESSION.sub(lambda found: look_up(contexts, found[1]), str(value)) for name, value in values.items()
    }


def github(given: Given, name: str) -> Pipeline:
    workflow = load(EXAMPLES / "github-actions" / name)
    (job,) = workflow["jobs"].values()
    contexts: dict[str, Any] = {
        "vars": given.secrets,
        "secrets": given.secrets,
        "github": {"event": {"head_commit": {"message": given.message}}},
        "job": {"status": given.status},
        "strategy": {"job-index": 0},
    }
    scripts = [script for step in job["steps"] for script in _github_step(step, job.get("env", {}), contexts)]
    steps = [step for step in job["steps"] if not step.get("uses", "").startswith("actions/")]
    assert [step.get("if") for step in steps] == [None, None, "always()"]
    return split(scripts)


def _github_step(step: Mapping[str, Any], job_env: Mapping[str, Any], contexts: dict[str, Any]) -> Iterator[Script]:
    env = rendered({**job_env, **step.get("env", {})}, contexts)
    if "run" in step:
        yield Script(step["run"], ("bash", "-e", "-c"), env)
    elif step["uses"].partition("@")[0].endswith("/milepost"):
        yield from action(rendered(step.get("with", {}), contexts), contexts)


def action(inputs: Mapping[str, str], contexts: Mapping[str, Any]) -> Iterator[Script]:
    """The composite action with `inputs`; the runner refuses unknown ones and asks for those that are required."""
    told = load(ROOT / "action.yml")
    known = told["inputs"]
    assert set(inputs) <= set(known)
    assert {name for name, about in known.items() if about.get("required")} <= set(inputs)
    every = {name: str(about.get("default", "")) for name, about in known.items()} | dict(inputs)
    for step in told["runs"]["steps"]:
        env = rendered(step["env"], {**contexts, "inputs": every})
        yield Script(step["run"], (step["shell"], "-e", "-c"), env | {"GITHUB_ACTION_PATH": str(ROOT)})


def gitlab(given: Given) -> Pipeline:
    job = load(EXAMPLES / "gitlab" / ".gitlab-ci.yml")["deploy"]
    shell = ("bash", "-eo", "pipefail", "-c")
    before = split([Script(line, shell, given.secrets) for line in job["script"]])
    status = {**given.secrets, "CI_JOB_STATUS": given.status}
    return Pipeline(before.start, before.deploy, [Script(line, shell, status) for line in job["after_script"]])


def bitbucket(given: Given) -> Pipeline:
    pipelines = load(EXAMPLES / "bitbucket" / "bitbucket-pipelines.yml")["pipelines"]
    step = pipelines["branches"]["main"][0]["step"]
    shell = ("sh", "-e", "-c")
    before = split([Script(line, shell, given.secrets) for line in step["script"]])
    status = {**given.secrets, "BITBUCKET_EXIT_CODE": given.status}
    return Pipeline(before.start, before.deploy, [Script(line, shell, status) for line in step["after-script"]])


def azure(given: Given) -> Pipeline:
    told = load(EXAMPLES / "azure-pipelines" / "azure-pipelines.yml")
    steps = [step for step in told["steps"] if "script" in step]
    assert [step.get("condition") for step in steps] == [None, None, "always()"]
    # A variable group reaches every step, but for its secrets; those only where a step maps them.
    plain = {name: value for name, value in given.secrets.items() if name != "MILEPOST_API_TOKEN"}
    always = {**plain, "AGENT_JOBSTATUS": given.status}
    return split(
        [
            Script(step["script"], ("bash", "--noprofile", "--norc", "-c"), always | _macros(step, given.secrets))
            for step in steps
        ]
    )


def _macros(step: Mapping[str, Any], values: Mapping[str, str]) -> dict[str, str]:
    assert MACRO.search(step["script"]) is None
    return {name: MACRO.sub(lambda found: values[found[1]], value) for name, value in step.get("env", {}).items()}


def circleci(given: Given) -> Pipeline:
    told = load(EXAMPLES / "circleci" / "config.yml")
    assert told["workflows"]["deploy"]["jobs"][0]["deploy"]["context"] == "milepost"
    runs = [step["run"] for step in told["jobs"]["deploy"]["steps"] if "run" in step]
    found = split([Script(run["command"], ("bash", "-eo", "pipefail", "-c"), given.secrets) for run in runs])
    when = [run.get("when", "on_success") for run in runs][-len(found.end) :]
    return Pipeline(
        found.start,
        found.deploy,
        [script for script, condition in zip(found.end, when, strict=True) if condition == given.status],
    )


def argo_cd(given: Given) -> Pipeline:
    """`status` is the phase of the hook that ends it. What a volume mounts lies in `given.folder`."""
    script = load(EXAMPLES / "argo-cd" / "milepost-script.yaml")
    for name, text in script["data"].items():
        (given.folder / name).write_text(text)
    hooks = {
        job["metadata"]["annotations"]["argocd.argoproj.io/hook"]: _hook(job, script["metadata"]["name"], given)
        for job in load_all(EXAMPLES / "argo-cd" / "milepost-hooks.yaml")
    }
    return Pipeline([hooks["PreSync"]], [], [hooks[given.status]])


def _hook(job: Mapping[str, Any], config_map: str, given: Given) -> Script:
    pod = job["spec"]["template"]["spec"]
    (container,) = pod["containers"]
    (mount,) = container["volumeMounts"]
    assert {volume["name"]: volume["configMap"]["name"] for volume in pod["volumes"]} == {mount["name"]: config_map}
    phase = job["metadata"]["annotations"]["argocd.argoproj.io/hook"].lower()
    name = job["metadata"]["generateName"] + given.job_name.format(phase=phase)
    assert len(name) <= 63
    (text,) = container["args"]
    return Script(
        text.replace(f"{mount['mountPath']}/", f"{given.folder}/"),
        tuple(container["command"]),
        {variable["name"]: _value(variable, name, given.secrets) for variable in container["env"]},
    )


def _value(variable: Mapping[str, Any], job_name: str, secrets: Mapping[str, str]) -> str:
    if "value" in variable:
        return variable["value"]
    source = variable["valueFrom"]
    if "secretKeyRef" in source:
        return secrets[f"MILEPOST_{source['secretKeyRef']['key'].upper().replace('-', '_')}"]
    assert source == {"fieldRef": {"fieldPath": "metadata.labels['job-name']"}}
    return job_name
