"""``ap policy show``: the policy in force, rule by rule."""

from __future__ import annotations

from typing import Annotated

from cyclopts import Parameter

from artifact_plane.adapters.cli import words
from artifact_plane.adapters.cli.desk import HandedIn
from artifact_plane.adapters.cli.options import DEFAULTS, PolicyFile, Shared
from artifact_plane.adapters.cli.page.blocks import BLANK, Block, Line, Listing, Paragraph, line, quiet, strong
from artifact_plane.adapters.codec.views_policy import condition_view, policy_view
from artifact_plane.domain.model.change import PolicyRecord
from artifact_plane.domain.model.condition import Condition
from artifact_plane.domain.model.governance import GovernanceRule
from artifact_plane.domain.model.identity import check_identifier
from artifact_plane.domain.model.policy_document import Choice, RetentionClass, Rule, RuleTable


async def show(
    *,
    solution: Annotated[str, Parameter(help="The solution whose policy is shown.")] = "default",
    policy: PolicyFile = None,
    shared: Shared = DEFAULTS,
    desk: HandedIn,
) -> None:
    """Show the policy in force for a solution, strongest layer first, each rule with its place."""
    check_identifier("solution id", solution)
    async with desk.open(shared, policy=policy) as app:
        record = await app.steward.policy(shared.tenant, solution)
    desk.answer(shared, lambda: policy_view(record), lambda: _page(record, solution))


def _page(record: PolicyRecord, solution: str) -> tuple[Block, ...]:
    document = record.document
    told = line(strong(f"policy for solution {solution}"), quiet(f"  {words.short_digest(record.digest)}"))
    blocks: list[Block] = [Paragraph(told)]
    blocks += _section("governance", _stewards(document.governance), "no rules: nothing is denied or required")
    override = () if document.override is None else _rules(document.override)
    blocks += _section("solution override", override, "none")
    blocks += _section("platform default", _rules(document.platform), "no rules")
    if document.retention:
        blocks += _section("retention classes", tuple(map(_retention, document.retention.values())), "")
    rest = f"What no rule names is dropped. A plain cache lasts {words.duration(document.cache_ttl)}."
    return (*blocks, BLANK, Paragraph(line(quiet(rest))))


def _section(title: str, rows: tuple[tuple[Line, ...], ...], empty: str) -> list[Block]:
    heading = Paragraph(line(strong(title)))
    if not rows:
        return [BLANK, heading, Paragraph(line(quiet(empty)), 2)]
    last = len(rows[0]) - 1
    return [BLANK, heading, Listing(rows, whole=(0, 1, last), under=((last, last - 1),), indent=2)]


def _stewards(rules: tuple[GovernanceRule, ...]) -> tuple[tuple[Line, ...], ...]:
    return tuple(
        (line(rule.name), line(_demand(rule)), line(_when(rule.when)), line(rule.reason), line(quiet(rule.source)))
        for rule in rules
    )


def _demand(rule: GovernanceRule) -> str:
    if rule.require is not None:
        return f"require {rule.require.value}"
    return "deny " + ", ".join(sorted(decision.value for decision in rule.deny))


def _rules(table: RuleTable) -> tuple[tuple[Line, ...], ...]:
    return tuple(row for name, rules in table.entries.items() for rule in rules for row in _rule(name, rule))


def _rule(name: str, rule: Rule) -> list[tuple[Line, ...]]:
    shown = line("everything else" if name == "*" else name)
    whole = (shown, _choice(rule.choice), line(_when(rule.when)), line(quiet(rule.source)))
    views = [
        (line(quiet(f"  {view}")), _choice(choice), line(""), line(quiet(rule.source)))
        for view, choice in rule.renderings.items()
    ]
    return [whole, *views]


def _choice(choice: Choice) -> Line:
    how = words.ttl(choice.ttl) or (f"as {choice.retention}" if choice.retention else "")
    return line(words.decision(choice.decision), f" {how}" if how else "")


def _when(condition: Condition) -> str:
    tests = condition_view(condition)
    return ", ".join(f"{name} {_wanted(value)}" for name, value in tests.items())


def _wanted(value: object) -> str:
    if isinstance(value, dict):
        return " and ".join(f"{word} {words.size(bound)}" for word, bound in value.items())
    return " or ".join(map(str, value)) if isinstance(value, list) else str(value)


def _retention(one: RetentionClass) -> tuple[Line, ...]:
    return line(one.name), line(f"kept for {words.duration(one.keep)}"), line(quiet(one.source))
