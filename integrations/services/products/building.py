"""A listing's words, barcode and pictures, out of our catalogue."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from decimal import Decimal

from django.conf import settings
from django.urls import reverse
from django.utils.text import slugify

from integrations.connectors.offers import FIELDS, ProductGroup, ProductItem, number_text, yes
from integrations.connectors.registry import kind_of
from integrations.models import Connection, Listing, ListingContent
from integrations.services.pushing import available, shown
from inventory.models import Barcode, ProductImage, SkuOption


def contents_of(rows: Sequence[Listing]) -> dict[int, ListingContent]:
    """By listing; one that was never written is as the model's defaults. Statements: 1."""
    found = {row.listing_id: row for row in ListingContent.objects.filter(listing__in=[row.pk for row in rows])}
    return {row.pk: found.get(row.pk) or ListingContent(listing_id=row.pk, company_id=row.company_id) for row in rows}


def ours(connection: Connection, content: ListingContent) -> frozenset[str]:
    """What of it is ours to send: what the channel takes, less what the merchant leaves to it."""
    return frozenset(kind_of(connection.connector).product_fields) - kept_of(connection, content)


def kept_of(connection: Connection, content: ListingContent) -> frozenset[str]:
    """What the merchant leaves to the channel: the listing's own say, else the connection's."""
    return frozenset(connection.kept_fields if content.kept_fields is None else content.kept_fields)


def items_of(
    connection: Connection,
    rows: Sequence[Listing],
    contents: Mapping[int, ListingContent],
    prices: Mapping[int, Decimal],
) -> dict[int, ProductItem]:
    """What each listing is, by its id. rows: with sku__product__brand; contents, prices: by listing.

    Statements: 7, with kits 8.
    """
    skus = [row.sku_id for row in rows]
    there = available(connection, skus)
    codes = _barcodes(skus)
    options = _options(skus)
    groups = _groups(connection, rows)
    pictures = _pictures([row.sku.product_id for row in rows])
    items = {}
    for row in rows:
        product, content = row.sku.product, contents[row.pk]
        mine = [url for sku_id, url in pictures[product.pk] if sku_id in (None, row.sku_id)]
        items[row.pk] = ProductItem(
            row.external_id,
            row.external_sku,
            row.sku.name,
            prices.get(row.pk),
            connection.channel.currency,
            shown(there.get(row.sku_id, Decimal()), connection, share_percent=row.share_percent, cap=row.cap),
            codes.get(row.sku_id, ""),
            product.brand.name if product.brand else "",
            product.description,
            None if row.sku.weight_g is None else Decimal(row.sku.weight_g),
            images=tuple(mine),
            visible=content.is_offered,
            product_type=content.product_type,
            options=options.get(row.sku_id, {}),
            group=groups[product.pk],
            fields=ours(connection, content),
        )
    return items


def _groups(connection: Connection, rows: Sequence[Listing]) -> dict[int, ProductGroup]:
    """By product, of all its listings: what one of them leaves to the channel is the channel's for the product.

    Pictures that the channel has fetched are not fresh: some would keep them twice.

    Statements: 2.
    """
    members: dict[int, list[Listing]] = defaultdict(list)
    found = Listing.objects.filter(
        connection=connection, is_active=True, sku__product__in={row.sku.product_id for row in rows}
    )
    for row in found.select_related("sku__product__brand").order_by("pk"):
        members[row.sku.product_id].append(row)
    everything = [row for same in members.values() for row in same]
    contents, options = contents_of(everything), _options([row.sku_id for row in everything])
    pictures = _pictures(members)
    groups = {}
    for product_id, same in members.items():
        product = same[0].sku.product
        urls = tuple(url for _sku, url in pictures[product_id])
        sent = {url for row in same for url in contents[row.pk].sent.get("pictures", ())}
        fields = frozenset.intersection(*(ours(connection, contents[row.pk]) for row in same))
        names = list(dict.fromkeys(name for row in same for name in options.get(row.sku_id, {})))
        groups[product_id] = ProductGroup(
            str(product_id), product.name, f"{slugify(product.name)[:60].strip('-') or 'product'}-{product_id}",
            product.description, product.brand.name if product.brand else "",
            images=urls,
            fresh=tuple(url for url in urls if url not in sent),
            visible=any(contents[row.pk].is_offered for row in same),
            options=tuple(names),
            known=tuple(row.external_id for row in same if row.external_id),
            fields=fields,
        )  # fmt: skip
    return groups


def _barcodes(skus: Sequence[int]) -> dict[int, str]:
    rows = Barcode.objects.filter(sku_id__in=skus, pack__isnull=True).order_by("sku_id", "-pk")
    return dict(rows.values_list("sku_id", "code"))


def _options(skus: Sequence[int]) -> dict[int, dict[str, str]]:
    found: dict[int, dict[str, str]] = defaultdict(dict)
    rows = SkuOption.objects.filter(sku_id__in=skus).order_by("option__position")
    for sku_id, name, value in rows.values_list("sku_id", "option__name", "value__name"):
        found[sku_id][name] = value
    return found


def _pictures(products: Collection[int]) -> dict[int, list[tuple[int | None, str]]]:
    """(SKU that alone is shown, address), by product, in order; none where nobody outside can reach us."""
    found: dict[int, list[tuple[int | None, str]]] = defaultdict(list)
    if not settings.PUBLIC_URL:
        return found
    rows = ProductImage.objects.filter(product__in=products).order_by("product", "position")
    for product_id, sku_id, digest, file in rows.values_list("product_id", "sku_id", "sha256", "file"):
        path = reverse("public_picture", args=[digest, str(file).rpartition(".")[2]])
        found[product_id].append((sku_id, f"{settings.PUBLIC_URL}{path}"))
    return found


def values_of(item: ProductItem, *, grouped: bool) -> dict[str, str]:
    """As texts by the names of FIELDS and "price", the way connectors tell what a channel shows."""
    words = (item.group.title, item.group.description, item.group.brand) if grouped else (
        item.title, item.description, item.brand,
    )  # fmt: skip
    visible, images = (item.group.visible, item.group.images) if grouped else (item.visible, item.images)
    values = (*words, item.barcode, number_text(item.weight_g), str(len(images)), yes(visible))
    return dict(zip(FIELDS, values, strict=True)) | {"price": number_text(item.price)}
