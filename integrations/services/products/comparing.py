"""What a channel shows of a listing beside what we have."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils import timezone
from django.utils.translation import gettext as _

from backoffice.core.errors import DomainError, InvalidInput
from integrations.connectors.offers import FIELDS, plain_text
from integrations.connectors.registry import kind_of, opened
from integrations.models import Connection, ConnectionStatus, Listing, ListingContent
from integrations.services.listed_prices import prices_for
from integrations.services.products.building import contents_of, items_of, kept_of, values_of

AT_ONCE = 50


@dataclass(frozen=True, slots=True)
class Compared:
    """theirs: None where the channel was not looked at, or does not tell. is_ours: it is sent there when it differs."""

    name: str
    ours: str
    theirs: str | None
    is_ours: bool

    @property
    def differs(self) -> bool:
        return self.theirs is not None and plain_text(self.ours) != plain_text(self.theirs)


def compare(listing: Listing) -> list[Compared]:
    """Each thing that the channel can be told, ours beside what it showed when it was looked at last.

    Statements: 11, with kits 12.
    """
    connection = listing.connection
    kind, contents = kind_of(connection.connector), contents_of([listing])
    item = items_of(connection, [listing], contents, prices_for(connection, [listing]))[listing.pk]
    values, content = values_of(item, grouped=kind.groups_variants), contents[listing.pk]
    told = [name for name in FIELDS if name in kind.product_fields and connection.push_products]
    mine = {*item.fields} if connection.push_products else set()
    if connection.push_prices and "price" not in kept_of(connection, content):
        mine.add("price")
    shown = [*(told or [name for name in FIELDS if name in content.found]), "price"]
    return [Compared(name, values[name], content.found.get(name), name in mine) for name in shown]


def look_at_listings(*, listing_ids: Sequence[int]) -> int:
    """Read what the channel shows of these listings of one connection now, and keep it; how many it has.

    Raises InvalidInput where nothing can be read; whatever the channel answers instead. Not inside a transaction.
    """
    rows = list(Listing.objects.filter(pk__in=listing_ids[:AT_ONCE]).exclude(external_id="").order_by("pk"))
    if not rows:
        raise InvalidInput(_("It is not listed there yet."))
    connection = Connection.objects.select_related("channel").get(pk=rows[0].connection_id)
    if connection.status != ConnectionStatus.ACTIVE:
        raise InvalidInput(_("The connection is not active: resume it first."))
    if not kind_of(connection.connector).product_fields:
        raise InvalidInput(_("This channel does not tell what it shows."))
    own = [row for row in rows if row.connection_id == connection.pk]
    with opened(connection) as connector:
        found = connector.read_products({row.external_id: row.external_sku for row in own})
    contents = contents_of(own)
    for row in own:
        content, told = contents[row.pk], found.get(row.external_id)
        content.found = dict(told.values) if told else {}
        content.problems = list(told.problems)[:20] if told else [_("The channel does not know it.")]
        content.found_at = timezone.now()
    ListingContent.objects.bulk_create(
        contents.values(),
        update_conflicts=True,
        unique_fields=["listing"],
        update_fields=["found", "problems", "found_at"],
    )
    return len(found)


def look_quietly(*, listing_ids: Sequence[int]) -> None:
    """For workers: what the channel refuses is kept as the listings' problem."""
    try:
        look_at_listings(listing_ids=listing_ids)
    except DomainError as error:
        ListingContent.objects.filter(listing__in=listing_ids).update(problems=[error.detail[:300]])
