"""The warehouse's documents that entries and moves come from."""

from collections.abc import Callable, Mapping, Sequence

from django.urls import reverse

from backoffice.core.registry import Link, SourceLink


def _page(model: str, words: str) -> Callable[[Sequence[int]], Mapping[int, Link]]:
    page = f"admin:warehouse_{model}_change"
    return lambda ids: {pk: Link(words % pk, reverse(page, args=[pk])) for pk in ids}


LINKS = (
    SourceLink("warehouse.receipt", _page("receipt", "GR-%06d")),
    SourceLink("warehouse.tillreceipt", _page("tillreceipt", "R-%06d")),
    SourceLink("warehouse.tillshift", _page("tillshift", "Z-%06d")),
)
