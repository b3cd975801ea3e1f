"""Native histograms, which no text format has, sent to a Prometheus by its remote-write protocol.

The message is Prometheus' `WriteRequest` (prompb/remote.proto and types.proto), in protobuf, as one literal of Snappy's block format.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping

import httpx2

VARINT, DOUBLE, BYTES = 0, 1, 2
SCHEMA = 0
"""Buckets end at powers of two."""


def write_histogram(
    url: str, name: str, labels: Mapping[str, str], samples: Iterable[tuple[int, int]], bucket: int
) -> None:
    """A native histogram: at each of these moments (seconds), so many observations between 2^(bucket-1) and 2^bucket."""
    named = sorted({"__name__": name, **labels}.items())
    series = b"".join(_field(1, _field(1, key.encode()) + _field(2, text.encode())) for key, text in named)
    series += b"".join(_field(4, _histogram(moment, count, bucket)) for moment, count in samples)
    headers = {
        "content-encoding": "snappy",
        "content-type": "application/x-protobuf",
        "x-prometheus-remote-write-version": "0.1.0",
    }
    answer = httpx2.post(f"{url}/api/v1/write", content=_snappy(_field(1, series)), headers=headers, trust_env=False)
    assert answer.status_code == 204, answer.text


def _histogram(moment: int, count: int, bucket: int) -> bytes:
    span = _number(1, _signed(bucket)) + _number(2, 1)
    parts = [
        _number(1, count), _double(3, count * 2.0**bucket), _number(4, _signed(SCHEMA)), _double(5, 1e-9), _number(6, 0),
        _field(11, span), _field(12, _varint(_signed(count))), _number(15, moment * 1_000),
    ]  # fmt: skip
    return b"".join(parts)


def _varint(number: int) -> bytes:
    pieces = bytearray()
    while number > 0x7F:
        pieces.append(number & 0x7F | 0x80)
        number >>= 7
    return bytes([*pieces, number])


def _signed(number: int) -> int:
    return number * 2 if number >= 0 else -number * 2 - 1


def _number(field: int, number: int) -> bytes:
    return _varint(field << 3 | VARINT) + _varint(number)


def _double(field: int, number: float) -> bytes:
    return _varint(field << 3 | DOUBLE) + struct.pack("<d", number)


def _field(field: int, content: bytes) -> bytes:
    return _varint(field << 3 | BYTES) + _varint(len(content)) + content


def _snappy(content: bytes) -> bytes:
    """One literal, its length in four bytes."""
    return _varint(len(content)) + bytes([63 << 2]) + struct.pack("<I", len(content) - 1) + content
