"""The rules of this house that no linter knows."""

import json
import re
import subprocess
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
LONGEST_FILE = 400
ADDRESS = re.compile(r"https?://|^--(index-url|extra-index-url|find-links)", re.MULTILINE)
LOCKS = sorted(ROOT.glob("requirements*.lock"))
PACKAGE_LOCKS = [path for path in ROOT.rglob("package-lock.json") if "node_modules" not in path.parts]


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "--", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / name for name in listed.stdout.splitlines()]


def test_no_file_of_ours_outgrows_a_reader():
    sizes = {str(path.relative_to(ROOT)): len(path.read_text().splitlines()) for path in tracked("*.py", "*.sql")}

    assert {name: lines for name, lines in sizes.items() if lines > LONGEST_FILE} == {}


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_names_exact_versions_with_hashes_and_no_address(lock: Path):
    text = lock.read_text()
    pins = re.findall(r"^[A-Za-z0-9._-]+(?:\[[^\]]*\])?==[^ ]+.*\\$\n +--hash=sha256:", text, re.MULTILINE)
    requirements = re.findall(r"^[A-Za-z0-9].*", text, re.MULTILINE)

    assert len(pins) == len(requirements) > 0
    assert ADDRESS.search(text) is None


def test_package_locks_name_no_address():
    assert PACKAGE_LOCKS
    for lock in PACKAGE_LOCKS:
        packages = json.loads(lock.read_text())["packages"]
        assert [name for name, package in packages.items() if "resolved" in package] == []
        assert [name for name, package in packages.items() if name and "integrity" not in package] == []


def test_every_dependency_says_why_it_is_there():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    asked = [
        *project["project"]["dependencies"],
        *(name for group in project["dependency-groups"].values() for name in group),
    ]
    names = {re.split(r"[^A-Za-z0-9._-]", requirement)[0] for requirement in asked}
    reasons = (ROOT / "CONTRIBUTING.md").read_text()
    told = {
        name.strip() for row in re.findall(r"^\| ([^|]+) \|", reasons, re.MULTILINE) for name in re.split(r"[,(]", row)
    }

    assert names - told == set()
