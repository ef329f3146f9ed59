"""One tenant's claims on blobs and references to them."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterator
from typing import Final, TypeAlias

import attrs

from artifact_plane.domain.model.change import Claim
from artifact_plane.domain.model.rendering import Digest

Owner: TypeAlias = tuple[str, str]
"""What refers to blobs: ``("artifact", id)`` or ``("execution", id)``."""

NOBODY: Final = ""
"""The holder of a claim that stands for a reference which has gone; no process has that name."""


@attrs.frozen
class Reference:
    """One reference of an owner: to a blob, for a part of a version or for an attachment."""

    digest: Digest
    part: tuple[int, str]


@attrs.define
class _Claimed:
    claim: Claim
    given_up: bool = False


class BlobRecords:
    """References by owner, and claims by id and digest: one id may claim several blobs."""

    def __init__(self, tenant_id: str) -> None:
        self._tenant_id: Final = tenant_id
        self.references: Final[defaultdict[Owner, set[Reference]]] = defaultdict(set)
        self.claims: Final[dict[tuple[str, Digest], _Claimed]] = {}
        self._uses: Final[Counter[Digest]] = Counter()

    # References

    def refer(self, owner: Owner, reference: Reference) -> None:
        """Record a reference; repeating it has no effect."""
        if reference not in self.references[owner]:
            self.references[owner].add(reference)
            self._uses[reference.digest] += 1

    def part_with(self, owner: Owner, goes: Callable[[Reference], bool], change_id: str) -> None:
        """Drop the owner's references that go, leaving an abandoned claim for each blob.

        The claims are the change's own: a sweeper that settles late, for an earlier release of the same blob,
        does not hide this one.
        """
        for reference in [one for one in self.references[owner] if goes(one)]:
            self.references[owner].discard(reference)
            self._uses[reference.digest] -= 1
            self.leave(reference.digest, change_id)

    def leave(self, digest: Digest, change_id: str) -> None:
        """Leave an abandoned claim on a blob to be swept."""
        claim = Claim(
            tenant_id=self._tenant_id, digest=digest, claim_id=f"released:{change_id}:{digest}", holder=NOBODY
        )
        self.claims[claim.claim_id, digest] = _Claimed(claim, given_up=True)

    # Claims

    def claim(self, claim: Claim) -> None:
        """Record a claim, or renew it."""
        self.claims[claim.claim_id, claim.digest] = _Claimed(claim)

    def abandon(self, claim_ids: Collection[str]) -> None:
        """Mark the claims of these ids as given up."""
        for (claim_id, _), claimed in self.claims.items():
            if claim_id in claim_ids:
                claimed.given_up = True

    def release(self, claim_ids: Collection[str]) -> None:
        """Forget the claims of these ids: references have taken their place."""
        for key in [key for key in self.claims if key[0] in claim_ids] if claim_ids else ():
            del self.claims[key]

    def abandoned(self, is_alive: Callable[[str], bool]) -> Iterator[Claim]:
        """The claims that were given up, and those of the dead."""
        for claimed in self.claims.values():
            if claimed.given_up or not is_alive(claimed.claim.holder):
                yield claimed.claim

    def settle(self, claim: Claim, is_alive: Callable[[str], bool]) -> None:
        """Forget a claim if it is abandoned."""
        claimed = self.claims.get((claim.claim_id, claim.digest))
        if claimed is not None and (claimed.given_up or not is_alive(claimed.claim.holder)):
            del self.claims[claim.claim_id, claim.digest]

    def removable(self, digest: Digest, is_alive: Callable[[str], bool]) -> bool:
        """Whether nothing refers to the blob and nobody alive claims it."""
        claimed = any(
            one.claim.digest == digest and not one.given_up and is_alive(one.claim.holder)
            for one in self.claims.values()
        )
        return not claimed and self._uses[digest] <= 0
