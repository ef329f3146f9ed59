"""What kind of work a step is: by hand or by a system, and whether a system could do it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Final

from artifact_plane.adapters.realms.journey.process import Step

_BY_SYSTEM: Final = frozenset(("serviceTask", "scriptTask", "businessRuleTask", "sendTask", "receiveTask"))
_SYSTEM_ROLE: Final = re.compile(r"\b(?:system|bot|robot|software|engine|platform)$", re.IGNORECASE)
_WORD: Final = re.compile(r"[^\W\d_]+")
_WORDS_LOOKED_AT: Final = 6

_REASONS: Final[Mapping[str, tuple[str, ...]]] = {
    "it sends a message, which a system can do when the step before is done": (
        "send",
        "notify",
        "email",
        "inform",
        "remind",
        "acknowledge",
        "alert",
    ),
    "it moves or keeps data, which needs no judgement": (
        "register",
        "record",
        "enter",
        "capture",
        "copy",
        "update",
        "file",
        "archive",
        "store",
        "log",
        "import",
        "export",
        "attach",
        "scan",
        "label",
    ),
    "it computes by a rule": ("calculate", "compute", "sum", "convert", "reconcile", "count"),
    "it compares with what is on record, which can be written as a rule": (
        "check",
        "verify",
        "validate",
        "match",
        "compare",
        "lookup",
    ),
    "it passes work on, which can follow a rule": ("assign", "route", "forward", "schedule", "escalate", "allocate"),
    "it produces a document from what is on record": ("generate", "print", "compile", "publish"),
}
_REASON_OF: Final = {verb: reason for reason, verbs in _REASONS.items() for verb in verbs}


def is_automated(step: Step) -> bool:
    """Whether the source says that a system does it."""
    return step.type in _BY_SYSTEM or (step.role is not None and _SYSTEM_ROLE.search(step.role) is not None)


def is_manual(step: Step) -> bool:
    """Whether it is a task that people do."""
    return step.kind == "task" and not is_automated(step)


def why_automate(step: Step) -> str | None:
    """Why a system could do a manual task, told from its verb; None where nothing speaks for it."""
    if not is_manual(step):
        return None
    verb = next(_leading_words(step), "")
    return next((_REASON_OF[form] for form in _base_forms(verb) if form in _REASON_OF), None)


def _leading_words(step: Step) -> Iterator[str]:
    """The words of the name, an article and the role that it begins with left out."""
    words = [word.lower() for word in _WORD.findall(step.name)[:_WORDS_LOOKED_AT]]
    subject = {*(word.lower() for word in _WORD.findall(step.role or "")), "the", "a", "an"}
    return (word for word in words if word not in subject)


def _base_forms(verb: str) -> tuple[str, ...]:
    """The verb, and what it may be the third person of."""
    return verb, verb.removesuffix("s"), verb.removesuffix("es"), verb.removesuffix("ies") + "y"
