"""What an import needs before its first row: company, warehouse, channel and the channel's code mapping."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db import transaction
from django.utils.translation import gettext as _

from accounting.models import Company, TaxCode
from accounting.services.setup import NO_TAX, create_company
from backoffice.core.actor import Actor
from backoffice.core.errors import InvalidInput
from integrations.importing.online_retail import CURRENCY, TIME_ZONE
from integrations.importing.online_retail_codes import DEFAULT_MAPPINGS, Meaning, meanings
from integrations.models import CodeMapping
from inventory.models import Location, LocationKind, Warehouse
from inventory.services import add_bins, counterpart, create_warehouse
from orders.models import Channel
from orders.services.setup import create_channel

COMPANY_CODE = "online-retail"
WAREHOUSE_CODE = "MAIN"
BIN_CODE = "A-01"


@dataclass(frozen=True, slots=True)
class Place:
    """Where the file's rows go: ids of the company, its channel with its party, the warehouse and its bin."""

    company_id: int
    channel_id: int
    channel_code: str
    party_id: int
    warehouse_id: int
    bin_id: int
    adjustment_id: int


@transaction.atomic
def ensure_place(*, channel_code: str, company_code: str = "", actor: Actor) -> Place:
    """Find the channel, or make it with whatever it lacks: on an empty database everything.

    company_code: needed only where several companies have a channel of this code, or to choose the company of
    a new channel; a company that is not there is made (GBP, Europe/London).
    Raises InvalidInput where the choice is open or the channel keeps another currency.
    """
    found = Channel.objects.filter(code=channel_code)
    if company_code:
        found = found.filter(company__code=company_code)
    channels = list(found.select_related("company")[:2])
    if len(channels) > 1:
        raise _invalid("company", _("several companies have a channel {code}: name one").format(code=channel_code))
    channel = channels[0] if channels else _create_channel(channel_code, company_code or COMPANY_CODE, actor)
    if channel.currency != CURRENCY or channel.company.base_currency_id != CURRENCY:
        message = _("channel {code} keeps {currency}; these files are in {wanted}")
        raise _invalid("channel", message.format(code=channel_code, currency=channel.currency, wanted=CURRENCY))
    warehouse = channel.warehouse or _warehouse(channel.company, actor)
    return Place(
        company_id=channel.company_id,
        channel_id=channel.pk,
        channel_code=channel.code,
        party_id=channel.party_id,
        warehouse_id=warehouse.pk,
        bin_id=_bin(warehouse),
        adjustment_id=counterpart(channel.company_id, LocationKind.ADJUSTMENT),
    )


def _invalid(field: str, message: str) -> InvalidInput:
    return InvalidInput(message, errors=[{"field": field, "message": message}])


def _create_channel(code: str, company_code: str, actor: Actor) -> Channel:
    company = Company.objects.filter(code=company_code).first() or create_company(
        code=company_code,
        name="Online Retail",
        base_currency=CURRENCY,
        country="GB",
        time_zone=str(TIME_ZONE),
        chart="ifrs",
        actor=actor,
    )
    channel = create_channel(
        company_id=company.pk,
        code=code,
        name=code.replace("-", " ").capitalize(),
        kind="csv",
        currency=CURRENCY,
        tax_code_id=TaxCode.objects.get(company=company, code=NO_TAX).pk,
        warehouse_id=_warehouse(company, actor).pk,
        actor=actor,
    )
    CodeMapping.objects.bulk_create(
        [
            CodeMapping(
                company=company,
                channel=channel,
                pattern=row.pattern,
                meaning=row.meaning,
                charge_kind=row.charge_kind,
                account_role=row.account_role,
                note=row.note,
            )
            for row in DEFAULT_MAPPINGS
        ]
    )
    return channel


def _warehouse(company: Company, actor: Actor) -> Warehouse:
    shipping = Warehouse.objects.filter(company=company, is_active=True, is_transit=False)
    return shipping.first() or create_warehouse(
        company_id=company.pk, code=WAREHOUSE_CODE, name="Main warehouse", bins=[BIN_CODE], actor=actor
    )


def _bin(warehouse: Warehouse) -> int:
    """The first bin by picking order; made if there is none."""
    bins = Location.objects.filter(warehouse=warehouse, kind=LocationKind.BIN, is_active=True, blocked_at=None)
    first = bins.order_by("pick_sequence", "code").first()
    return first.pk if first else add_bins([BIN_CODE], warehouse=warehouse)[0].pk


def meanings_of(channel_id: int) -> Callable[[str], Meaning | None]:
    """The channel's mapping table as a look-up. Statements: 1."""
    rows = CodeMapping.objects.filter(channel_id=channel_id).values_list(
        "pattern", "meaning", "charge_kind", "account_role", "sku__code"
    )
    return meanings(
        (pattern, Meaning(meaning, charge_kind, account_role, sku_code or ""))
        for pattern, meaning, charge_kind, account_role, sku_code in rows
    )
