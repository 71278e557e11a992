"""The trial balance: every account with what it began, moved and ended with. Pure."""

from collections.abc import Sequence
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounting.statements.structure import NOTHING, ZERO, LedgerAccount, Sums
from accounting.statements.tables import Row


def trial_balance_rows(
    accounts: Sequence[LedgerAccount], opening: Sums, moved: Sums, compared: Sequence[Sums] = ()
) -> list[Row]:
    """code, name, opening, debit, credit, closing and the closing of each day compared; groups by heading, a sum last.

    The sum of every closing is zero.
    """
    rows: list[Row] = []
    sums = [ZERO] * (4 + len(compared))
    group = ("", "")
    for account in accounts:
        figures = _figures(account, opening, moved, compared)
        if not any(figures):
            continue
        if account.group != group and account.group[0]:
            group = account.group
            rows.append(Row(group[0], (*group, *("",) * len(figures)), "heading"))
        rows.append(Row(account.code, (account.code, account.name, *figures), "row", 1, {"account": account.code}))
        sums = [total + figure for total, figure in zip(sums, figures, strict=True)]
    if rows:
        rows.append(Row("sum", ("", _("Sum"), *sums), "total"))
    return rows


def _figures(account: LedgerAccount, opening: Sums, moved: Sums, compared: Sequence[Sums]) -> list[Decimal]:
    before = (opening.get(account.id) or [NOTHING])[0].balance
    now = (moved.get(account.id) or [NOTHING])[0]
    closings = [(sums.get(account.id) or [NOTHING])[0].balance for sums in compared]
    return [before, now.debit, now.credit, before + now.balance, *closings]
