"""Why something is proposed or told, in a person's words, from the figures that were kept with it."""

from collections.abc import Mapping
from decimal import Decimal

from django.utils.dateparse import parse_date
from django.utils.formats import date_format, localize
from django.utils.translation import gettext as _

from inventory.models import Proposal

Facts = Mapping[str, str]


def _shown(facts: Facts) -> dict[str, str]:
    """The figures as they are written in the reader's language; days and texts as they are."""
    shown = {}
    for name, value in facts.items():
        try:
            shown[name] = str(localize(Decimal(value))) if value else ""
        except ArithmeticError:
            shown[name] = value
    return shown


def why(facts: Facts, *, source: str = "", has_supplier: bool = True) -> list[str]:
    """Sentences, in the order in which one would explain it. source: the warehouse it is brought over from."""
    words = _shown(facts)
    sentences = []
    if facts.get("issued", "0") != "0":
        sentences.append(_("%(issued)s were sold or used up in %(days)s days: %(daily)s a day.") % words)
    sentences.append(_("%(available)s are free, %(on_order)s ordered, %(on_transfer)s in transfers.") % words)
    if facts.get("waiting", "0") != "0":
        sentences.append(_("Orders wait for %(waiting)s.") % words)
    if facts.get("passed_on", "0") != "0":
        sentences.append(_("Other warehouses want %(passed_on)s from here.") % words)
    if facts.get("ruled"):
        sentences.append(_("The position of %(position)s has reached the rule’s reorder point %(point)s.") % words)
    elif facts.get("point", "0") != "0":
        sentences.append(
            _(
                "The position of %(position)s has reached the reorder point %(point)s:"
                " %(lead_days)s days of lead time and %(safety_days)s of safety."
            )
            % words
        )
    sentences.append(_("Up to %(up_to)s that is %(lacking)s.") % words)
    if source:
        sentences.append(_("%(source)s can spare it.") % {"source": source})
    elif not has_supplier:
        sentences.append(_("Nobody is known who sells it: add it to a supplier’s SKUs."))
    elif facts.get("minimum", "1") != "1" or facts.get("multiple", "1") != "1":
        sentences.append(_("The supplier’s minimum is %(minimum)s, in multiples of %(multiple)s.") % words)
    if facts.get("break_from"):
        sentences.append(
            _("From %(break_from)s on one costs %(break_price)s instead of %(price)s %(currency)s.") % words
        )
    return sentences


def why_of(proposal: Proposal) -> list[str]:
    """The sentences of one proposal; its source must be at hand."""
    source = proposal.source.name if proposal.source else ""
    return why(proposal.facts, source=source, has_supplier=proposal.supplier_id is not None)


def tell(kind: str, facts: Facts) -> str:
    """What an alert says, in one sentence."""
    day = parse_date(facts.get("date", ""))
    words = _shown(facts) | {"date": date_format(day, "SHORT_DATE_FORMAT") if day else "", "lot": facts.get("lot", "")}
    if kind == "low":
        return (
            _(
                "%(available)s free and %(incoming)s coming, less %(waiting)s that orders wait for: the limit is %(point)s."
            )
            % words
        )
    if kind == "over":
        return _("%(on_hand)s on hand last for %(days)s days.") % words
    if kind == "dead":
        return _("%(on_hand)s on hand; nothing left for %(days)s days.") % words
    return _("%(quantity)s of lot %(lot)s expire on %(date)s.") % words
