"""What channels say was paid, recorded with their orders."""

from collections.abc import Sequence

from backoffice.core.actor import Actor
from integrations.connectors.base import ChannelPayment
from integrations.models import Connection
from integrations.services.order_imports.items import REUSED, Item
from orders import services as order_services
from orders.inputs import PlaceResult
from orders.models import PaidWhen
from orders.services import PaymentInput


def record_payments(
    connection: Connection, items: Sequence[Item], answers: Sequence[PlaceResult], actor: Actor
) -> dict[int | None, tuple[str, str]]:
    """Record what channels say was paid, each payment once however often its order comes; (code, why not) by order.

    Where the channel's word is not enough (paid_when), what was paid is recorded as authorised: somebody captures it.
    Statements: 0 without payments; else those of record_reported, also where some are refused.
    """
    believed = connection.channel.paid_when == PaidWhen.REPORTED
    wanted = [
        _payment(answer.order_id, given, believed)
        for item, answer in zip(items, answers, strict=True)
        if answer.order_id is not None and (answer.state != "refused" or answer.code == REUSED)
        for given in item.mapped.payments
    ]
    if not wanted:
        return {}
    refused: dict[int | None, tuple[str, str]] = {}
    for result in order_services.record_reported(wanted, company_id=connection.company_id, actor=actor):
        if result.state == "refused":
            refused.setdefault(result.order_id, (f"payment_{result.code}", result.detail))
    return refused


def _payment(order_id: int, given: ChannelPayment, believed: bool) -> PaymentInput:
    return PaymentInput(
        order_id,
        given.method,
        given.amount,
        given.external_id,
        given.paid_at,
        capture=given.captured and believed,
        reference=given.reference or given.external_id,
    )
