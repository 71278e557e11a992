"""The second half of the operations."""

import pytest

from tests.api.fuzz.asking import PARTS, broken_in, secret

__all__ = ["secret"]


@pytest.mark.parametrize("part", range(PARTS // 2, PARTS))
def test_every_operation_keeps_its_description(secret, part):
    assert broken_in(part, secret) == []
