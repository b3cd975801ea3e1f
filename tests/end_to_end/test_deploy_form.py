"""The form of what stands in `examples/deploy/`: by the schemas and checkers of those who are to read it."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from milepost.settings import SETTINGS, read_settings
from milepost.settings.postgres_url import PostgresBackend
from tests.end_to_end.support.balancer import check, configuration
from tests.end_to_end.support.pipelines import EXAMPLES, ROOT, load

DEPLOY = EXAMPLES / "deploy"
GUIDE = (DEPLOY / "README.md").read_text()
BIN = Path(sys.executable).parent
MOST_EXPOSED = 20
"""Tenths on systemd's scale, where 100 is everything."""
UNIT = DEPLOY / "milepost.service"
VARIABLES = {setting.variable for setting in SETTINGS}


def told_by(command: list[str | Path]) -> tuple[int, str]:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


def manifests() -> dict[str, Any]:
    return {one["kind"]: one for one in YAML(typ="safe").load_all(DEPLOY / "kubernetes.yaml")}


def unit(tmp_path: Path) -> Path:
    """The unit with a program that is there."""
    file = tmp_path / UNIT.name
    file.write_text(UNIT.read_text().replace("/opt/milepost/bin/milepost", "/bin/true"))
    return file


def test_the_dockerfile_is_good_practice():
    assert told_by([BIN / "hadolint", DEPLOY / "Dockerfile"]) == (0, "")


def test_the_image_runs_as_a_user_of_its_own_and_installs_only_what_the_locks_hold():
    stages = (DEPLOY / "Dockerfile").read_text().split("\nFROM ")
    assert len(stages) == 3
    assert "pip install" not in stages[2]
    assert re.search(r"^USER 10001:10001$", stages[2], re.MULTILINE)
    installs = re.findall(r"pip install (.*?)(?: \\\\|$)", stages[1], re.MULTILINE)
    assert installs
    assert [line for line in installs if "--require-hashes" not in line and "--no-index" not in line] == []


def test_what_the_dockerfile_copies_is_there():
    copied = re.findall(r"^COPY (?!--from)(.+) \S+$", (DEPLOY / "Dockerfile").read_text(), re.MULTILINE)
    names = [name for line in copied for name in line.split()]
    assert names
    assert [name for name in names if not (ROOT / name).exists()] == []


def test_the_compose_file_is_one_by_its_schema():
    code, told = told_by([BIN / "check-jsonschema", "--builtin-schema", "vendor.compose-spec", DEPLOY / "compose.yaml"])
    assert code == 0, told


def test_the_manifests_are_what_kubernetes_takes():
    code, told = told_by(
        [BIN / "kubernetes-validate", "--strict", "--kubernetes-version", "1.33", DEPLOY / "kubernetes.yaml"]
    )
    assert code == 0, told


def test_the_pods_are_probed_limited_and_can_write_nothing():
    found = manifests()
    spec = found["Deployment"]["spec"]["template"]["spec"]
    [container] = spec["containers"]
    assert spec["securityContext"]["runAsNonRoot"] is True
    assert container["securityContext"]["readOnlyRootFilesystem"] is True
    assert container["securityContext"]["capabilities"] == {"drop": ["ALL"]}
    assert set(container["resources"]["limits"]) == {"cpu", "memory"}
    assert container["readinessProbe"]["httpGet"]["path"] == "/readyz"
    assert container["livenessProbe"]["httpGet"]["path"] == container["startupProbe"]["httpGet"]["path"] == "/healthz"
    labels = found["Deployment"]["spec"]["template"]["metadata"]["labels"]
    assert (
        found["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"]
        == labels
        == found["Service"]["spec"]["selector"]
    )
    assert found["PodDisruptionBudget"]["spec"]["minAvailable"] < found["Deployment"]["spec"]["replicas"]


def test_the_settings_of_the_examples_are_taken():
    found = manifests()
    kubernetes = found["ConfigMap"]["data"] | found["Secret"]["stringData"]
    compose = load(DEPLOY / "compose.yaml")["services"]["milepost1"]["environment"]
    for environ in (kubernetes, compose):
        assert {name for name in environ if name.startswith("MILEPOST_")} <= VARIABLES
        assert isinstance(read_settings(environ).backend, PostgresBackend)


def test_no_example_sets_a_variable_that_there_isn_t():
    for file in DEPLOY.iterdir():
        assert set(re.findall(r"MILEPOST_[A-Z_]+", file.read_text())) <= VARIABLES, file.name


def test_haproxy_takes_its_configuration(tmp_path: Path):
    file = tmp_path / "haproxy.cfg"
    file.write_text(configuration(8080, [8081, 8082]))
    checked = check(file)
    assert checked.returncode == 0, checked.stderr
    assert "WARNING" not in checked.stderr


def test_systemd_takes_the_unit_without_a_word(tmp_path: Path):
    assert told_by(["systemd-analyze", "verify", unit(tmp_path)]) == (0, "")


def test_the_unit_leaves_little_exposed(tmp_path: Path):
    code, told = told_by(
        ["systemd-analyze", "security", "--offline=true", f"--threshold={MOST_EXPOSED}", unit(tmp_path)]
    )
    assert code == 0, told


def test_patroni_has_time_for_what_it_waits_for_and_writes_to_two():
    told = load(DEPLOY / "patroni.yml")["bootstrap"]["dcs"]
    assert told["ttl"] >= told["loop_wait"] + 2 * told["retry_timeout"]
    assert told["synchronous_mode"] is told["synchronous_mode_strict"] is True


@pytest.mark.parametrize("file", sorted(path.name for path in DEPLOY.iterdir() if path.name != "README.md"))
def test_every_file_is_told_of(file: str):
    assert f"]({file})" in GUIDE


def test_no_password_stands_in_an_example():
    for file in DEPLOY.iterdir():
        assert re.findall(r"(?i)(?:password|PGPASSWORD): *(?!CHANGE-ME|\$\{)[\w-]+", file.read_text()) == [], file.name
