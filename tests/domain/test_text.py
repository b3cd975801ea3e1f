import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from milepost.domain.text import check_integer, check_text, fold, member, shown, without_refused
from tests.domain.refusals import refusal
from tests.domain.strategies import ANY_TEXT, ANYTHING, INTEGERS, TAKEN_TEXT

SURROGATES = st.characters(categories=("Cs",))


@given(TAKEN_TEXT)
def test_text_is_kept_to_the_letter_control_characters_too(text: str) -> None:
    assert check_text(text, "name", 10_000) == text


@given(TAKEN_TEXT, SURROGATES | st.just("\0"), TAKEN_TEXT)
def test_nul_and_lone_surrogates_are_refused_wherever_they_stand(before: str, bad: str, after: str) -> None:
    message = refusal(check_text, before + bad + after, "name", 10_000).message
    assert f"U+{ord(bad):04X} at character {len(before) + 1};" in message


@pytest.mark.parametrize("length", [0, 1, 255, 256])
def test_length_counts_characters_not_bytes(length: int) -> None:
    assert len(check_text("é" * length, "name", 256)) == length


def test_text_too_long_is_refused_with_its_length_and_the_limit() -> None:
    problem = refusal(check_text, "é" * 9_001, "description", 8_192)
    assert problem.field == "description"
    assert problem.message == "9,001 characters came; at most 8,192 are taken"


@pytest.mark.parametrize(
    "blank",
    ["", " ", "\t\r\n", "\u00a0\u2003", "\x1c\x1d", "\u200b", "\u2800", "\ufeff \u3164", "\u202e\u2069", "\ufe0f"],
)
def test_blank_is_refused_where_it_means_nothing(blank: str) -> None:
    assert check_text(blank, "description", 10) == blank
    assert "is blank" in refusal(check_text, blank, "name", 10, blank=False).message


@pytest.mark.parametrize("value", [None, 5, 1.5, True, ["a"], {"a": 1}])
def test_what_is_no_string_is_shown_as_the_json_that_came(value: object) -> None:
    message = refusal(check_text, value, "name", 256).message
    assert message == f"{shown(value)} is not a string; write text of at most 256 characters"


@given(INTEGERS)
def test_every_64_bit_integer_is_taken(number: int) -> None:
    assert check_integer(number, "checkId") == number


@given(st.integers(min_value=2**63) | st.integers(max_value=-(2**63) - 1))
def test_an_integer_beyond_64_bits_is_refused(number: int) -> None:
    assert "beyond 64 bits; write it as a string" in refusal(check_integer, number, "checkId").message


@pytest.mark.parametrize("value", [True, False, 1.0, "1", None, [1]])
def test_a_whole_number_is_nothing_else(value: object) -> None:
    assert refusal(check_integer, value, "checkId").message.endswith("is not a whole number; write one such as 42")


@given(ANYTHING)
def test_a_value_is_quoted_short_and_on_one_line(value: object) -> None:
    quoted = shown(value)
    assert quoted.isprintable()
    assert 1 <= len(quoted) <= 81
    quoted.encode()


@pytest.mark.parametrize(
    ("value", "quoted"),
    [
        (True, "true"),
        (None, "null"),
        ("prod", '"prod"'),
        ('say "hi"', '"say \\"hi\\""'),
        ("a\nb", '"a\\nb"'),
        ("a\u2028b", '"a\\u2028b"'),
        ("\ud800", '"\\ud800"'),
        ("École", '"École"'),
        ({"a": [1, None]}, '{"a": [1, null]}'),
        ("x" * 200, '"' + "x" * 79 + "…"),
    ],
)
def test_a_value_is_quoted_as_the_json_that_came(value: object, quoted: str) -> None:
    assert shown(value) == quoted


def test_eighty_characters_are_quoted_whole_and_one_more_is_cut() -> None:
    assert shown("x" * 78) == '"' + "x" * 78 + '"'
    assert shown("x" * 79) == '"' + "x" * 79 + "…"


def test_a_number_too_long_to_be_written_is_named_by_its_kind() -> None:
    assert shown(10**5_000) == "this int"


@given(ANY_TEXT)
def test_the_name_of_a_part_is_fit_to_be_shown(key: str) -> None:
    name = member("metadata", key)
    assert name.startswith("metadata.")
    assert name.isprintable()
    assert len(name) <= len("metadata.") + 81


@given(ANY_TEXT)
def test_what_cannot_be_sent_back_is_made_fit_to_be_kept(text: str) -> None:
    kept = without_refused(text)
    assert check_text(kept, "client", 10_000) == kept
    assert len(kept) == len(text)
    assert all(new in (old, "\ufffd") for old, new in zip(text, kept, strict=True))


@given(TAKEN_TEXT)
def test_folding_twice_is_folding_once(text: str) -> None:
    assert fold(fold(text)) == fold(text)


@given(TAKEN_TEXT, st.text(st.characters(max_codepoint=127, exclude_characters="\0")))
def test_plain_letters_are_folded_as_among_others(other: str, plain: str) -> None:
    assert fold(f"{plain} é {other}") == f"{fold(plain)} é {fold(other)}"


@given(st.characters(exclude_categories=("Cs",)))
def test_case_and_composition_do_not_matter_for_any_character(char: str) -> None:
    assert fold(char) == fold(char.casefold()) == fold(unicodedata.normalize("NFD", char))
    assert fold(char) == fold(unicodedata.normalize("NFC", char))


@pytest.mark.parametrize(
    ("one", "other"), [("École", "école"), ("E\u0301COLE", "école"), ("STRASSE", "straße"), ("ΣΊΣΥΦΟΣ", "σίσυφος")]
)
def test_these_are_the_same_words(one: str, other: str) -> None:
    assert fold(one) == fold(other)


def test_an_accent_is_a_difference() -> None:
    assert fold("ecole") not in fold("École")


@pytest.mark.parametrize("name", ["x", "\u200b.", "é", "漢", "👩\u200d🚒", "\U0001fae9", "\uf8ff", "\u0301"])
def test_one_visible_character_is_enough_for_a_name(name: str) -> None:
    assert check_text(name, "name", 10, blank=False) == name
