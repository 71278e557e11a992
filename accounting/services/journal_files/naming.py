"""The accounts of a plain-text journal: their types by the first part of the name, those that are missing made."""

from collections import Counter

from django.utils.translation import gettext as _

from accounting.models import Account, AccountType
from accounting.plaintext.journal import Journal, refuse
from accounting.services.journal_files.plan import Plan

ROOTS = {
    "assets": AccountType.ASSET, "asset": AccountType.ASSET, "liabilities": AccountType.LIABILITY,
    "liability": AccountType.LIABILITY, "equity": AccountType.EQUITY, "income": AccountType.INCOME,
    "revenue": AccountType.INCOME, "revenues": AccountType.INCOME, "expenses": AccountType.EXPENSE,
    "expense": AccountType.EXPENSE,
}  # fmt: skip
DIGITS = {kind: str(number) for number, kind in enumerate(AccountType.values, start=1)}


def conversions_of(journal: Journal) -> str:
    equity = (journal.options.get("name_equity") or ["Equity"])[-1]
    return f"{equity}:{(journal.options.get('account_current_conversions') or ['Conversions:Current'])[-1]}"


def name_accounts(plan: Plan) -> None:
    """Every account posted to or opened, with its type; refused where the first part says none."""
    roots = dict(ROOTS)
    for name, kind in (
        ("assets", AccountType.ASSET), ("liabilities", AccountType.LIABILITY), ("equity", AccountType.EQUITY),
        ("income", AccountType.INCOME), ("expenses", AccountType.EXPENSE),
    ):  # fmt: skip
        for given in plan.journal.options.get(f"name_{name}", []):
            roots[given.lower()] = kind
    seen: dict[str, int] = {}
    for opening in plan.journal.openings:
        seen.setdefault(opening.account, opening.line)
    for one in plan.journal.transactions:
        for posting in one.postings:
            seen.setdefault(posting.account, posting.line)
    seen.setdefault(conversions_of(plan.journal), 1)
    for name, line in seen.items():
        found = roots.get(name.split(":")[0].lower())
        if found is None:
            raise refuse(
                "unknown_root",
                _("%(account)s begins with none of Assets, Liabilities, Equity, Income and Expenses.")
                % {"account": name},
                line,
                account=name,
            )
        if len(name) > 200:
            raise refuse("bad_account", _("“%(text)s” is no account.") % {"text": name[:60]}, line)
        plan.types[name] = found
    plan.names = sorted(seen)


def make_accounts(plan: Plan, company_id: int) -> int:
    """Accounts with their parents, level by level; a parent that is posted to takes postings. How many were made."""
    posted = set(plan.names)
    wanted = {":".join(name.split(":")[:depth]) for name in plan.names for depth in range(1, name.count(":") + 2)}
    headings = [name for name in posted if name in plan.accounts]
    Account.objects.filter(company_id=company_id, name__in=headings, is_postable=False).update(is_postable=True)
    taken = set(Account.objects.filter(company_id=company_id).values_list("code", flat=True))
    numbers: Counter[str] = Counter()
    made = 0
    for depth in range(1, max((name.count(":") for name in wanted), default=0) + 2):
        level = sorted(name for name in wanted - plan.accounts.keys() if name.count(":") == depth - 1)
        rows = []
        for name in level:
            kind = _type_of(name, plan)
            rows.append(
                Account(
                    company_id=company_id,
                    code=_free_code(DIGITS[kind], taken, numbers),
                    name=name,
                    type=kind,
                    parent_id=plan.accounts.get(name.rpartition(":")[0]),
                    is_postable=name in posted,
                )
            )
        plan.accounts |= {row.name: row.pk for row in Account.objects.bulk_create(rows)}
        made += len(rows)
    return made


def _type_of(name: str, plan: Plan) -> AccountType:
    return next(kind for known, kind in plan.types.items() if known == name or known.startswith(f"{name}:"))


def _free_code(digit: str, taken: set[str], numbers: Counter[str]) -> str:
    while True:
        numbers[digit] += 1
        code = f"J{digit}{numbers[digit]:04d}"
        if code not in taken:
            taken.add(code)
            return code
