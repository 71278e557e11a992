from collections.abc import Iterator
from typing import Any

import pytest

from tests.factories.channels import Clock, Connected, sample_shop


@pytest.fixture
def connected(transactional_db: Any) -> Iterator[Connected]:
    clock = Clock()
    with sample_shop(clock) as (app, server):
        yield Connected(app, server, clock)
