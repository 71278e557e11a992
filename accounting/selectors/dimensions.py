"""What journal lines are analysed by: which axes and codes there are, and the lines that carry them."""

from collections.abc import Collection, Mapping
from typing import Any

from django.db.models import Q, QuerySet

from accounting.models import DimensionValue

NONE = "-"  # as a code: lines that say nothing on the axis


def dimension_codes(company_id: int | None = None) -> dict[str, list[str]]:
    """The codes in use, by axis, both in order; of one company or of all. Statements: 1."""
    rows = DimensionValue.objects.order_by("axis", "code").values_list("axis", "code").distinct()
    if company_id is not None:
        rows = rows.filter(dimension_set__company_id=company_id)
    found: dict[str, list[str]] = {}
    for axis, code in rows:
        found.setdefault(axis, []).append(code)
    return found


def carrying(wanted: Mapping[str, Collection[str]], *, set_id: str = "dimension_set_id") -> Q:
    """The rows (journal lines, invoice lines, bill lines) whose set has one of the codes on every axis named.

    set_id: the lookup that leads to the set. NONE among the codes: those without the axis too. One indexed look-up of
    few sets, then the rows by journalline_by_dimension_set: no table is read as a whole.
    """
    terms = Q()
    for axis, codes in wanted.items():
        values = DimensionValue.objects.filter(axis=axis)
        named = [code for code in codes if code != NONE]
        term = Q(**{f"{set_id}__in": values.filter(code__in=named).values("dimension_set_id")})
        if NONE in codes:
            term |= Q(**{f"{set_id}__isnull": True}) | ~Q(**{f"{set_id}__in": values.values("dimension_set_id")})
        terms &= term
    return terms


def lines_carrying(lines: QuerySet[Any], wanted: Mapping[str, Collection[str]]) -> QuerySet[Any]:
    """Journal lines narrowed down to some codes, e.g. {"channel": ["web"], "category": ["mugs", "cups"]}."""
    return lines.filter(carrying(wanted))
