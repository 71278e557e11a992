"""Opening a counter in a shop."""

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import Company, TaxCode
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from backoffice.core.errors import InvalidInput
from inventory.models import Warehouse
from orders.services import create_channel
from warehouse.models import Till


@transaction.atomic(savepoint=False)
def create_till(
    *,
    company_id: int,
    code: str,
    name: str,
    warehouse_id: int,
    actor: Actor,
    tax_code_id: int | None = None,
    prices_include_tax: bool = True,
    receipt_text: str = "",
) -> Till:
    """A till with its own channel: its orders are pinned to the shop's warehouse, in the company's base currency.

    tax_code_id None: the company's first. Raises InvalidInput for a warehouse of another company.
    """
    company = Company.objects.get(pk=company_id)
    if not Warehouse.objects.filter(pk=warehouse_id, company_id=company_id, is_transit=False).exists():
        raise InvalidInput(
            _("Choose a warehouse of this company."),
            errors=[{"field": "warehouse", "message": _("not of this company"), "code": "invalid"}],
        )
    tax_code_id = (
        tax_code_id or TaxCode.objects.filter(company_id=company_id).order_by("pk").values_list("pk", flat=True)[0]
    )
    channel = create_channel(
        company_id=company_id,
        code=f"till-{code}"[:50],
        name=name,
        currency=company.base_currency_id,
        tax_code_id=tax_code_id,
        actor=actor,
        kind="till",
        prices_include_tax=prices_include_tax,
        warehouse_id=warehouse_id,
        ship_complete=True,
    )
    till = Till.objects.create(
        company_id=company_id,
        code=code,
        name=name,
        warehouse_id=warehouse_id,
        channel=channel,
        receipt_text=receipt_text,
    )
    record([Change("warehouse.till", till.pk, "created", new=code, company_id=company_id)], actor=actor)
    return till
