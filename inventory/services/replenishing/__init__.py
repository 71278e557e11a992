"""What should be bought or brought over, and what of the stock needs somebody's eye."""

from inventory.services.replenishing.alerts import note_alert
from inventory.services.replenishing.counting import Planned, plan_replenishment
from inventory.services.replenishing.deciding import choose_quantity, dismiss_proposals
from inventory.services.replenishing.ordering import Ordered, order_proposals
from inventory.services.replenishing.rules import RuleInput, check_rule, remove_reorder_rule, set_reorder_rule

__all__ = [
    "RuleInput",
    "check_rule",
    "remove_reorder_rule",
    "set_reorder_rule",
    "Ordered",
    "Planned",
    "choose_quantity",
    "dismiss_proposals",
    "note_alert",
    "order_proposals",
    "plan_replenishment",
]
