"""The codec by orjson, BLAKE3 and SHA-256 keeps its port's law."""

from __future__ import annotations

import enum
from collections import OrderedDict
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact_plane.adapters.codec.canonical import JsonCodec, canonical_bytes
from artifact_plane.adapters.codec.digests import ALGORITHMS
from artifact_plane.domain.model.errors import InvalidInput, InvalidJson
from artifact_plane.domain.model.json import JsonLimits, JsonObject
from tests.contracts.codec import CodecContract


class TestJsonCodec(CodecContract):
    """Everything that ``CodecContract`` says."""

    @pytest.fixture
    def codec(self) -> JsonCodec:
        return JsonCodec()


def test_digests_of_meanings_do_not_change_between_releases() -> None:
    """A stored meaning is found by its digest for ever: these values are pinned."""
    meaning: JsonObject = {
        "title": "Prüfung",
        "steps": [{"id": 1.0, "next": None}],
        "score": 0.1,
        "big": 1e21,
        "ok": True,
    }
    assert JsonCodec().meaning(meaning).digest == (
        "blake3:d19b1bf438def01fd54f0cf1285fde2bd79a655d62d12939d818629463bd601b"
    )
    assert JsonCodec().meaning(meaning).data.decode() == (
        '{"big":1e+21,"ok":true,"score":0.1,"steps":[{"id":1,"next":null}],"title":"Prüfung"}'
    )


def test_sha256_is_a_setting() -> None:
    """The algorithm of the settings makes the digests, and each digest says which it was."""
    codec = JsonCodec("sha256")
    assert codec.digest(b"") == "sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert codec.hasher().digest() == codec.digest(b"")
    assert codec.hasher("blake3").digest() == JsonCodec().digest(b"")


def test_an_unknown_algorithm_is_refused_when_the_codec_is_made() -> None:
    """InvalidInput names the algorithms there are."""
    with pytest.raises(InvalidInput) as caught:
        JsonCodec("md5")
    assert all(name in (caught.value.remedy or "") for name in ALGORITHMS)


def test_any_json_value_has_a_canonical_form() -> None:
    """Renderings given as JSON need not be objects."""
    assert canonical_bytes([1.0, "a", None]) == b'[1,"a",null]'
    with pytest.raises(InvalidJson):
        canonical_bytes("x" * 20, JsonLimits(max_bytes=10))


class Colour(enum.StrEnum):
    """A text that is not only a text."""

    RED = "red"


class Rank(enum.IntEnum):
    """A number that is not only a number."""

    FIRST = 1


@pytest.mark.parametrize("value", [Colour.RED, Rank.FIRST, {Colour.RED: 1}, type("Metres", (float,), {})(1.5)])
def test_what_only_looks_like_json_is_refused(value: object) -> None:
    """A subclass of a plain type may mean something that JSON would lose."""
    with pytest.raises(InvalidJson):
        canonical_bytes([value])


def test_any_mapping_and_any_list_or_tuple_is_accepted() -> None:
    """What is walked need not be of the plain types; what is written is."""
    value = OrderedDict(b=MappingProxyType({"y": (1, [2])}), a=[])
    assert canonical_bytes(value) == b'{"a":[],"b":{"y":[1,[2]]}}'


@given(st.dictionaries(st.text(st.characters(codec="utf-8")), st.integers(0, 9)))
def test_keys_are_in_the_order_of_their_code_points(value: dict[str, int]) -> None:
    """The order does not depend on a locale, nor on how UTF-16 would sort."""
    assert list(JsonCodec().parse(canonical_bytes(value))) == sorted(value)
