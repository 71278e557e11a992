"""What is to be listed, and what of a listing is whose to say."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.audit import Change
from backoffice.core.db import database_now
from backoffice.core.errors import InvalidInput
from integrations.connectors.registry import kind_of
from integrations.models import Connection, ConnectionStatus, Listing, ListingContent
from integrations.services.connections import refuse_fields, shown_rule
from integrations.services.products.building import contents_of
from inventory.models import Sku, SkuStatus
from orders.selectors.price_lists import Asking, listed_prices

TYPE = "integrations.listing"
RULES = ("is_offered", "product_type", "kept_fields", "share_percent", "cap")
STOCK_RULES = frozenset({"share_percent", "cap"})


@transaction.atomic
def offer_skus(*, connection_id: int, sku_ids: Sequence[int], actor: Actor) -> list[Listing]:
    """Let these be made at the channel with its next push; those that are listed already are left as they are.

    Returns the listings that are new. Raises InvalidInput where the channel takes no new ones from us, or a SKU is not
    ours; nothing is written. Statements: 7.
    """
    connection = Connection.objects.select_for_update(of=("self",), no_key=True).get(pk=connection_id)
    kind = kind_of(connection.connector)
    if not kind.capabilities.lists_new:
        raise InvalidInput(_("%(name)s takes no new listings from us.") % {"name": kind.name}, field="connection")
    if not connection.push_products or connection.status == ConnectionStatus.DRAFT:
        raise InvalidInput(
            _("Sending our product data is switched off for this channel: switch it on first."), field="connection"
        )
    skus = {sku.pk: sku for sku in Sku.objects.filter(company_id=connection.company_id, pk__in=sku_ids)}
    if missing := [pk for pk in sku_ids if pk not in skus]:
        raise InvalidInput(_("There is no such SKU."), errors=[{"field": "skus", "message": str(pk)} for pk in missing])
    same = Listing.objects.filter(connection=connection)
    taken = {*same.filter(sku__in=skus).values_list("sku_id", flat=True)}
    codes = {*same.filter(external_sku__in=[sku.code for sku in skus.values()]).values_list("external_sku", flat=True)}
    made = Listing.objects.bulk_create(
        Listing(company_id=connection.company_id, connection=connection, sku=sku, external_sku=sku.code)
        for pk, sku in sorted(skus.items())
        if pk not in taken and sku.code not in codes
    )
    audit.record(
        [Change(TYPE, row.pk, "offer", new=row.external_sku, company_id=row.company_id) for row in made], actor=actor
    )
    return made


def skus_to_offer(*, connection_id: int) -> list[int]:
    """Active SKUs that the channel's lists have a price for and that are not listed there. Statements: 3."""
    connection = Connection.objects.select_related("channel").get(pk=connection_id)
    channel = connection.channel
    listed = Listing.objects.filter(connection=connection)
    skus = Sku.objects.filter(company_id=connection.company_id, status=SkuStatus.ACTIVE)
    ids = list(skus.exclude(pk__in=listed.values("sku")).order_by("pk").values_list("pk", flat=True))
    asking = Asking(channel.pk, channel.currency, timezone.localdate(), prices_include_tax=channel.prices_include_tax)
    prices = listed_prices([(pk, Decimal(1)) for pk in ids], asking)
    return [pk for pk, price in zip(ids, prices, strict=True) if price is not None]


@transaction.atomic
def change_listing(*, listing_id: int, rules: Mapping[str, Any], actor: Actor) -> list[str]:
    """Say of one listing what is whose, whether buyers see it, and how much stock; the names of what changed.

    rules: by name, those of RULES. Raises InvalidInput naming what is unknown or outside its range; nothing is written.
    """
    row = Listing.objects.select_for_update(of=("self",), no_key=True).select_related("connection").get(pk=listing_id)
    _refuse(row, rules)
    content = contents_of([row])[row.pk]
    changed = [name for name, value in rules.items() if _now(row, content, name) != value]
    changes = [
        Change(
            TYPE,
            row.pk,
            "rules",
            name,
            shown_rule(_now(row, content, name)),
            shown_rule(rules[name]),
            "",
            row.company_id,
        )
        for name in changed
    ]
    for name in changed:
        setattr(row if name in STOCK_RULES else content, name, rules[name])
    if set(changed) - STOCK_RULES:
        content.save()
    mine = sorted(STOCK_RULES & set(changed))
    if mine or ("is_offered" in changed and kind_of(row.connection.connector).hides_by_stock):
        row.is_dirty, row.version, row.due_at = True, row.version + 1, database_now()
        row.save(update_fields=[*mine, "is_dirty", "version", "due_at"])
    audit.record(changes, actor=actor)
    return changed


def _now(row: Listing, content: ListingContent, name: str) -> Any:
    return getattr(row if name in STOCK_RULES else content, name)


def _refuse(row: Listing, rules: Mapping[str, Any]) -> None:
    if unknown := sorted(set(rules) - set(RULES)):
        raise InvalidInput(_("Unknown: %(names)s.") % {"names": ", ".join(unknown)}, field=unknown[0])
    refuse_fields(kind_of(row.connection.connector), rules.get("kept_fields") or ())
    share = rules.get("share_percent")
    if share is not None and not 0 <= share <= 100:
        raise InvalidInput(_("A share is 0 to 100 percent."), field="share_percent")
    if (rules.get("cap") or 0) < 0:
        raise InvalidInput(_("It must not be below zero."), field="cap")
