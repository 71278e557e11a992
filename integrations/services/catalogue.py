"""What a channel sells, matched with what we have."""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db.models.functions import Upper

from backoffice.core.errors import DomainError
from integrations.connectors.base import FoundListing
from integrations.connectors.registry import opened
from integrations.models import Connection, ConnectionStatus, Listing
from integrations.services.codes import sku_ids
from integrations.services.connections import list_skus
from integrations.services.runs import DONE, FAILED, start_run
from inventory.models import Barcode, Sku

NAMED = 40  # of those that match nothing, in the run's message


@dataclass(frozen=True, slots=True)
class Matched:
    """found: in the channel's catalogue; new: listings made; unknown: SKU codes there that nobody has here."""

    found: int
    new: int
    unknown: tuple[str, ...]


def match_listings(*, connection_id: int) -> Matched | None:
    """Read the channel's catalogue and list what is ours: by mapping, by SKU code, else by barcode.

    Known listings are left as they are. None where the connection is not active or the channel refused. Not inside a
    transaction.
    """
    connection = Connection.objects.select_related("channel").get(pk=connection_id)
    if connection.status != ConnectionStatus.ACTIVE:
        return None
    run = start_run(connection=connection, job="match_listings")
    found = new = 0
    unknown: list[str] = []
    try:
        with opened(connection) as connector:
            for page in connector.list_listings():
                ours, listed = known_skus(connection, page)
                new += list_skus(
                    connection_id=connection_id,
                    listings={
                        row.external_id: (ours[row.external_id], _code(row)) for row in page if row.external_id in ours
                    },
                )
                found += len(page)
                unknown += [_code(row) for row in page if row.external_id not in ours and row.external_id not in listed]
                run.report(done=len(page))
    except DomainError as error:
        run.end(FAILED, error.detail)
        return None
    run.end(DONE, ", ".join(unknown[:NAMED]))
    return Matched(found, new, tuple(unknown))


def _code(row: FoundListing) -> str:
    return row.external_sku or row.external_id


def known_skus(connection: Connection, page: Sequence[FoundListing]) -> tuple[dict[str, int], set[str]]:
    """(our SKUs by the channel's ids, of those not listed yet; ids that are listed already). Statements: 5."""
    codes = [row.external_sku for row in page if row.external_sku]
    mapped = sku_ids(channel_id=connection.channel_id, codes=codes)
    own = {
        upper: pk
        for pk, upper in Sku.objects.filter(company_id=connection.company_id)
        .annotate(upper=Upper("code"))
        .filter(upper__in=[code.upper() for code in codes])
        .values_list("pk", "upper")
    }
    barcodes = dict(
        Barcode.objects.filter(
            company_id=connection.company_id, code__in=[row.barcode for row in page if row.barcode]
        ).values_list("code", "sku_id")
    )
    listed = set(
        Listing.objects.filter(connection=connection, external_id__in=[row.external_id for row in page]).values_list(
            "external_id", flat=True
        )
    )
    ours = {}
    for row in page:
        sku_id = mapped.get(row.external_sku) or own.get(row.external_sku.upper()) or barcodes.get(row.barcode)
        if sku_id and row.external_id not in listed:
            ours[row.external_id] = sku_id
    return ours, listed
