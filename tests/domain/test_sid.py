import string
from hashlib import sha256

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from milepost.domain.instant import DAY, EARLIEST, LATEST, SECOND, Instant
from milepost.domain.sid import BASE_62, base62, check_sid, derive, is_sid, mint, second_of
from tests.domain.refusals import refusal
from tests.domain.strategies import ANY_TEXT, SIDS

KSUID_EPOCH = Instant(1_400_000_000 * SECOND)
KSUID_END = Instant((1_400_000_000 + 2**32) * SECOND)
SEEDS = st.binary(min_size=16, max_size=16)
MOMENTS = st.integers(KSUID_EPOCH, KSUID_END - 1).map(Instant)


def number_of(digits: str) -> int:
    value = 0
    for digit in digits:
        value = value * 62 + BASE_62.index(digit)
    return value


@given(MOMENTS, SEEDS)
def test_a_minted_sid_is_a_prefix_and_a_ksuid_of_27_characters(now: Instant, seed: bytes) -> None:
    sid = mint("evt", now, lambda count: seed[:count])
    prefix, ksuid = sid.split("_")
    assert prefix == "evt"
    assert len(ksuid) == 27
    assert set(ksuid) <= set(string.digits + string.ascii_letters)
    assert is_sid(sid)


@given(MOMENTS, SEEDS)
def test_a_ksuid_holds_the_second_and_128_random_bits(now: Instant, seed: bytes) -> None:
    number = number_of(mint("evt", now, lambda count: seed[:count])[4:])
    assert number.to_bytes(20, "big") == ((now - KSUID_EPOCH) // SECOND).to_bytes(4, "big") + seed


@given(MOMENTS, MOMENTS, SEEDS, SEEDS)
def test_sids_sort_by_time_as_bytes(one: Instant, other: Instant, seed: bytes, other_seed: bytes) -> None:
    first, second = mint("evt", one, lambda _: seed), mint("evt", other, lambda _: other_seed)
    if one // SECOND < other // SECOND:
        assert first.encode() < second.encode()
    elif one // SECOND == other // SECOND:
        assert (first.encode() < second.encode()) == (seed < other_seed)


@given(st.integers(EARLIEST, LATEST).map(Instant), SEEDS)
def test_a_clock_that_is_far_off_still_mints(now: Instant, seed: bytes) -> None:
    assert len(mint("evt", now, lambda _: seed)) == 31


def test_a_ksuid_known_from_elsewhere_is_the_same_here() -> None:
    # segmentio/ksuid, README: 0ujtsYcgvSTl8PAuAdqWYSMnLOv is this payload at this second.
    seed = bytes.fromhex("B5A1CD34B5F99D1154FB6853345C9735")
    assert mint("evt", Instant((107_608_047 + 1_400_000_000) * SECOND), lambda _: seed) == (
        "evt_0ujtsYcgvSTl8PAuAdqWYSMnLOv"
    )


def test_minting_asks_for_sixteen_random_bytes() -> None:
    sizes: list[int] = []

    def entropy(size: int) -> bytes:
        sizes.append(size)
        return bytes(size)

    mint("evt", KSUID_EPOCH, entropy)
    assert sizes == [16]


def test_many_sids_of_one_moment_differ() -> None:
    seeds = (sha256(str(count).encode()).digest()[:16] for count in range(1_000))
    sids = {mint("evt", Instant(20_000 * DAY), lambda _, seed=seed: seed) for seed in seeds}
    assert len(sids) == 1_000


FIRST_SECOND = Instant(KSUID_EPOCH - 2**31 * SECOND)
LAST_SECOND = Instant(KSUID_EPOCH + (2**31 - 1) * SECOND)


@given(st.integers(FIRST_SECOND, LAST_SECOND + SECOND - 1).map(Instant), SEEDS)
@example(FIRST_SECOND, bytes(16))
@example(LAST_SECOND, b"\xff" * 16)
@example(Instant(KSUID_EPOCH - 1), bytes(16))
def test_a_derived_sid_tells_its_second(moment: Instant, digest: bytes) -> None:
    sid = derive("evt", moment, digest)
    assert is_sid(sid)
    assert len(sid) == 31
    assert second_of("evt", sid) == moment // SECOND * SECOND
    assert second_of("acc", sid) is None


@given(MOMENTS, SEEDS)
def test_a_derived_sid_has_the_form_of_a_minted_one(moment: Instant, digest: bytes) -> None:
    assert derive("evt", moment, digest) == mint("evt", moment, lambda _: digest)


@given(ANY_TEXT | SIDS)
@example("evt_" + "z" * 27)
@example("evt_" + "0" * 26)
@example("evt_" + "0" * 28)
@example("evt_" + "0" * 26 + "-")
@example("evt__" + "0" * 27)
@example("0" * 27)
def test_what_is_no_derived_sid_has_no_second(text: str) -> None:
    assert second_of("evt", text) is None


@given(st.integers(0, 62**10 - 1))
def test_base_62_is_read_back(number: int) -> None:
    assert number_of(base62(number, 10)) == number


@given(SIDS)
def test_any_sid_is_looked_up_prefix_or_not(sid: str) -> None:
    assert check_sid(sid, "sid") == sid


@given(ANY_TEXT)
def test_a_sid_has_1_to_64_letters_digits_underscores_and_hyphens(text: str) -> None:
    lawful = 1 <= len(text) <= 64 and set(text) <= set(string.ascii_letters + string.digits + "_-")
    assert is_sid(text) == lawful


@pytest.mark.parametrize("value", ["", "a" * 65, "evt 1", "évt", "evt_1\n", "*", "a.b", "a/b", None, 5, ["evt_1"]])
def test_what_cannot_be_a_sid_is_refused_with_what_one_looks_like(value: object) -> None:
    problem = refusal(check_sid, value, "sid")
    assert problem.field == "sid"
    assert "is not a SID; write 1-64 of A-Z a-z 0-9 _ - such as evt_2Zt8…" in problem.message
