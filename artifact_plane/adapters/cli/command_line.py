"""The commands by name, and how words become a call.

Commands are named by the module they live in, which is imported when the command is used and not before: a
command line must answer at once.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from functools import partial
from inspect import BoundArguments
from typing import Final, TypeAlias, cast

import attrs
from cyclopts import App, CycloptsError, Group, Parameter, UnusedCliTokensError

from artifact_plane.adapters.cli.desk import Desk
from artifact_plane.adapters.cli.options import Shared
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.identity import printable

Command: TypeAlias = Callable[..., Awaitable[int | None]]

_PACKAGE: Final = "artifact_plane.adapters.cli.commands"
_TRY, _USE, _ASK, _RULE, _KEEP, _HELP = (
    Group(title, sort_key=position)
    for position, title in enumerate(("Start here", "Work", "Ask where and why", "Policy", "Upkeep", "Help"), start=1)
)
_COMMANDS: Final = (
    ("demo", "demo:demo", _TRY, "Run the bundled example through all four realms and show what became of it."),
    ("run", "running:run", _USE, "Execute an intent and show what was decided about its results."),
    ("ls", "listing:ls", _USE, "List artifacts, newest first."),
    ("show", "showing:show", _USE, "Show an artifact: its record, parts, rulings and meaning."),
    ("get", "getting:get", _USE, "Write an artifact's meaning or one of its renderings."),
    ("put", "putting:put", _USE, "Store a file as an artifact, by explicit request."),
    ("rm", "removing:rm", _USE, "Delete an artifact; its record, receipts and lineage stay."),
    ("execution", "executions:execution", _ASK, "Show one execution: its state, references and attachments."),
    ("explain", "explaining:explain", _ASK, "Say for every part why it is kept, cached or dropped."),
    ("serve", "serving:serve", _USE, "Serve the plane over HTTP, with its pages."),
    ("doctor", "doctor:doctor", _KEEP, "Look at everything that the plane stands on: a line each."),
    ("migrate", "migrating:migrate", _KEEP, "Bring a Postgres record store's tables up to date."),
    ("copy", "copying:copy", _KEEP, "Copy everything to the stores of another profile, and verify it."),
    ("events", "events:events", _KEEP, "List events whose delivery was given up, or deliver one once more."),
)
_POLICY_COMMANDS: Final = (
    ("check", "policy_check:check", "Check policy files without a plane."),
    ("show", "policy_show:show", "Show the policy in force for a solution, each rule with its place."),
    ("explain", "policy_explain:explain", "Say what the policy in force would decide, and why."),
    ("put", "policy_put:put", "Put a policy in force where policies are kept in Postgres."),
)
_TOKEN_COMMANDS: Final = (
    ("create", "tokens:create", "Make a token; it is shown once."),
    ("list", "tokens:list_", "List the tenant's tokens."),
    ("revoke", "tokens:revoke", "End a token at once."),
)
_AT_HOME: Final = frozenset(
    {"copying", "demo", "doctor", "events", "migrating", "policy_put", "rebuilding", "serving", "tokens"}
)
"""The modules of the commands that no service carries out for those who call it."""
_EPILOGUE: Final = "Try `ap demo`, then `ap ls`. Options stand after the command: `ap ls --json --home DIR`."


@attrs.frozen(kw_only=True)
class Call:
    """A command with its arguments, or the printing of a help page or the version."""

    function: Callable[..., object]
    arguments: BoundArguments
    wants_desk: bool

    @property
    def is_command(self) -> bool:
        """Whether it is one of the plane's own commands."""
        return self.wants_desk

    def print(self) -> None:
        """Print the help page or the version."""
        self.function(*self.arguments.args, **self.arguments.kwargs)

    async def carry_out(self, desk: Desk) -> int:
        """Carry the command out; the answer is its exit code."""
        command = cast(Command, self.function)
        desk = attrs.evolve(desk, at_home=_is_at_home(self.function))
        return await command(*self.arguments.args, **self.arguments.kwargs, desk=desk) or 0


def parse(words: Sequence[str]) -> Call:
    """The call that the words ask for.

    Raises:
        InvalidInput: no such command or option, or a value that does not fit; the nearest legal word is named.
    """
    try:
        function, arguments, unparsed = _application(words).parse_args(list(words))
    except CycloptsError as error:
        raise InvalidInput(_message(error), where="command line", remedy=_remedy(error)) from error
    _check_place(function, arguments)
    return Call(function=function, arguments=arguments, wants_desk="desk" in unparsed)


def _check_place(function: Callable[..., object], arguments: BoundArguments) -> None:
    """Raises InvalidInput where a command that is about a home is to work on a service."""
    shared = arguments.arguments.get("shared")
    if isinstance(shared, Shared) and shared.server is not None and _is_at_home(function):
        raise InvalidInput(
            "this command works on a home, not on a service",
            where="--server",
            remedy="leave --server out, on the machine where the home is",
        )


def _is_at_home(function: Callable[..., object]) -> bool:
    return function.__module__.rpartition(".")[2] in _AT_HOME


_app: Final = partial(
    App,
    help_format="plaintext",
    default_parameter=Parameter(negative=()),
    print_error=False,
    exit_on_error=False,
    verbose=False,
)


def _application(words: Sequence[str]) -> App:
    app = _app(
        name="ap", help="Keeps what your policy says, and can tell why.", version=_version, help_epilogue=_EPILOGUE
    )
    for command, place, group, text in _COMMANDS:
        app.command(f"{_PACKAGE}.{place}", name=command, group=group, help=text, help_epilogue="")
    app.command(_lineage(words))
    policy = _app(
        name="policy",
        help="Check policies, see what is in force, ask what it would decide.",
        group=_RULE,
        help_epilogue="",
    )
    for command, place, text in _POLICY_COMMANDS:
        policy.command(f"{_PACKAGE}.{place}", name=command, help=text, help_epilogue="")
    app.command(policy)
    token = _app(name="token", help="Tokens for those who call a service.", group=_KEEP, help_epilogue="")
    for command, place, text in _TOKEN_COMMANDS:
        token.command(f"{_PACKAGE}.{place}", name=command, help=text, help_epilogue="")
    app.command(token)
    for flag in ("--help", "--version"):
        app[flag].group = (_HELP,)
    return app


def _lineage(words: Sequence[str]) -> App:
    """``ap lineage ID``, and beside it what is done to the projection that answers."""
    text = "Show where an artifact came from, or what came of it."
    app = _app(name="lineage", group=_ASK, help=text, help_epilogue="")
    rebuilding = "Make the projection of the lineage anew from the ledger."
    app.command(f"{_PACKAGE}.rebuilding:rebuild", name="rebuild", help=rebuilding, help_epilogue="")
    if list(words[:1]) == ["lineage"]:  # what answers without a word of its own cannot be named by its module
        from artifact_plane.adapters.cli.commands.tracing import lineage

        app.default(lineage)
    return app


def _version() -> str:
    from importlib.metadata import version

    return f"artifact-plane {version('artifact-plane')}"


def _message(error: CycloptsError) -> str:
    if isinstance(error, UnusedCliTokensError):
        return "more words than the command takes: " + ", ".join(map(printable, error.unused_tokens or ()))
    return str(error).strip()


def _remedy(error: CycloptsError) -> str:
    chain = " ".join(["ap", *(error.command_chain or ())])
    return f"see `{chain} --help`"
