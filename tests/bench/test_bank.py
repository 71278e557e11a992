import pytest
from rich.progress import Progress

from backoffice.core.proof import run_checks
from bench.bank import measure


@pytest.mark.django_db
def test_the_bank_measurement_matches_what_it_should():
    with Progress(disable=True) as progress:
        found = measure(progress, lines=30)

    assert (found["lines"], found["matched"], found["open"]) == (30, 27, 3)
    assert {"s", "s_import", "s_match", "statements"} <= found.keys()
    assert run_checks().ok
