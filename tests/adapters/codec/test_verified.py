"""Verified reading: a damaged content never shows its end, and a small one shows nothing at all."""

from __future__ import annotations

import io
from typing import BinaryIO, cast

import attrs
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from artifact_plane.adapters.codec.canonical import JsonCodec
from artifact_plane.adapters.codec.verified import CHUNK
from artifact_plane.domain.model.errors import Damaged
from artifact_plane.domain.model.rendering import ByteSource, BytesSource, Digest

codec = JsonCodec()


class _Trickle(io.BytesIO):
    """Gives fewer bytes than it is asked for, as a socket may."""

    def read(self, size: int | None = -1, /) -> bytes:
        return super().read(size if size is None or size < 0 else max(1, size // 3))


@attrs.frozen
class TrickleSource(ByteSource):
    """Bytes in small and uneven pieces; ``opened`` remembers the readers."""

    data: bytes
    opened: list[BinaryIO] = attrs.field(factory=list)

    @property
    def size(self) -> int | None:
        return None

    def open(self, start: int = 0, stop: int | None = None) -> BinaryIO:
        self.opened.append(cast(BinaryIO, _Trickle(self.data[start:stop])))
        return self.opened[-1]


def content(length: int) -> bytes:
    """Bytes that differ from place to place."""
    return b"".join(number.to_bytes(8, "big") for number in range(length // 8 + 1))[:length]


def verified(data: bytes, digest: Digest | None = None) -> ByteSource:
    """``data`` compared to ``digest``, or to its own."""
    return codec.verified(BytesSource(data), digest or codec.digest(data), "part pdf of a-1")


LENGTHS = [0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5]


@pytest.mark.parametrize("length", LENGTHS)
def test_every_way_of_reading_gives_the_same_bytes(length: int) -> None:
    """read(), read(n) and readinto(), with n that divides nothing."""
    data = content(length)
    with verified(data).open() as whole:
        assert whole.read() == data
        assert whole.read() == b""
    with verified(data).open() as stream:
        pieces = list(iter(lambda: stream.read(300_007), b""))
        assert b"".join(pieces) == data
        assert {len(piece) for piece in pieces[:-1]} <= {300_007}
    buffered = io.BufferedReader(cast(io.RawIOBase, verified(data).open()), 10_000)
    assert buffered.read() == data
    buffer, stream = bytearray(length + 1), verified(data).open()
    assert cast(io.RawIOBase, stream).readinto(buffer) == length
    assert buffer[:length] == data


@pytest.mark.parametrize("length", [1, 1000, CHUNK])
def test_a_small_damaged_content_does_not_give_a_single_byte(length: int) -> None:
    """Up to 1 MiB everything is compared before anything is given."""
    data = content(length)
    damaged = data[:-1] + bytes([data[-1] ^ 1])
    with verified(damaged, codec.digest(data)).open() as stream, pytest.raises(Damaged, match="part pdf of a-1"):
        stream.read(1)


@pytest.mark.parametrize("length", [CHUNK + 1, 2 * CHUNK, 3 * CHUNK + 5])
@pytest.mark.parametrize("flipped", [0, -1])
def test_a_large_damaged_content_never_gives_its_last_chunk(length: int, flipped: int) -> None:
    """However early the damage lies, the end is held back; and who asks again hears it again."""
    data = content(length)
    damaged = bytearray(data)
    damaged[flipped] ^= 1
    got = 0
    with verified(bytes(damaged), codec.digest(data)).open() as stream:
        with pytest.raises(Damaged):
            while piece := stream.read(1000):
                got += len(piece)
        for _ in range(2):
            with pytest.raises(Damaged):
                stream.read(1)
    assert got <= (length - 1) // CHUNK * CHUNK


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2 * CHUNK + 3), st.integers(1, CHUNK + 3))
def test_a_source_in_small_pieces_reads_alike(length: int, step: int) -> None:
    """A source may give less than it was asked for before its end."""
    data = content(length)
    source = TrickleSource(data)
    with codec.verified(source, codec.digest(data), "x").open() as stream:
        assert b"".join(iter(lambda: stream.read(step), b"")) == data
    assert source.opened[0].closed


def test_a_closed_reader_closes_its_source_and_reads_no_more() -> None:
    """Closing early compares nothing, and lets go of everything."""
    source = TrickleSource(content(10))
    stream = codec.verified(source, Digest("blake3:00"), "x").open()
    stream.close()
    stream.close()
    assert source.opened[0].closed
    with pytest.raises(ValueError, match="closed"):
        stream.read(1)


def test_each_open_is_compared_anew() -> None:
    """One reader's state is not another's."""
    source = verified(content(CHUNK + 7))
    first, second = source.open(), source.open()
    assert first.read(10) == second.read(10)
    assert first.read() == second.read()
