"""Policies as text, read."""

from __future__ import annotations

from textwrap import dedent

import pytest

from artifact_plane.adapters.filesystem.yaml_text import read_yaml
from artifact_plane.domain.model.decision import MaterializationDecision
from artifact_plane.domain.model.errors import InvalidPolicy
from artifact_plane.domain.model.policy_text import PolicyText, read_policy

PERSIST, CACHE, DISCARD = (
    MaterializationDecision.PERSIST,
    MaterializationDecision.CACHE,
    MaterializationDecision.DISCARD,
)
DAY = 86_400


def policy(text: str, *, governance: bool = False, file: str = "p.yaml") -> PolicyText:
    """What a YAML text says."""
    return read_policy(read_yaml(dedent(text).encode(), file), governance=governance)


def problems(text: str, *, governance: bool = False) -> list[str]:
    """Everything wrong with a text, as it is printed."""
    with pytest.raises(InvalidPolicy) as caught:
        policy(text, governance=governance)
    return [str(problem) for problem in caught.value.problems]
