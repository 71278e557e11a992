"""Opening a channel."""

from django.db import transaction

from accounting.models import Party
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from orders.models import Channel


@transaction.atomic(savepoint=False)
def create_channel(
    *,
    company_id: int,
    code: str,
    name: str,
    currency: str,
    tax_code_id: int,
    actor: Actor,
    kind: str = "manual",
    prices_include_tax: bool = False,
    warehouse_id: int | None = None,
    ship_complete: bool = False,
    auto_release: bool = True,
    priority: int = 100,
    payment_policy: str = "none",
    paid_when: str = "reported",
    party_id: int | None = None,
    tax_by_rules: bool = False,
) -> Channel:
    """A channel and, unless one is given, the party that owes us what the channel sells."""
    if party_id is None:
        party_id = Party.objects.create(
            company_id=company_id,
            code=f"CHANNEL-{code}".upper()[:60],
            name=name,
            is_customer=True,
            is_channel=True,
            currency_id=currency,
        ).pk
    channel = Channel.objects.create(
        company_id=company_id,
        code=code,
        name=name,
        kind=kind,
        party_id=party_id,
        currency=currency,
        prices_include_tax=prices_include_tax,
        tax_code_id=tax_code_id,
        warehouse_id=warehouse_id,
        ship_complete=ship_complete,
        auto_release=auto_release,
        priority=priority,
        payment_policy=payment_policy,
        paid_when=paid_when,
        tax_by_rules=tax_by_rules,
    )
    record([Change("orders.channel", channel.pk, "created", new=code, company_id=company_id)], actor=actor)
    return channel
