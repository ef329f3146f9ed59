"""The command line ``artifact-plane`` (short ``ap``): a driving adapter.

Composition calls ``run(argv, toolbox) -> int`` and exits with what it returns::

    from artifact_plane.adapters.cli import OpenOptions, Toolbox, run

    def main() -> None:
        sys.exit(run(None, Toolbox(open=..., attachment=..., ...)))

``argv`` None means the arguments of this process. See ``toolbox`` for what each tool promises.
"""

from __future__ import annotations

from artifact_plane.adapters.cli.main import run
from artifact_plane.adapters.cli.toolbox import Opener, OpenOptions, Toolbox

__all__ = ["OpenOptions", "Opener", "Toolbox", "run"]
