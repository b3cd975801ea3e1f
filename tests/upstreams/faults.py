"""Whatever may go wrong between Milepost and an upstream: how it is played, and what has to be made of it."""

from __future__ import annotations

import gzip
import json
from dataclasses import dataclass

from milepost.domain.errors import Broken, Unavailable
from milepost.upstreams.exchange import AnswerTooLarge, ExchangeLimits
from tests.upstreams.scripted_server import (
    Play,
    answer,
    drips,
    keeps_silent,
    pours,
    resets,
    says,
    says_and_closes,
)
from tests.upstreams.talking import HASTY, PATIENT, TICKET, VENDOR

UNKNOWN = "whether it was written is unknown; look before you write it again"
NOTHING = "nothing was written"
MEBIBYTE = b" " * (1 << 20)
HTML = f"<html><body><h1>{VENDOR}</h1>{TICKET}</body></html>".encode()
ERROR = json.dumps({"error": {"message": VENDOR}, "ticket": TICKET}).encode()


@dataclass(frozen=True)
class Fault:
    """`text`: what is said of it after the upstream's name. `tries`: how often a read is tried; None is at least once."""

    play: Play
    text: str
    unknown: bool
    tries: int | None = 3
    kind: type[Unavailable] = Unavailable
    limits: ExchangeLimits = PATIENT

    @property
    def outcome(self) -> str:
        return f"; {UNKNOWN}" if self.unknown else f"; {NOTHING}"


def status(number: int, text: str, *headers: str, unknown: bool = True) -> Fault:
    return Fault(says(answer(number, ERROR, *headers)), f"{text} (status {number})", unknown)


def unreadable(play: Play, what: str) -> Fault:
    return Fault(play, f"answered what can't be understood ({what})", unknown=True, tries=1, kind=Broken)


def refused(number: int) -> Fault:
    text = f"answered what can't be understood (status {number})"
    return Fault(says(answer(number, ERROR)), text, unknown=False, tries=1, kind=Broken)


TOO_LATE = "didn't answer within 0.4 seconds"
NO_END = "gave no whole answer"
TOO_LARGE = "answered more than 8,388,608 bytes"
HALF = b"HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 5000\r\n\r\n[" + ERROR
CHUNKED = b"HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n"
CHUNK = b"100000\r\n" + MEBIBYTE + b"\r\n"
BOMB = gzip.compress(MEBIBYTE * 64)

FAULTS: dict[str, Fault] = {
    "reset": Fault(resets(), NO_END, unknown=True),
    "reset in the middle": Fault(resets(HALF), NO_END, unknown=True),
    "closed": Fault(says_and_closes(b""), NO_END, unknown=True),
    "half an answer": Fault(says_and_closes(HALF), NO_END, unknown=True),
    "half a chunk": Fault(says_and_closes(CHUNKED + b"ff\r\n" + ERROR), NO_END, unknown=True),
    "no HTTP": Fault(says_and_closes(b"220 smtp " + ERROR + b"\r\n\r\n"), NO_END, unknown=True),
    "broken compression": Fault(says(answer(200, ERROR, "content-encoding: gzip")), NO_END, unknown=True),
    "silence": Fault(keeps_silent, TOO_LATE, unknown=True, tries=None, limits=HASTY),
    "slow drip": Fault(drips(HALF), TOO_LATE, unknown=True, tries=None, limits=HASTY),
    "slow drip of headers": Fault(
        drips(b"HTTP/1.1 200 OK\r\nx-slow: "), TOO_LATE, unknown=True, tries=None, limits=HASTY
    ),
    "slow drip of an error": Fault(
        drips(HALF.replace(b"200", b"500")), TOO_LATE, unknown=True, tries=None, limits=HASTY
    ),
    "408": status(408, "is in trouble", unknown=False),
    "425": status(425, "is in trouble", unknown=False),
    "429": status(429, "is asked too often", unknown=False),
    "429 with Retry-After": status(429, "is asked too often", "retry-after: 0", unknown=False),
    "500": status(500, "is in trouble"),
    "502": status(502, "is in trouble"),
    "503": status(503, "is in trouble"),
    "504": status(504, "is in trouble"),
    "501": unreadable(says(answer(501, ERROR)), "status 501"),
    "half a 503": Fault(says_and_closes(HALF.replace(b"200", b"503")), "is in trouble (status 503)", unknown=True),
    "half a 429": Fault(
        says_and_closes(HALF.replace(b"200", b"429")), "is asked too often (status 429)", unknown=False
    ),
    "400": refused(400),
    "404": refused(404),
    "409": refused(409),
    "414": refused(414),
    "500 in HTML": Fault(says(answer(500, HTML)), "is in trouble (status 500)", unknown=True),
    "500 without end": Fault(
        pours(b"HTTP/1.1 500 No\r\n\r\n", 20, MEBIBYTE), "is in trouble (status 500)", unknown=True
    ),
    "HTML": unreadable(says(answer(200, HTML, "content-type: text/html")), "no JSON"),
    "cut JSON": unreadable(says(answer(200, ERROR[:-1])), "no JSON"),
    "nothing": unreadable(says(answer(200, b"")), "no JSON"),
    "no UTF-8": unreadable(says(answer(200, b'"\xff"')), "no JSON"),
    "nested too deep": unreadable(says(answer(200, b"[" * 100_000)), "no JSON"),
    "large and no JSON": unreadable(says(answer(200, MEBIBYTE)), "no JSON"),
    "20 MiB": Fault(
        pours(b"HTTP/1.1 200 OK\r\ncontent-length: 20971520\r\n\r\n", 20, MEBIBYTE),
        TOO_LARGE,
        unknown=True,
        tries=1,
        kind=AnswerTooLarge,
    ),
    "20 MiB in chunks": Fault(pours(CHUNKED, 20, CHUNK), TOO_LARGE, unknown=True, tries=1, kind=AnswerTooLarge),
    "64 MiB compressed": Fault(
        says(answer(200, BOMB, "content-encoding: gzip")), TOO_LARGE, unknown=True, tries=1, kind=AnswerTooLarge
    ),
    "redirect": unreadable(
        says(answer(302, HTML, f"location: https://elsewhere.example/?auth_ticket={TICKET}")),
        "a redirect, which isn't followed",
    ),
    "redirect to nowhere": unreadable(
        says(answer(307, HTML, "location: http://a:b/")), "a redirect, which isn't followed"
    ),
}
