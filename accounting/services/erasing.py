"""Emptying what names somebody, which the application's own role may not do."""

from collections.abc import Collection

from django.db import connection, transaction

from accounting.models import Company, Invoice
from accounting.selectors.retention import expired_addresses, retention_of
from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.roles import ERASE, role


def blank_addresses(address_ids: Collection[int]) -> None:
    """Empty addresses but for their country; one that is empty already stays. Statements: 1 beside those of the role."""
    with role(connection, ERASE), connection.cursor() as cursor:
        cursor.execute(
            "UPDATE accounting_address SET name = '', organisation = '', line1 = '', line2 = '', city = '', region = '',"
            " postcode = '', phone = '', erased_at = clock_timestamp() WHERE id = ANY(%s) AND erased_at IS NULL",
            [sorted(address_ids)],
        )


BATCH = 500


def erase_expired_addresses(*, company_id: int, actor: Actor) -> int:
    """Blank the addresses of invoices that no law keeps any more; how many. The invoices and their books stay.

    In batches, each its own transaction; a second run finds nothing. Statements: 6 for each batch.
    """
    company = Company.objects.get(pk=company_id)
    erased = 0
    while count := _erase_batch(company, actor):
        erased += count
    return erased


@transaction.atomic
def _erase_batch(company: Company, actor: Actor) -> int:
    expired = expired_addresses(retention_of(company)).order_by("pk")
    ids = list(expired.values_list("pk", flat=True)[:BATCH])
    if not ids:
        return 0
    blank_addresses(ids)
    invoices = Invoice.objects.filter(address__in=ids).order_by("pk").values_list("pk", flat=True)
    audit.record(
        [audit.Change("accounting.invoice", pk, "erased", "address", company_id=company.pk) for pk in invoices],
        actor=actor,
    )
    return len(ids)
