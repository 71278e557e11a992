"""The first pages, orders, returns and what selling is set up with."""

from typing import Any

from django.utils.translation import gettext_lazy as _

HINTS: dict[str, Any] = {
    "admin:index": _(
        "What waits for you today: orders, goods, money and alarms. Open a figure to see what is behind it."
    ),
    "search": _("Finds orders, goods, documents and people by number, code or name. A single hit opens at once."),
    "core.stafftask": _(
        "What a person or a role is to do, made by people and by rules. Open a task to do it, hand it on or close it."
    ),
    "orders.automationrule": _(
        "When something happens and the conditions hold, a rule acts, once for each cause. Write a rule, "
        "then switch it on."
    ),
    "core.scheduledreport": _(
        "Reports and saved lists that are made as a file on fixed days, with the rights of their owner."
    ),
    "orders.order": _(
        "Every order of every channel. Open one to see what is next: its goods, payment, parcels and invoice."
    ),
    "orders.draftorder": _(
        "Orders that staff prepare. Quote one to offer it until a day, or place it to make it an order."
    ),
    "orders.orderline": _("Every line sold, newest first. Use it to find who bought a SKU; a line leads to its order."),
    "orders.linepromise": _(
        "What customers wait for, the oldest promise first. Compare the day they were told with the day that "
        "can be kept."
    ),
    "orders.reservation": _(
        "Goods held for carts until a reservation expires. What expires goes back to free stock by itself."
    ),
    "orders.blanketorder": _(
        "What buyers agreed to take over time. Nothing is claimed or owed until you call off a part."
    ),
    "orders.contact": _(
        "Buyers as the channels know them. A business customer has a party in the books too; see Parties."
    ),
    "orders.returnorder": _("Goods and money that go back. Open a return to approve it, receive the goods and refund."),
    "orders.returnreason": _(
        "Why goods come back. Where the seller is at fault no fee is kept and shipping is refunded."
    ),
    "orders.returnpolicy": _(
        "What each channel allows: how long, with what fee. Without a policy every return is approved by hand."
    ),
    "orders.gradewritedown": _(
        "How much of its cost a returned thing loses by its grade when it is kept. Without a row it loses nothing."
    ),
    "orders.channel": _(
        "Shops and seller accounts that orders come from. Set here how each sells, ships and is paid; log in "
        "under Connections."
    ),
    "orders.pricelist": _("Prices for a buyer, a group, a channel or everybody; the narrower one counts first."),
    "orders.customergroup": _("Buyers who are priced alike. Give a group its own price list under Price lists."),
    "orders.reservationlimit": _(
        "How much the carts of one storefront's key may hold at once. Empty: the general settings hold."
    ),
    "orders.dropshiprule": _(
        "Which supplier sends a SKU straight to the buyer when our stock cannot. It is ordered when the "
        "order is released."
    ),
    "orders.releasedate": _(
        "From when on a channel's pre-orders of a SKU go to the warehouse, where that is another day than the SKU's own."
    ),
    "orders.postcodecentroid": _(
        "About where postcodes lie, so that the nearest warehouse can be chosen. The first part of a "
        "postcode stands for all below it."
    ),
    "orders.documentmail": _(
        "Every mail with a document to a buyer, and what became of it. See here whether one was sent or failed."
    ),
    "orders.mailtext": _(
        "A company's own words for its mails, by kind and language. Without one the built-in text is sent."
    ),
    "orders.shipment": _("What left together for an order, with its tracking and invoice. Open one for its documents."),
    "orders.fulfilment": _("One order's goods from one warehouse, and how far they are. Work on them under Work."),
    "orders.pricelistitem": _(
        "The prices of SKUs, one row for each quantity they hold from. They belong to Price lists."
    ),
}
