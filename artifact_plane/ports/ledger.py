"""Ledger: the transactional heart. One use case, one ``commit`` (law 13)."""

from __future__ import annotations

from abc import ABC, abstractmethod

import attrs

from artifact_plane.domain.model.change import Change


@attrs.frozen(kw_only=True)
class Committed:
    """Where a change stands in the ledger; ``repeated`` when it was recorded already and nothing was done."""

    position: int
    repeated: bool = False


class Ledger(ABC):
    """Records changes, each whole or not at all."""

    @abstractmethod
    async def commit(self, change: Change) -> Committed:
        """Record everything in ``change`` at one position, greater than every earlier one.

        Atomic: all of it is visible to every reader afterwards, or nothing is. Durable when it returns: it
        survives the death of the process (and, as configured, of the machine). Idempotent by ``change_id``.
        Concurrent commits may be written together; a failure of one never touches another. If the caller is
        cancelled, the change is recorded or not, but never half.

        Beside what the change says: the parts of its artifacts that are in the payload store, and the kept
        attachments of its execution, become blob references; a write that names artifacts it is derived from gets
        an edge to the current version of each; a tombstone, and an execution that ends, take
        theirs away and leave the blobs to be swept (see ``BlobReferences``). Receipts are journalled as
        ``governance_decision`` records.

        Raises:
            Conflict: an artifact or execution is not at the version that its write replaces, exists though the
                write is of a new one, the intent has an execution of that attempt, the request's key is taken by
                another change and has not expired at the change's time, or a claim it releases was swept
                meanwhile because its holder counted as dead.
            LineageCycle: an attached edge, or edges among the nodes that the change writes, would close a cycle; the
                message names it.
            NotFound: an edge points to an artifact version of which this tenant has none, a write is derived from
                an artifact that is not there, or a tombstone is asked for one.
            Gone: a write is derived from an artifact that was deleted.
            InvalidInput: an edge leaves a node that the change does not write, and ``attaches_edges`` is not set.
            Unavailable: the store is locked past its budget, full or away; the change was not recorded, or the
                same call again says what became of it.
            Damaged: the store's file is corrupt.
        """
