"""Certificates of customers who owe no tax."""

import datetime

from django.db import IntegrityError, transaction
from django.utils.translation import gettext as _

from accounting.errors import NotFound, TaxRefused
from accounting.models import Party, TaxExemption
from backoffice.core import audit
from backoffice.core.actor import Actor

OBJECT = "accounting.taxexemption"


@transaction.atomic
def create_exemption(
    *,
    company_id: int,
    party_id: int,
    number: str,
    valid_from: datetime.date,
    actor: Actor,
    country: str = "",
    region: str = "",
    valid_to: datetime.date | None = None,
    note: str = "",
) -> TaxExemption:
    """A certificate as it was shown to us: sales that it covers go by the rules for exempt customers from now on.

    Raises NotFound, TaxRefused (no_number, bad_dates, no_country, entered_before); nothing is written then. Statements: 3.
    """
    if not Party.objects.filter(pk=party_id, company_id=company_id, is_customer=True).exists():
        raise NotFound(_("There is no such customer in this company."), party_id=party_id)
    if not number.strip():
        raise TaxRefused(_("Give the certificate's number."), code="no_number", field="number")
    if valid_to is not None and valid_to < valid_from:
        raise TaxRefused(_("The last day is before the first."), code="bad_dates", field="valid_to")
    if region and not country:
        raise TaxRefused(_("Say which country the region is in."), code="no_country", field="country")
    try:
        with transaction.atomic():  # a savepoint: the constraint tells what is there already
            made = TaxExemption.objects.create(
                company_id=company_id, party_id=party_id, number=number.strip()[:80], country=country.upper(),
                region=region, valid_from=valid_from, valid_to=valid_to, note=note,
            )  # fmt: skip
    except IntegrityError:
        raise TaxRefused(_("This certificate was entered before."), code="entered_before", field="number") from None
    audit.record([audit.Change(OBJECT, made.pk, "created", "", "", str(made), "", company_id)], actor=actor)
    return made


@transaction.atomic
def end_exemption(
    exemption_id: int, *, company_id: int, last_day: datetime.date, reason: str, actor: Actor
) -> TaxExemption:
    """A certificate counts until a day. Raises NotFound, TaxRefused (bad_dates). Statements: 3."""
    found = (
        TaxExemption.objects.select_for_update(of=("self",), no_key=True)
        .filter(pk=exemption_id, company_id=company_id)
        .first()
    )
    if found is None:
        raise NotFound(_("There is no such certificate."), exemption_id=exemption_id)
    if last_day < found.valid_from:
        raise TaxRefused(_("The last day is before the first."), code="bad_dates", field="valid_to")
    old, found.valid_to = found.valid_to, last_day
    found.save(update_fields=["valid_to"])
    change = audit.Change(OBJECT, found.pk, "ended", "valid_to", str(old or ""), str(last_day), reason, company_id)
    audit.record([change], actor=actor)
    return found
