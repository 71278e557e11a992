"""Ledger's own baseline tests against our reader and booking: the committed list says what of each comes out."""

import pytest

from tests.factories.ledger_samples import LIST, files, outcome


@pytest.fixture(scope="module")
def found(reference_data):
    return {name: outcome(text) for name, text in files(reference_data).items()}


def test_every_test_has_the_outcome_that_the_list_says(found):
    rows = [row.split("\t") for row in LIST.read_text().splitlines()[1:]]

    assert {name: (state, said) for name, state, said in rows} == found


def test_at_least_eighty_show_what_ledger_shows(found):
    assert sum(state == "equal" for state, _said in found.values()) >= 80
    assert not [name for name, (state, said) in found.items() if state == "left out" and not said]
