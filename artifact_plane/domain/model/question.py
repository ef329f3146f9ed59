"""A question about a policy: what would it say to this? The facts as a person names them, checked."""

from __future__ import annotations

from collections.abc import Iterable

from artifact_plane.domain.model.decision import ATTACHMENT, Basis, Role, Subject
from artifact_plane.domain.model.identity import check_identifier, check_name
from artifact_plane.domain.model.rendering import SEMANTIC_PART, check_media_type
from artifact_plane.domain.model.result import label_set


def question(
    *,
    result_type: str,
    tenant_id: str,
    solution_id: str,
    rendering: str | None = None,
    labels: Iterable[str] = (),
    media_type: str | None = None,
    realm: str | None = None,
    intent_type: str | None = None,
    size: int | None = None,
    regenerable: bool = False,
    explicit: bool = False,
) -> Subject:
    """What a policy is asked about: an output, one view of it, its meaning, or a file that is given to a run.

    ``rendering`` names the view, or as ``semantic_payload`` the meaning; ``result_type`` is ``attachment`` for a file.

    Raises:
        InvalidInput: a name, label, id or media type is not legal.
    """
    role = _role(check_name("result_type", result_type), rendering)
    for what, name in (("realm", realm), ("intent_type", intent_type)):
        if name is not None:
            check_name(what, name)
    if media_type is not None:
        check_media_type(media_type)
    return Subject(
        result_type=result_type,
        role=role,
        basis=Basis.MEANING if role is Role.SEMANTIC else Basis.EXPLICIT if explicit else Basis.RESULT,
        rendering=rendering if role is Role.RENDERING else None,
        realm=realm,
        intent_type=intent_type,
        tenant_id=tenant_id,
        solution_id=check_identifier("solution_id", solution_id),
        labels=frozenset(label_set(labels)),
        media_type=media_type,
        size=size,
        regenerable=regenerable,
    )


def _role(result_type: str, rendering: str | None) -> Role:
    if result_type == ATTACHMENT:
        return Role.ATTACHMENT
    if rendering is None:
        return Role.OUTPUT
    check_name("rendering", rendering)
    return Role.SEMANTIC if rendering == SEMANTIC_PART else Role.RENDERING
