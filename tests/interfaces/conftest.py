"""What tests of several ways in need."""

from pathlib import Path

import pytest

from tests.interfaces.command_line import CommandLine


@pytest.fixture
def cli(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """`milepost` on an empty store."""
    return CommandLine(tmp_path / "events.db", capsys, monkeypatch)
