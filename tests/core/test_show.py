"""Codes in a reader's words."""

import pytest

from backoffice.core.show import in_words


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("partly_shipped", "Partly shipped"),
        ("change-requested", "Change requested"),
        ("line 1", "Line 1"),
        ("MUG-0024 × 96", "MUG-0024 × 96"),
        ("mug-0024 × 96", "mug-0024 × 96"),
        ("", ""),
    ],
)
def test_a_code_is_put_in_words_and_a_sku_is_left_alone(code, said):
    assert in_words(code) == said
