"""Whether a series of legal numbers is whole."""

import datetime
from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection

from accounting.models import NumberSeries

SHOWN = 50


@dataclass(frozen=True, slots=True)
class SeriesYear:
    """The documents of a year in a series."""

    year: int
    documents: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class SeriesState:
    """missing: drawn numbers without a document, the first of them. backwards: (number, day) of documents dated before
    the one with the number before theirs: allowed for what happened earlier, and worth a look.
    """

    drawn: int
    documents: int
    years: Sequence[SeriesYear]
    missing: Sequence[int]
    backwards: Sequence[tuple[str, datetime.date]]

    @property
    def whole(self) -> bool:
        return self.drawn == self.documents and not self.missing


_YEARS = """
SELECT extract(year FROM n.date)::int, count(*), min(n.sequence), max(n.sequence) FROM accounting_invoice n
WHERE n.series_id = %s GROUP BY 1 ORDER BY 1
"""
_MISSING = """
SELECT k FROM generate_series(%s::bigint, %s::bigint - 1) AS k
WHERE NOT EXISTS (SELECT FROM accounting_invoice n WHERE n.series_id = %s AND n.sequence = k) ORDER BY k LIMIT %s
"""
_BACKWARDS = """
SELECT number, date FROM (SELECT n.number, n.date, n.sequence, max(n.date) OVER (ORDER BY n.sequence
    ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING) AS before FROM accounting_invoice n WHERE n.series_id = %s) x
WHERE date < before ORDER BY sequence DESC LIMIT %s
"""


def series_state(series: NumberSeries) -> SeriesState:
    """Counted from the documents themselves. Statements: 2, 1 more where something is missing."""
    drawn = series.next_number - series.first_number
    with connection.cursor() as cursor:
        cursor.execute(_YEARS, [series.pk])
        years = [SeriesYear(*row) for row in cursor.fetchall()]
        cursor.execute(_BACKWARDS, [series.pk, SHOWN])
        backwards = cursor.fetchall()
        documents, missing = sum(year.documents for year in years), []
        if documents != drawn:
            cursor.execute(_MISSING, [series.first_number, series.next_number, series.pk, SHOWN])
            missing = [row[0] for row in cursor.fetchall()]
    return SeriesState(drawn, documents, years, missing, backwards)
