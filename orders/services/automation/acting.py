"""What each action does; each is called inside a transaction of its own and says what came of it."""

from collections.abc import Callable, Mapping

from django.conf import settings
from django.core.mail import EmailMessage
from django.utils import timezone
from django.utils.translation import gettext as _

from accounting.models import Company
from backoffice.core.models import User
from backoffice.core.outbox import Event, publish
from backoffice.core.registry import links_of
from backoffice.core.staff_tasks import give_task, role_group
from orders.automation.actions import due_date
from orders.models import Hold, Order
from orders.services.automation import on_orders, on_stock
from orders.services.automation.doing import SOURCES, ActionRefused, Doing, house_of
from orders.services.automation.tagging import add_tags, remove_tags
from orders.services.billing import bill_charges
from orders.services.cancelling import cancel_order
from orders.services.drop_shipping import drop_ship_by_rules
from orders.services.fulfilling import release_orders
from orders.services.holding import place_hold, release_hold
from orders.services.pinning import pin_orders


def do(action: Mapping[str, str], doing: Doing) -> str:
    """Do it; a sentence about what came of it, or "". Raises DomainError where it cannot be done."""
    return _DO[action["action"]](action, doing)


def _hold(action: Mapping[str, str], doing: Doing) -> str:
    place_hold(
        doing.order_id, company_id=doing.company_id, kind=action["kind"], reason=action["reason"], actor=doing.actor
    )
    return ""


def _release_holds(action: Mapping[str, str], doing: Doing) -> str:
    holds = Hold.objects.filter(order_id=doing.order_id, released_at__isnull=True).order_by("pk")
    if action.get("kind"):
        holds = holds.filter(kind=action["kind"])
    for pk in list(holds.values_list("pk", flat=True)):
        release_hold(pk, company_id=doing.company_id, actor=doing.actor, reason=action["reason"])
    return ""


def _release(action: Mapping[str, str], doing: Doing) -> str:
    [result] = release_orders([doing.order_id], company_id=doing.company_id, actor=doing.actor)
    if result.state == "refused":
        raise ActionRefused(result.detail)
    return ""


def _add_tag(action: Mapping[str, str], doing: Doing) -> str:
    add_tags([doing.order_id], tag=action["tag"], company_id=doing.company_id, actor=doing.actor, reason=doing.reason)
    return ""


def _remove_tag(action: Mapping[str, str], doing: Doing) -> str:
    remove_tags(
        [doing.order_id], tag=action["tag"], company_id=doing.company_id, actor=doing.actor, reason=doing.reason
    )
    return ""


def _pin(action: Mapping[str, str], doing: Doing) -> str:
    house = house_of(action["warehouse"], doing)
    [result] = pin_orders(
        [doing.order_id], warehouse_id=house.pk, company_id=doing.company_id, actor=doing.actor, reason=action["reason"]
    )
    if result.state == "refused":
        raise ActionRefused(result.detail)
    return _("What is not in stock still waits.") if result.back_ordered else ""


def _cancel(action: Mapping[str, str], doing: Doing) -> str:
    cancel_order(doing.order_id, company_id=doing.company_id, actor=doing.actor, reason=action["reason"], ask=True)
    return ""


def _invoice(action: Mapping[str, str], doing: Doing) -> str:
    [issued] = bill_charges([doing.order_id], company_id=doing.company_id, actor=doing.actor)
    return issued.number if issued else _("There was nothing to invoice.")


def _drop_ship(action: Mapping[str, str], doing: Doing) -> str:
    touched = drop_ship_by_rules([doing.order_id], company_id=doing.company_id, actor=doing.actor)
    return "" if touched else _("No drop-ship rule had anything to order.")


def _mail(action: Mapping[str, str], doing: Doing) -> str:
    if not settings.MAIL_READY:
        raise ActionRefused(_("No mail server is set up (BACKOFFICE_EMAIL_URL)."))
    looked = "\n".join(f"{name}: {value}" for name, value in doing.firing.looked.items())
    body = "\n\n".join(filter(None, [action.get("text", ""), _subject(doing), looked, doing.reason]))
    doing.mails.append(EmailMessage(" ".join(action["subject"].split()), body, to=[action["to"]]))
    return action["to"]


def _subject(doing: Doing) -> str:
    """What it is about, with the company's name."""
    source = SOURCES[doing.firing.subject_type], doing.firing.subject_id
    link = links_of([source]).get(source)
    company = Company.objects.get(pk=doing.company_id)
    return f"{company.name}: {link.label if link else f'{doing.firing.subject_type} {doing.firing.subject_id}'}"


def _task(action: Mapping[str, str], doing: Doing) -> str:
    owner = User.objects.filter(username__iexact=action.get("person", ""), is_active=True).first()
    if owner is None and not action.get("role"):
        raise ActionRefused(_("%(person)s does not work here any more.") % {"person": action["person"]})
    give_task(
        title=action["title"],
        owner=owner,
        role=None if owner or not action.get("role") else role_group(action["role"]),
        due_date=due_date(action.get("days", ""), timezone.localdate()),
        source=(SOURCES[doing.firing.subject_type], doing.firing.subject_id),
        company_id=doing.company_id,
        actor=doing.actor,
    )
    return ""


def _webhook(action: Mapping[str, str], doing: Doing) -> str:
    order = Order.objects.filter(pk=doing.firing.order_id).first() if doing.firing.order_id else None
    payload = {
        "rule_id": doing.firing.rule_id,
        "event": action["event"],
        "subject": doing.firing.subject_type,
        "id": doing.firing.subject_id,
        "order_id": order.pk if order else None,
        "channel_id": order.channel_id if order else None,
    }
    publish([Event("RuleFired", f"{doing.firing.subject_type}:{doing.firing.subject_id}", payload, doing.company_id)])
    return ""


_DO: dict[str, Callable[[Mapping[str, str], Doing], str]] = {
    "hold": _hold,
    "release_holds": _release_holds,
    "release": _release,
    "add_tag": _add_tag,
    "remove_tag": _remove_tag,
    "pin": _pin,
    "set_service": on_orders.set_service,
    "set_priority": on_orders.set_priority,
    "split": on_orders.split_category,
    "ship_parts": on_orders.ship_parts,
    "merge": on_orders.merge_open,
    "cancel": _cancel,
    "note": on_orders.write_note,
    "mail_buyer": on_orders.mail_buyer,
    "invoice": _invoice,
    "drop_ship": _drop_ship,
    "buy": lambda action, doing: on_stock.order_proposals_of(doing, bought=True),
    "bring": lambda action, doing: on_stock.order_proposals_of(doing, bought=False),
    "move": on_stock.move_goods,
    "mail": _mail,
    "task": _task,
    "webhook": _webhook,
}  # fmt: skip
