"""The Codec's law: equal meanings, equal bytes; and no damaged byte is ever an answer."""

from __future__ import annotations

import hashlib
import math
from typing import ClassVar

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from artifact_plane.domain.model.errors import Damaged, InvalidJson
from artifact_plane.domain.model.json import Json, JsonObject, LargerThanBudget
from artifact_plane.domain.model.rendering import BytesSource, Digest
from artifact_plane.ports.codec import Codec
from tests.contracts.sources import BLOCK, GeneratedSource, read_all

texts = st.text(st.characters(codec="utf-8"), max_size=12)
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
)
documents = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5), max_leaves=20
)
objects: st.SearchStrategy[JsonObject] = st.dictionaries(texts, documents, max_size=5)


# A codec keeps nothing from one example to the next.
examples = settings(
    deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.differing_executors]
)


def reordered(value: Json) -> Json:
    """The same meaning written another way: keys the other way round, integers as floats where that is exact."""
    if isinstance(value, dict):
        return {key: reordered(value[key]) for key in reversed(value)}
    if isinstance(value, list):
        return tuple(reordered(item) for item in value)
    if type(value) is int:
        return float(value) or -0.0
    return value


def nested(depth: int) -> JsonObject:
    """An object with so many levels, itself included."""
    value: Json = []
    for _ in range(depth - 2):
        value = [value]
    return {"a": value}


class CodecContract:
    """Subclass it and give the fixture ``codec``, of BLAKE3 and the default limits."""

    largest: ClassVar[int] = 16 * 1024 * 1024
    deepest: ClassVar[int] = 100

    # Canonical form

    @pytest.mark.parametrize(
        ("value", "canonical"),
        [
            ({}, "{}"),
            ({"b": 1, "a": [True, None, "x"]}, '{"a":[true,null,"x"],"b":1}'),
            (
                {"n": [1.0, -0.0, 0.1, 1e300, 2**53, -(2**53)]},
                '{"n":[1,0,0.1,1e+300,9007199254740992,-9007199254740992]}',
            ),
            ({"é": "ü", "z": 1}, '{"z":1,"é":"ü"}'),
            ({"\ue000": 1, "\U0001f600": 2}, '{"\ue000":1,"\U0001f600":2}'),  # by code point, not by UTF-16 unit
            ({"c": '"\\\n\u0001/'}, '{"c":"\\"\\\\\\n\\u0001/"}'),
            ({"a.b": {"": ()}}, '{"a.b":{"":[]}}'),
        ],
    )
    def test_the_canonical_form_is_this(self, codec: Codec, value: JsonObject, canonical: str) -> None:
        """Sorted by code point, no white space, integral numbers as integers; the same bytes on every machine."""
        meaning = codec.meaning(value)
        assert meaning.data.decode() == canonical
        assert (meaning.digest, meaning.size) == (codec.digest(meaning.data), len(canonical.encode()))

    @given(value=objects)
    @examples
    def test_what_was_written_reads_back(self, codec: Codec, value: JsonObject) -> None:
        """The object that canonical bytes say is the one that was given; to write it again changes nothing."""
        meaning = codec.meaning(value)
        assert codec.parse(meaning.data) == value
        assert codec.meaning(codec.parse(meaning.data)) == meaning

    @given(value=objects)
    @examples
    def test_equal_meanings_give_equal_bytes(self, codec: Codec, value: JsonObject) -> None:
        """Whatever their key order, 1 or 1.0, 0 or -0.0 (case P12)."""
        other = reordered(value)
        assert isinstance(other, dict)
        assert codec.meaning(other) == codec.meaning(value)

    @pytest.mark.parametrize(
        "value",
        [
            math.nan,
            math.inf,
            -math.inf,
            2**53 + 1,
            -(2**53) - 1,
            10**5000,
            "\ud800",
            {"\udfff": 1},
            {1: "a"},
            {None: "a"},
            b"bytes",
            {1, 2},
            object(),
        ],
        ids=lambda value: f"{type(value).__name__} {value!a:.20}" if not isinstance(value, int) else "integer",
    )
    def test_what_is_not_json_is_refused_with_its_place(self, codec: Codec, value: object) -> None:
        """InvalidJson: NaN, infinity, an integer beyond 2^53, a lone surrogate, another type (cases J03, J04)."""
        with pytest.raises(InvalidJson) as caught:
            codec.meaning({"steps": [{"id": value}]})  # type: ignore[dict-item]
        assert (caught.value.where or "").startswith("$.steps[0].id")

    @pytest.mark.parametrize("value", [[], "text", 1, None, True])
    def test_a_meaning_is_an_object(self, codec: Codec, value: object) -> None:
        """InvalidJson: not an object."""
        with pytest.raises(InvalidJson):
            codec.meaning(value)  # type: ignore[arg-type]

    def test_depth_is_bounded(self, codec: Codec) -> None:
        """As deep as allowed passes, deeper is refused, and very deep does not break anything (case J01)."""
        assert codec.parse(codec.meaning(nested(self.deepest)).data) == nested(self.deepest)
        for depth in (self.deepest + 1, 100_000):
            value = nested(depth)
            with pytest.raises(InvalidJson):
                codec.meaning(value)
            _unnest(value)

    def test_size_is_bounded(self, codec: Codec) -> None:
        """InvalidJson: larger than allowed, by one byte of the canonical form."""
        fitting = {"a": "x" * (self.largest - len('{"a":""}'))}
        assert codec.meaning(fitting).size == self.largest
        with pytest.raises(InvalidJson):
            codec.meaning({"a": fitting["a"] + "x"})

    def test_more_than_the_budget_is_for_another_thread(self, codec: Codec) -> None:
        """LargerThanBudget: the caller should repeat it off the event loop."""
        with pytest.raises(LargerThanBudget):
            codec.meaning({"rows": list(range(1000))}, budget=100)
        assert codec.meaning({"rows": [1]}, budget=100).data == b'{"rows":[1]}'

    def test_what_is_done_to_the_value_afterwards_does_not_alter_the_meaning(self, codec: Codec) -> None:
        """The meaning is bytes: a private copy."""
        rows = [1]
        meaning = codec.meaning({"rows": rows})
        rows.append(2)
        assert meaning.data == b'{"rows":[1]}'

    @pytest.mark.parametrize(
        "data",
        [
            b"",
            b"[]",
            b"1",
            b"null",
            b'"text"',
            b"{",
            b'{"a":1}x',
            b'{"a":NaN}',
            b"\xff",
            b'{"a":"\xff"}',
            b"[" * 100_000,
        ],
        ids=lambda data: ascii(data)[:24],
    )
    def test_what_is_no_object_does_not_parse(self, codec: Codec, data: bytes) -> None:
        """Damaged: they are not a JSON object."""
        with pytest.raises(Damaged):
            codec.parse(data)

    # Digests

    def test_a_digest_names_its_algorithm(self, codec: Codec) -> None:
        """The content address is ``algorithm:hex``, the published value for the empty text."""
        empty = "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"
        assert codec.digest(b"") == f"blake3:{empty}"

    @given(pieces=st.lists(st.binary(max_size=100)))
    @examples
    def test_a_hasher_takes_bytes_piece_by_piece(self, codec: Codec, pieces: list[bytes]) -> None:
        """The digest of all bytes taken so far, whole or in pieces, bytes or views of them."""
        hasher = codec.hasher()
        for piece in pieces:
            hasher.update(memoryview(piece))
        assert hasher.digest() == hasher.digest() == codec.digest(b"".join(pieces))

    def test_a_large_piece_has_the_same_digest(self, codec: Codec) -> None:
        """However the bytes are hashed, on one core or on several."""
        source = GeneratedSource(length=5 * 1024 * 1024)
        hasher = codec.hasher("blake3")
        for block in source.blocks():
            hasher.update(block)
        assert hasher.digest() == codec.digest(b"".join(source.blocks())) == source.digest

    def test_another_algorithm_can_be_named(self, codec: Codec) -> None:
        """A new hasher of the algorithm named; Damaged where it is not known here."""
        hasher = codec.hasher("sha256")
        hasher.update(b"claims")
        assert hasher.digest() == f"sha256:{hashlib.sha256(b'claims').hexdigest()}"
        for unknown in ("md5", "", "BLAKE3", "nonsense"):
            with pytest.raises(Damaged):
                codec.hasher(unknown)

    # Verified sources

    @pytest.mark.parametrize("length", [0, 1, BLOCK, 20 * BLOCK + 1])
    def test_a_sound_source_reads_whole(self, codec: Codec, length: int) -> None:
        """Every byte, again and again, in small reads and large ones."""
        source = GeneratedSource(length=length, announced=length)
        verified = codec.verified(source, source.digest, "part png")
        assert verified.size == length
        for _ in range(2):
            assert read_all(verified) == b"".join(source.blocks())
        with verified.open() as reader:
            assert b"".join(iter(lambda: reader.read(1000), b"")) == b"".join(source.blocks())

    @pytest.mark.parametrize("length", [1, 10, BLOCK, 20 * BLOCK + 1])
    def test_a_damaged_source_never_reads_to_its_end(self, codec: Codec, length: int) -> None:
        """A reader holds the end back and raises Damaged, naming ``what``, in its place (law 15)."""
        digest = codec.digest(b"something else")
        verified = codec.verified(GeneratedSource(length=length, announced=length), digest, "part png of artifact-1")
        got = 0
        with verified.open() as reader, pytest.raises(Damaged, match="part png of artifact-1"):
            while piece := reader.read(1000):
                got += len(piece)
        assert got < length
        with pytest.raises(Damaged):
            read_all(verified)

    def test_an_empty_source_can_be_damaged(self, codec: Codec) -> None:
        """Where all bytes are lost there is an error, not an empty answer."""
        verified = codec.verified(BytesSource(b""), codec.digest(b"something"), "the meaning")
        with pytest.raises(Damaged):
            read_all(verified)

    @pytest.mark.parametrize("stored", [b"claim", b"claims!", b"Claims"])
    def test_shorter_longer_and_altered_bytes_are_damaged(self, codec: Codec, stored: bytes) -> None:
        """Each whole read is compared to the digest."""
        with pytest.raises(Damaged):
            read_all(codec.verified(BytesSource(stored), codec.digest(b"claims"), "the meaning"))

    def test_a_range_cannot_be_compared(self, codec: Codec) -> None:
        """A ranged read gives the bytes of the range, as they are."""
        verified = codec.verified(BytesSource(b"damaged"), codec.digest(b"claims"), "the meaning")
        assert (read_all(verified, 1, 4), read_all(verified, 3)) == (b"ama", b"aged")

    def test_bytes_are_compared_under_the_algorithm_of_their_digest(self, codec: Codec) -> None:
        """A digest says how it was made; one that nobody here can make is Damaged."""
        sound = Digest(f"sha256:{hashlib.sha256(b'claims').hexdigest()}")
        assert read_all(codec.verified(BytesSource(b"claims"), sound, "the meaning")) == b"claims"
        with pytest.raises(Damaged):
            read_all(codec.verified(BytesSource(b"claims"), Digest("md5:00"), "the meaning"))


def _unnest(value: JsonObject) -> None:
    """Take a very deep value apart level by level: to free it at once would recurse."""
    inner = value["a"]
    assert isinstance(value, dict)
    value.clear()
    while isinstance(inner, list) and inner:
        inner = inner.pop()
