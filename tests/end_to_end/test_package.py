"""What users install is whole: the wheel holds every file of ours, and nothing else."""

import subprocess
import sys
import zipfile
from pathlib import Path

ROOT = Path(__file__).parents[2]


def build_wheel(folder: Path) -> Path:
    command = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "-w", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    return next(folder.glob("milepost-*.whl"))


def test_the_wheel_holds_every_file_of_ours_and_nothing_else(tmp_path: Path):
    with zipfile.ZipFile(build_wheel(tmp_path)) as wheel:
        packed = {name for name in wheel.namelist() if ".dist-info/" not in name}
        about = {name.rpartition("/")[2] for name in wheel.namelist() if ".dist-info/" in name}
    package = ROOT / "server" / "milepost"
    ours = {
        str(path.relative_to(package.parent))
        for path in package.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }

    assert packed == ours
    assert {"LICENSE", "entry_points.txt"} <= about
