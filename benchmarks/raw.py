"""The raw limit, without a database: one walk of a meaning and its sorted dump, files written durably, the same hash.

Nothing of ours is used here, and each function does the least that the work asks for.
"""

from __future__ import annotations

import math
import os
from pathlib import Path
from statistics import median
from time import perf_counter
from typing import Final

import orjson
from blake3 import blake3

CHUNK: Final = 1024 * 1024
_MOST: Final = 2**53


# Meanings


def walk(document: object) -> None:
    """One walk of a JSON value: every type, number and text is looked at."""
    waiting = [document]
    while waiting:
        container = waiting.pop()
        if type(container) is dict:
            for key in container:
                if type(key) is not str or not key.isascii():
                    key.encode()
            items = container.values()
        else:
            items = container  # type: ignore[assignment]
        for item in items:
            if type(item) is str:
                if not item.isascii():
                    item.encode()
            elif type(item) is int:
                if not -_MOST <= item <= _MOST:
                    raise ValueError("number")
            elif type(item) is dict or type(item) is list:
                waiting.append(item)
            elif type(item) is float:
                if not math.isfinite(item):
                    raise ValueError("number")
            elif item is not None and type(item) is not bool:
                raise ValueError("type")


def canonical(document: object) -> tuple[bytes, str]:
    """The sorted dump of a meaning, and its digest."""
    walk(document)
    data = orjson.dumps(document, option=orjson.OPT_SORT_KEYS)
    return data, f"blake3:{blake3(data).hexdigest()}"


# Files


def write_durably(folder: Path, data: bytes) -> str:
    """Hash ``data`` and have it under its digest, through a loss of power."""
    digest = blake3(data).hexdigest()
    scratch = folder / f"{digest}.new"
    descriptor = os.open(scratch, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        for begin in range(0, len(data), CHUNK):  # a page cache may take far longer over one write of it all
            os.write(descriptor, memoryview(data)[begin : begin + CHUNK])
        os.fdatasync(descriptor)
    finally:
        os.close(descriptor)
    _publish(scratch, folder / digest)
    return digest


def sync_seconds(folder: Path) -> float:
    """What the disk takes to make an append of a page durable: the median of many."""
    taken = []
    descriptor = os.open(folder / "appended", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        for _ in range(100):
            os.write(descriptor, b"x" * 4096)
            began = perf_counter()
            os.fdatasync(descriptor)
            taken.append(perf_counter() - began)
    finally:
        os.close(descriptor)
    return median(taken)


def copy_durably(source: Path, folder: Path) -> Path:
    """Stream a file into ``folder`` under its digest, through a loss of power."""
    scratch = folder / "stream.new"
    digest = copy(source, scratch, sync=True)
    target = folder / digest
    _publish(scratch, target)
    return target


def copy(source: Path, target: Path, *, sync: bool = False) -> str:
    """Stream a file to another, hashing it on the way; its digest."""
    hasher = blake3()
    buffer = memoryview(bytearray(CHUNK))
    with source.open("rb", buffering=0) as reader, target.open("wb", buffering=0) as writer:
        while count := reader.readinto(buffer):
            hasher.update(buffer[:count])
            writer.write(buffer[:count])
        if sync:
            os.fdatasync(writer.fileno())
    return hasher.hexdigest()


def read_hashed(source: Path) -> str:
    """Stream a file through the hash; its digest."""
    hasher = blake3()
    buffer = memoryview(bytearray(CHUNK))
    with source.open("rb", buffering=0) as reader:
        while count := reader.readinto(buffer):
            hasher.update(buffer[:count])
    return hasher.hexdigest()


def _publish(scratch: Path, target: Path) -> None:
    scratch.rename(target)
    folder = os.open(target.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
