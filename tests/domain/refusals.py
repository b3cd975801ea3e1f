"""How these tests look at a refusal: one problem that can be shown to anybody."""

from collections.abc import Callable

import pytest

from milepost.domain.errors import Invalid, Problem


def refusal(parse: Callable[..., object], *arguments: object, **options: object) -> Problem:
    """The one problem that the call is refused with."""
    with pytest.raises(Invalid) as caught:
        parse(*arguments, **options)
    assert_fit_to_show(caught.value)
    (problem,) = caught.value.problems
    return problem


def assert_fit_to_show(error: Exception) -> None:
    """Whatever came, the text is one line, short, and can be sent."""
    text = str(error)
    assert text.isprintable()
    assert len(text.encode()) < 6_000
    assert "Traceback" not in text
