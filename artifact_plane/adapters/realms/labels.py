"""The labels that an intent asks for on its output."""

from __future__ import annotations

from artifact_plane.adapters.realms.attachments import Parameters
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.result import label_set
from artifact_plane.ports.realm import RefusedInput


def labels_of(parameters: Parameters) -> tuple[str, ...]:
    """What the parameter ``labels`` lists, sorted, each once.

    Raises:
        RefusedInput: it is no list of texts, or one is not a legal name.
    """
    try:
        return label_set(parameters.texts("labels"))
    except RefusedInput:
        raise
    except InvalidInput as error:
        raise RefusedInput(error.message, where="parameter 'labels'", remedy=error.remedy) from None
