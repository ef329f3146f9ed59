"""``python -m artifact_plane`` is the command line."""

from __future__ import annotations

from artifact_plane.composition.entry_points import main

if __name__ == "__main__":
    main()
