"""What an incoming order turns out to be: its SKUs, its holds, its contact and its first status."""

from collections.abc import Callable, Iterator, Sequence
from decimal import Decimal

from django.utils.translation import gettext as _

from inventory.models import SkuStatus
from inventory.selectors import kit_parts
from orders.inputs import AddressInput, LineInput, OrderInput
from orders.models import HoldKind, OrderStatus
from orders.selectors.setting import KnownSkus, Setting, ask_known_skus
from orders.services.drafts import Draft
from orders.services.taxing import tax_drafts


def ask_skus(lines: Sequence[LineInput], *, channel_id: int) -> Callable[[], KnownSkus]:
    """What is known of the lines' SKUs, answered when it is called for. Statements: 1, or 0 without lines."""
    if not lines:
        return lambda: KnownSkus({}, set(), {}, set(), set())
    return ask_known_skus(
        None,
        codes=[line.channel_sku for line in lines if line.sku_id is None],
        ids=[line.sku_id for line in lines if line.sku_id is not None],
        channel_id=channel_id,
    )


def resolve(drafts: Sequence[Draft], setting: Setting, known: KnownSkus, *, release: bool) -> None:
    """Find kits, taxes, holds and with them the status. known: of the lines' SKUs.

    Statements: 1 if some are kits, at most 4 where taxes go by rules.
    """
    kits = kit_parts(known.kits.values()) if known.kits else {}
    for draft in drafts:
        draft.skus = [
            known.by_code.get(line.channel_sku)
            if line.sku_id is None
            else (line.sku_id if line.sku_id in known.ids else None)
            for line in draft.order.lines
        ]
        draft.may_drop = bool(known.dropped) and not known.dropped.isdisjoint(draft.skus)
        if kits:
            draft.kits = {
                index: kits[known.kits[sku]]
                for index, sku in enumerate(draft.skus)
                if sku is not None and sku in known.kits
            }
        draft.unreleased = known.unreleased
        draft.contact_key = _contact_key(draft.order)
        if known.unsold or known.lasting:
            draft.not_for_sale = _not_for_sale(draft, known)
    if setting.tax_by_rules:
        tax_drafts(drafts, setting)
    for draft in drafts:
        draft.holds = _holds(draft, setting)
        if release and setting.auto_release and not draft.holds:
            draft.status = OrderStatus.RELEASED


def _not_for_sale(draft: Draft, known: KnownSkus) -> tuple[int, str] | None:
    """The first line whose SKU is not sold, or is wanted beyond what is left of it; and the sentence."""
    left = dict(known.lasting)
    for index, (sku, line) in enumerate(zip(draft.skus, draft.order.lines, strict=True)):
        if sku in known.unsold:
            return index, _("%(sku)s is not for sale: its status is “%(status)s”.") % {
                "sku": line.channel_sku,
                "status": SkuStatus(known.unsold[sku]).label,
            }
        if sku in left and (index, sku) not in draft.order.held:  # what its cart holds is there
            left[sku] -= line.quantity
            if left[sku] < 0:
                return index, _("%(sku)s is being phased out: only %(left)s are left.") % {
                    "sku": line.channel_sku,
                    "left": f"{known.lasting[sku].normalize():f}",
                }
    return None


def _holds(draft: Draft, setting: Setting) -> dict[str, str]:
    """Reasons by kind; several reasons of one kind are one hold."""
    reasons: dict[str, list[str]] = {}
    for kind, reason in draft.order.holds:
        reasons.setdefault(HoldKind(kind).value, []).append(reason)
    unknown = [line.channel_sku for line, sku in zip(draft.order.lines, draft.skus, strict=True) if sku is None]
    if unknown:
        reasons.setdefault(HoldKind.MAPPING, []).append(
            _("Unknown SKU: %(codes)s.") % {"codes": ", ".join(dict.fromkeys(unknown))}
        )
    sent = draft.order.total
    unit = Decimal(1).scaleb(-setting.exponents[draft.order.currency])
    if sent is not None and abs(sent - draft.sums.total) >= unit:
        reasons.setdefault(HoldKind.TOTAL, []).append(
            _("The channel says %(sent)s, the lines add up to %(sum)s: a difference of %(difference)s.")
            % {
                "sent": f"{sent.normalize():f}",
                "sum": f"{draft.sums.total.normalize():f}",
                "difference": f"{(sent - draft.sums.total).normalize():f}",
            }
        )
    for kind, reason in _by_rule(draft, setting):
        reasons.setdefault(kind, []).append(reason)
    if setting.payment_policy != "none" and draft.sums.total > 0:
        reasons.setdefault(HoldKind.PAYMENT, []).append(_("Waits for its payment."))
    return {kind: " ".join(texts)[:300] for kind, texts in reasons.items()}


def _by_rule(draft: Draft, setting: Setting) -> Iterator[tuple[str, str]]:
    """Holds that the channel's own rules ask for."""
    order = draft.order
    total = max(draft.sums.total, order.total or Decimal(0))
    limit = setting.hold_above
    if limit is not None and order.currency == setting.currency and total > limit:
        yield (
            HoldKind.FRAUD,
            _("The total of %(total)s is above the channel's limit of %(limit)s.")
            % {"total": f"{total.normalize():f}", "limit": f"{limit.normalize():f}"},
        )
    if setting.check_address and (missing := missing_of(order.shipping_address)):
        yield HoldKind.ADDRESS, _("The shipping address lacks: %(parts)s.") % {"parts": ", ".join(missing)}


def missing_of(address: AddressInput | None) -> list[str]:
    """What a parcel needs and the address does not say, in words."""
    named = {
        _("name"): bool(address and (address.name.strip() or address.organisation.strip())),
        _("street"): bool(address and address.line1.strip()),
        _("city"): bool(address and address.city.strip()),
        _("country"): bool(address and address.country.strip()),
    }
    return [name for name, given in named.items() if not given]


def _contact_key(order: OrderInput) -> str:
    contact = order.contact
    if contact is None:
        return ""
    if contact.external_id:
        return contact.external_id
    return f"guest:{order.external_id}" if contact.name or contact.email or contact.phone else ""
