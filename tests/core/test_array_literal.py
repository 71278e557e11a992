"""Flat lists as PostgreSQL reads them."""

from datetime import date
from decimal import Decimal

import pytest
from django.db import connection

from backoffice.core.db import array_literal


@pytest.mark.django_db
@pytest.mark.parametrize(
    "values, kind",
    [
        (["plain", "with space", "é", "", "NULL", "a,b", "{x}"], "text"),
        (['say "hi"', "plain"], "text"),
        (['"', '"'], "text"),
        (["back\\slash", "plain"], "text"),
        (["plain", None], "text"),
        ([None, None], "bigint"),
        ([1, None, 3], "bigint"),
        ([Decimal("1.500000"), Decimal(0), None], "numeric"),
        ([date(2011, 10, 31), None], "date"),
        ([True, False, None], "boolean"),
        ([], "text"),
    ],
)
def test_what_is_sent_comes_back(values, kind):
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT %s::text::{kind}[]", [array_literal(values)])

        assert cursor.fetchone()[0] == values
