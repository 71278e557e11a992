"""The bill that we write for a consignor: what was sold of its goods and nobody billed yet, at the agreed prices."""

import datetime

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import Bill, BillKind, BillLineKind
from accounting.selectors import books_of
from accounting.services import BillInput, BillLineInput, save_bill
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.db import database_now
from inventory.errors import OwnerRefused
from inventory.models import OwnerKind, StockOwner
from inventory.selectors.billing import RECEIPT
from inventory.selectors.owners import open_receipts
from inventory.services.billing import match_bill
from inventory.services.owners import SOURCE, locked_owner

MAX_LINES = 500


@transaction.atomic(savepoint=False)
def bill_consignor(owner_id: int, *, until: datetime.date, company_id: int, actor: Actor, tax_code: str = "") -> Bill:
    """Propose the bill for a consignor's goods that were sold up to a day, in the company's currency.

    It is a bill like any other: it agrees with what was taken, so the match approves it; posting it clears what is
    owed. What stands on a bill that is not posted yet is left out; of more than 500 units' sales the rest comes on the
    next one. tax_code: of all lines; empty: no tax.

    Raises NotFound, OwnerRefused (not_a_consignor, future_day, nothing_owed), BillRefused (unknown_tax_code); nothing is written
    then. Statements: about 40, whatever the number of lines.
    """
    owner = locked_owner(owner_id, company_id)
    if owner.kind != OwnerKind.CONSIGNMENT:
        raise OwnerRefused(_("We do not sell the goods of %(owner)s.") % {"owner": owner}, code="not_a_consignor")
    if until > books_of(company_id).local_date(database_now()):
        raise OwnerRefused(_("This day is still to come."), code="future_day", field="until")
    found = open_receipts(owner.party_id, company_id=company_id, until=until).select_related("sku")
    items = list(found.order_by("date", "pk")[:MAX_LINES])
    if not items:
        raise OwnerRefused(
            _("Nothing is owed to %(owner)s that is not billed.") % {"owner": owner}, code="nothing_owed"
        )
    currency = owner.company.base_currency_id
    lines = [
        BillLineInput(
            BillLineKind.GOODS, item.open_quantity, round(item.open_value / item.open_quantity, 6), item.open_value,
            tax_code=tax_code, description=item.sku.name if item.sku else "", sku_code=item.sku.code if item.sku else "",
            source_type=RECEIPT, source_id=item.pk,
        )
        for item in items
    ]  # fmt: skip
    number = _number(owner)
    given = BillInput(
        owner.party_id, number, until, None, lines, currency=currency,
        note=_("Written by us: goods sold on consignment."),
    )  # fmt: skip
    bill = save_bill(given, company_id=company_id, actor=actor)
    record([Change(SOURCE, owner.pk, "billed", "bill", "", number, "", company_id)], actor=actor)
    return match_bill(bill.pk, company_id=company_id, actor=actor)


def _number(owner: StockOwner) -> str:
    """The next of the owner, whose lock the caller holds: SB-7-1, SB-7-2 …"""
    start = f"SB-{owner.pk}-"
    used = Bill.objects.filter(party=owner.party_id, kind=BillKind.BILL, number__startswith=start)
    last = max((int(number.removeprefix(start)) for number in used.values_list("number", flat=True)
        if number.removeprefix(start).isdecimal()), default=0)  # fmt: skip
    return f"{start}{last + 1}"
