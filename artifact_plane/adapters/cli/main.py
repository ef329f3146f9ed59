"""The outermost frame: from words to an exit code, whatever happens in between."""

from __future__ import annotations

import asyncio
import os
import sys
import traceback
from collections.abc import Sequence

from artifact_plane.adapters.cli import exits
from artifact_plane.adapters.cli.command_line import parse
from artifact_plane.adapters.cli.desk import Desk
from artifact_plane.adapters.cli.errors import report, report_bug
from artifact_plane.adapters.cli.page.blocks import Paragraph, line
from artifact_plane.adapters.cli.screen import Screen
from artifact_plane.adapters.cli.toolbox import Toolbox
from artifact_plane.domain.model.errors import ArtifactPlaneError


def run(argv: Sequence[str] | None, toolbox: Toolbox) -> int:
    """Carry out one command line and return its exit code (see ``exits``); ``argv`` None means this process's.

    Answers go to standard output, errors to standard error: what happened, where, what to do. Never raises.
    """
    words = sys.argv[1:] if argv is None else list(argv)
    screen = Screen.of_process()
    try:
        return _guarded(words, toolbox, screen)
    except BrokenPipeError:
        return exits.UNREAD
    except KeyboardInterrupt:
        return exits.INTERRUPTED
    except ArtifactPlaneError as error:  # what was to be told could not be written either
        return exits.of_error(error)


def _guarded(words: Sequence[str], toolbox: Toolbox, screen: Screen) -> int:
    as_json = "--json" in words
    try:
        code = _carried_out(words, Desk(toolbox=toolbox, screen=screen))
        screen.flush()
    except ArtifactPlaneError as error:
        report(screen, error, as_json=as_json)
        return exits.of_error(error)
    except KeyboardInterrupt:
        screen.tell(Paragraph(line("interrupted")))
        return exits.INTERRUPTED
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001 - the outermost frame: whatever is left is a bug of ours
        report_bug(screen, error, as_json=as_json)
        if os.environ.get("AP_DEBUG"):
            traceback.print_exception(error, file=screen.err)
        return exits.BUG
    return code


def _carried_out(words: Sequence[str], desk: Desk) -> int:
    call = parse(words)
    if call.is_command:
        return asyncio.run(call.carry_out(desk))
    try:
        call.print()
    except SystemExit as error:  # how the library that prints says that nobody reads any more
        raise BrokenPipeError from error
    return exits.OK
