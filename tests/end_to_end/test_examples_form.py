"""The form of what stands in `examples/`: by the platforms' own schemas, as POSIX shell, and as the guide tells it."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests.end_to_end.support.pipelines import EXAMPLES, ROOT, Given, load
from tests.end_to_end.support.platforms import PLATFORMS

MILEPOST = EXAMPLES / "shell" / "milepost.sh"
BIN = Path(sys.executable).parent
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
    assert found - {"examples/deploy/patroni.yml"} == set(SCHEMAS)
    assert {path.parent.name for path in EXAMPLES.rglob("*.yaml")} == {"argo-cd", "deploy"}


def test_the_shell_is_posix(tmp_path: Path):
    every = [MILEPOST, EXAMPLES / "shell" / "deploy.sh"]
    given = {"MILEPOST_URL": "", "MILEPOST_ACCOUNT_SID": "", "MILEPOST_API_TOKEN": ""}
    for platform in PLATFORMS:
        for word in platform.words:
            pipeline = platform.read(Given(given, word, "", "{phase}", tmp_path))
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
    # Renew it with: sed -i '/^  milepost.sh: |$/q' FILE; sed 's/^./    &/' examples/shell/milepost.sh >> FILE
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
