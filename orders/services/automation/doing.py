"""What an action works with, and how it says that it cannot be done."""

from dataclasses import dataclass, field

from django.core.mail import EmailMessage
from django.utils.translation import gettext as _

from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from inventory.models import Warehouse
from orders.models import RuleFiring

SOURCES = {
    "order": "orders.order",
    "alert": "inventory.stockalert",
    "purchase_order": "inventory.purchaseorder",
    "alarm": "integrations.alarm",
}


class ActionRefused(DomainError):
    """It cannot be done to this subject now."""

    code = "action_refused"


@dataclass(slots=True)
class Doing:
    """A firing that is acted upon. mails: to be sent once what asks for them is committed."""

    firing: RuleFiring
    actor: Actor
    mails: list[EmailMessage] = field(default_factory=list)

    @property
    def company_id(self) -> int:
        return self.firing.company_id

    @property
    def order_id(self) -> int:
        assert self.firing.order_id is not None
        return self.firing.order_id

    @property
    def reason(self) -> str:
        return _("Rule “%(name)s”") % {"name": self.firing.rule.name}

    def after_commit(self) -> None:
        """Send what was asked for: at most once, for the result is kept already."""
        while self.mails:
            self.mails.pop().send()


def house_of(code: str, doing: Doing) -> Warehouse:
    """The warehouse that a rule names, as it is now."""
    house = Warehouse.objects.filter(company=doing.company_id, code=code, is_active=True, is_transit=False).first()
    if house is None:
        raise ActionRefused(_("There is no warehouse “%(code)s” that ships.") % {"code": code})
    return house
