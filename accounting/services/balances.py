"""Keeping the rollup of balances close to the journal."""

from django.db import transaction

from backoffice.core.db import prepared_cursor


@transaction.atomic(savepoint=False)
def fold_balances() -> int:
    """Add the journal's newest lines to the months of their accounts; how many months changed, -1 if another one is at it.

    Nobody who posts waits for it. Reports are exact whether it runs or not; only their speed needs it. Statements: 1.
    """
    with prepared_cursor() as cursor:
        cursor.execute("SELECT accounting_fold_balances()")
        return int(cursor.fetchone()[0])
