"""Expecting a refusal, as an edge meets it: the whole transaction of the call is rolled back."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from django.db import transaction


@contextmanager
def refused(error: type[BaseException], *, match: str | None = None) -> Iterator[Any]:
    """The block must raise `error`; a savepoint takes back what it wrote, so the test may look at the rest."""
    with pytest.raises(error, match=match) as caught, transaction.atomic():
        yield caught


@contextmanager
def refused_as(error: type[BaseException], code: str) -> Iterator[Any]:
    """The same, and the refusal carries this code."""
    with refused(error) as caught:
        yield caught
    assert caught.value.context.get("code", caught.value.code) == code
