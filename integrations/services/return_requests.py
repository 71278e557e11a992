"""Returns that buyers asked for at the channel, taken as returns of ours: each once by the channel's number.

Some channels write their answer in their own time: a read asks for it and the next one takes it. The last month is asked for
again each time, for a request is approved, and its goods are shipped, later than it was made; so what could not be taken
is tried again by itself. The money comes by refunds, apart from the goods.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from integrations.connectors.base import Connector, Window
from integrations.connectors.changes import ChannelReturn
from integrations.errors import ChannelRejected
from integrations.models import Connection, Cursor
from integrations.services.runs import Progress
from orders import services as order_services
from orders.errors import NotReturnable
from orders.models import Order, OrderLine, ReturnOrder, ReturnStatus
from orders.services import ReturnInput

STREAM = "returns"
EVERY_S, WRITING_S = 6 * 3600, 120
AGAIN = timedelta(days=30)
ACTOR = Actor.job("channels")
TOLD = 5  # reasons in the run's message


def read_returns(connection: Connection, connector: Connector, run: Progress) -> tuple[str, float | None]:
    """Ask for returns, or take those that were asked for: (what a person should read, when to look again)."""
    cursor = Cursor.objects.get(connection=connection, stream=STREAM)
    asked = cursor.walk
    if not asked:
        until = connector.server_time() - connector.capabilities.lag
        since = datetime.fromisoformat(cursor.value) - AGAIN if cursor.value else connection.starts_at
        asked = {"answer": connector.ask_for_returns(Window(since, until)), "until": until.isoformat()}
        Cursor.objects.filter(pk=cursor.pk).update(walk=asked)
        if connector.writes_returns:
            return _("Asked for; the channel writes it."), WRITING_S
    try:
        read = connector.returns_asked(asked["answer"])
    except ChannelRejected:  # it will never be written: the next read asks anew
        Cursor.objects.filter(pk=cursor.pk).update(walk=None)
        raise
    if read is None:
        return _("The channel still works on it."), WRITING_S
    refused = list(read.bad)
    run.report(failed=len(refused))
    for given in read.returns:
        why = take_return(connection, given)
        run.report(done=not why, failed=bool(why))
        refused += [f"{given.order_external_id}: {why}"] if why else []
    Cursor.objects.filter(pk=cursor.pk).update(value=asked["until"], walk=None)
    return " ".join(refused[:TOLD]), None


def take_return(connection: Connection, given: ChannelReturn, *, actor: Actor = ACTOR) -> str:
    """Make the return, approve the one that was made, or cancel one that was called off; why not, if not. Orders that we
    do not have are left out.
    """
    try:
        with transaction.atomic():
            _take(connection, given, actor)
    except DomainError as error:
        return error.detail
    return ""


def _take(connection: Connection, given: ChannelReturn, actor: Actor) -> None:
    order = Order.objects.filter(channel_id=connection.channel_id, external_id=given.order_external_id).first()
    if order is None:
        return
    known = ReturnOrder.objects.filter(channel_id=connection.channel_id, external_id=given.external_id)
    return_id = known.values_list("pk", flat=True).first()
    if given.over:
        waiting = known.filter(status__in=(ReturnStatus.REQUESTED, ReturnStatus.APPROVED))
        if ids := list(waiting.values_list("pk", flat=True)):
            order_services.cancel_returns(
                ids, company_id=connection.company_id, actor=actor, reason=_("Called off at the channel.")
            )
        return
    if return_id is None:
        return_id = order_services.request_return(
            order.pk, company_id=connection.company_id, lines=_lines(order, given),
            reason=given.reason or _("Asked for at the channel."), requested_at=given.requested_at, actor=actor,
            external_id=given.external_id, refund=False, charges=[], fee=False,
        )  # fmt: skip
    waiting = ReturnOrder.objects.filter(pk=return_id, status=ReturnStatus.REQUESTED, outside_window=False)
    if given.approved and waiting.exists():
        order_services.approve_returns(
            [return_id], company_id=connection.company_id, actor=actor, reason=_("Approved at the channel.")
        )


def _lines(order: Order, given: ChannelReturn) -> list[ReturnInput]:
    """By the channel's id of the line, else by the only line with its SKU. Raises NotReturnable."""
    rows = list(OrderLine.objects.filter(order=order).order_by("position"))
    wanted = []
    for line in given.lines:
        found = [row for row in rows if line.external_id and row.external_id == line.external_id]
        if not found and not line.external_id:
            found = [row for row in rows if row.channel_sku.upper() == line.channel_sku.upper()]
        if len(found) != 1:
            raise NotReturnable(
                _("The channel's line %(line)s is not one of the order's.")
                % {"line": line.external_id or line.channel_sku},
                order_id=order.pk,
            )
        wanted.append(ReturnInput(found[0].pk, line.quantity))
    return wanted
