"""Forms and scratch files: however the bytes arrive, they are read the same, and vanish when nobody needs them."""

from __future__ import annotations

import gc
import os
import stat
from collections.abc import AsyncIterator
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from artifact_plane.adapters.http.multipart import Form, FormLimits, boundary_of, read_form
from artifact_plane.adapters.http.scratch import ScratchFile
from artifact_plane.domain.model.errors import InvalidInput
from artifact_plane.domain.model.rendering import BytesSource
from tests.doubles.realms import read_all
from tests.doubles.scratch import opened_under, scratch_in

LIMITS = FormLimits(files=3, document=1_000, file=5_000_000)
FORM = (
    b'--edge\r\nContent-Disposition: form-data; name="one"; filename="x"\r\nContent-Type: image/png\r\n\r\n'
    b"\r\n--edg\r\n-\r\n--edge\r\n"
    b'Content-Disposition: form-data; name="document"\r\n\r\n{"a": 1}\r\n--edge--\r\n'
)


async def _read(*chunks: bytes) -> Form:
    async def arriving() -> AsyncIterator[bytes]:
        for chunk in chunks:
            yield chunk

    return await read_form(arriving(), boundary="edge", document="document", limits=LIMITS)


@given(st.lists(st.integers(1, len(FORM) - 1), max_size=6))
async def test_a_form_is_the_same_however_it_is_cut(cuts: list[int]) -> None:
    places = [0, *sorted(cuts), len(FORM)]
    form = await _read(*(FORM[start:stop] for start, stop in pairwise(places) if start < stop))
    assert form.document == b'{"a": 1}'
    assert [(file.name, file.media_type) for file in form.files.values()] == [("one", "image/png")]
    assert read_all(form.files["one"].source) == b"\r\n--edg\r\n-"


async def test_a_small_file_stays_in_memory_and_a_large_one_does_not() -> None:
    head = b'--edge\r\nContent-Disposition: form-data; name="document"\r\n\r\n{}\r\n--edge\r\n'
    for size, kind in ((65_536, BytesSource), (65_537, ScratchFile), (3_000_000, ScratchFile)):
        file = b'Content-Disposition: form-data; name="f"\r\n\r\n' + b"x" * size + b"\r\n--edge--"
        found = (await _read(head, file)).files["f"]
        assert isinstance(found.source, kind)
        assert (found.source.size, read_all(found.source)) == (size, b"x" * size)


@pytest.mark.parametrize(
    "given", ["multipart/form-data", 'multipart/form-data; boundary=""', "x; boundary=" + "y" * 71]
)
def test_a_boundary_is_there_and_short(given: str) -> None:
    with pytest.raises(InvalidInput):
        boundary_of(given)
    assert boundary_of('multipart/form-data; boundary="a b"') == "a b"


def test_a_scratch_file_is_read_in_any_part_and_any_number_of_times() -> None:
    file = ScratchFile()
    file.write(b"01234")
    file.write(bytearray(b"56789"))
    assert (file.size, read_all(file)) == (10, b"0123456789")
    for start, stop in ((3, 7), (0, None), (8, 99), (5, 5), (9, None)):
        with file.open(start, stop) as reader:
            assert reader.read() == b"0123456789"[start:stop]


def test_a_scratch_file_is_nameless_and_its_owners_alone(tmp_path: Path) -> None:
    old = os.umask(0)
    try:
        with scratch_in(tmp_path):
            file = ScratchFile()
            file.write(b"secret")
        (made,) = opened_under(tmp_path)
        assert list(tmp_path.iterdir()) == []
        assert stat.S_IMODE(os.fstat(made).st_mode) == 0o600
    finally:
        os.umask(old)


def test_a_scratch_file_lives_as_long_as_somebody_reads_it(tmp_path: Path) -> None:
    with scratch_in(tmp_path):
        file = ScratchFile()
    file.write(b"x" * 300_000)
    reader = file.open()
    del file
    assert reader.read() == b"x" * 300_000
    assert len(opened_under(tmp_path)) == 1
    reader.close()
    del reader
    gc.collect()
    assert opened_under(tmp_path) == {}
