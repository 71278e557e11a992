"""Bins from a pattern: what it counts, what each part is, and what it refuses."""

import pytest

from backoffice.core.errors import InvalidInput
from inventory.patterns import MAX_BINS, NamedBin, expand, walk


def test_the_parts_of_a_pattern_are_rack_level_and_position_of_an_aisle():
    bins = expand("A-{01..20}-{A..D}-{1..5}")

    assert (len(bins), len({found.code for found in bins})) == (400, 400)
    assert bins[0] == NamedBin("A-01-A-1", "A", "01", "A", "1")
    assert bins[-1] == NamedBin("A-20-D-5", "A", "20", "D", "5")


def test_parts_may_be_named_listed_and_stepped():
    bins = expand("{aisle=A,B}{rack=01..05..2}-{position=1..2}")

    assert [found.code for found in bins[:3]] == ["A01-1", "A01-2", "A03-1"]
    assert (len(bins), bins[-1]) == (12, NamedBin("B05-2", "B", "05", "", "2"))


def test_every_second_aisle_is_walked_back():
    bins = walk(expand("{A..B}-{1..3}-{1..1}-{1..1}"), serpentine=True)

    assert [found.code for found in bins] == ["A-1-1-1", "A-2-1-1", "A-3-1-1", "B-3-1-1", "B-2-1-1", "B-1-1-1"]


@pytest.mark.parametrize(
    "pattern",
    [
        "",
        "A-01",
        "A-{01..20",
        "A-}1{",
        "{1..2}{1..2}{1..2}{1..2}{1..2}",
        "A-{20..01}",
        "A-{A..d}",
        "A-{1..x}",
        "A-{A,,B}",
        "A-{A,A}",
        "A-{1..3..0}",
        "{1..11}{1..11}",  # 1 and 11, 11 and 1
        "{shelf=1..2}",
        "{rack=1..2}-{rack=1..2}",
        f"{'A' * 60}{{1..2}}",
        "{0001..9999}-{1..9}",
        "{1..999999}",
    ],
)
def test_a_pattern_that_cannot_be_is_told(pattern):
    with pytest.raises(InvalidInput) as caught:
        expand(pattern)

    assert caught.value.detail and caught.value.context["errors"][0]["field"] == "pattern"


def test_the_most_is_made_at_once():
    assert len(expand("{0001..2500}-{1..4}")) == MAX_BINS
