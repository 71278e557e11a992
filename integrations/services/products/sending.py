"""Products out: what differs from what was sent last; new listings are made there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from integrations.connectors.base import Connector, ItemResult, ProductItem
from integrations.models import Connection, Listing, ListingContent
from integrations.services.batches import keep_batches
from integrations.services.listed_prices import prices_for
from integrations.services.products.building import contents_of, items_of, values_of
from integrations.services.runs import Progress
from orders.intake import fingerprint


@dataclass(frozen=True, slots=True)
class _Due:
    row: Listing
    content: ListingContent
    item: ProductItem


def send_products(connection: Connection, connector: Connector, run: Progress) -> None:
    """Batch by batch; one with an error that lasts is sent again when something of it changes, or by hand."""
    for rows in _batches(connection, connector.capabilities.price_batch):
        contents = contents_of(rows)
        items = items_of(connection, rows, contents, prices_for(connection, rows))
        due = [_Due(row, contents[row.pk], items[row.pk]) for row in _differing(connector, rows, items)]
        ready = [found for found in due if not _lacking(found.item)]
        unready = [found for found in due if _lacking(found.item)]
        results = [ItemResult("", _lacking(found.item), permanent=True) for found in unready]
        if ready:
            results += connector.push_products([found.item for found in ready])
            keep_batches(connection, connector)
        if due:
            _keep(connector, [*unready, *ready], results)
        bad = sum(bool(result.error) for result in results)
        if not run.report(done=len(results) - bad, failed=bad):
            return


def _batches(connection: Connection, size: int) -> list[list[Listing]]:
    """Active listings; those of one product are never apart. Statements: 1."""
    rows = (
        Listing.objects.filter(connection=connection, is_active=True)
        .select_related("sku__product__brand")
        .order_by("sku__product_id", "pk")
    )
    batches: list[list[Listing]] = []
    for _product, same in groupby(rows, key=lambda row: row.sku.product_id):
        members = list(same)
        if not batches or len(batches[-1]) + len(members) > size:
            batches.append([])
        batches[-1] += members
    return batches


def _differing(connector: Connector, rows: Sequence[Listing], items: Mapping[int, ProductItem]) -> list[Listing]:
    """Those to be sent; with one of a product go those of it that could not be made: they may have waited for it."""
    able = [row for row in rows if row.external_id or connector.capabilities.lists_new]
    due = {row.pk for row in able if _hash(connector, items[row.pk], row.external_id) != row.product_hash}
    products = {row.sku.product_id for row in able if row.pk in due}
    return [row for row in able if row.pk in due or (not row.external_id and row.sku.product_id in products)]


def _hash(connector: Connector, item: ProductItem, external_id: str) -> str:
    """Of what is ours to say; of one that is not listed yet also whether it has a price, for it waits for one."""
    told = item.fields | (item.group.fields if connector.groups_variants else frozenset())
    told |= frozenset(connector.setup_fields)
    values = {name: text for name, text in values_of(item, grouped=connector.groups_variants).items() if name in told}
    pictures = sorted(item.images) if "images" in told else []
    return fingerprint(sorted(values.items()), item.product_type, pictures, bool(external_id or item.price))


def _lacking(item: ProductItem) -> str:
    if not item.external_id and not item.price:
        return _("No price list gives it a price: it is not listed for nothing.")
    return ""


@transaction.atomic
def _keep(connector: Connector, due: Sequence[_Due], results: Sequence[ItemResult]) -> None:
    """Statements: 2."""
    for found, result in zip(due, results, strict=True):
        row, item, content = found.row, found.item, found.content
        row.product_error = result.error[:300]
        row.external_id = row.external_id or result.listed_as
        if not result.error:
            values = values_of(item, grouped=connector.groups_variants)
            content.sent = {name: values[name] for name in sorted(item.fields)} | {"pictures": _pictures(found)}
            content.sent_at = timezone.now()
        if not result.error or result.permanent:
            row.product_hash = _hash(connector, item, row.external_id)
    Listing.objects.bulk_update([found.row for found in due], ["product_error", "product_hash", "external_id"])
    ListingContent.objects.bulk_create(
        [found.content for found in due],
        update_conflicts=True,
        unique_fields=["listing"],
        update_fields=["sent", "sent_at"],
    )


def _pictures(found: _Due) -> list[str]:
    """All that the channel was ever told of, so that none is sent twice."""
    before = found.content.sent.get("pictures", [])
    return sorted({*before, *found.item.images, *found.item.group.images}) if "images" in found.item.fields else before
