"""Goods, stock, quality, buying and planning."""

from typing import Any

from django.utils.translation import gettext_lazy as _

HINTS: dict[str, Any] = {
    "inventory.product": _(
        "What customers see as one thing, with its variants. Open one to change its SKUs, texts and options."
    ),
    "inventory.sku": _("The units you sell and count. Open one for its stock, costs, barcodes, packs and suppliers."),
    "inventory.pack": _(
        "SKUs as they are packed: how many units, what size and weight. Change packs on the SKU's page."
    ),
    "inventory.category": _(
        "Groups of products, for reports and for rules such as the cost method. One may stand below another."
    ),
    "inventory.brand": _("The names that goods are sold under. Products choose one."),
    "stock_explorer": _(
        "What there is of each SKU and where: on hand, reserved, free and coming. Search, then open what you "
        "want to know."
    ),
    "promise_list": _(
        "A list of SKUs, such as a buyer's enquiry: what is free and by which day the rest can be promised, after "
        "those who wait already. Nothing is reserved."
    ),
    "inventory.stocklevel": _(
        "What each warehouse holds of each SKU for each owner. These are totals of Moves and cannot be "
        "typed; use Adjustments."
    ),
    "inventory.stockmove": _(
        "Every way goods went, with their value and the document behind it. Never changed, only undone by a "
        "counter-move."
    ),
    "inventory.demand": _("Who wants goods and what is held for them. Unmet ones wait for stock and show what to buy."),
    "inventory.stockalert": _(
        "SKUs whose stock needs a look, open alerts first. An alert closes by itself when it is no longer so."
    ),
    "inventory.lot": _(
        "Goods of one SKU made or received together, with their expiry. Open one to trace where it went or to block it."
    ),
    "inventory.serial": _("Single units known by their number. Open one to see where it is and where it has been."),
    "inventory.transfer": _("Goods to bring from one warehouse to another. Open one to send it, then to receive it."),
    "inventory.adjustment": _(
        "Stock put right in one warehouse, for one reason. Posted ones are reversed, never edited."
    ),
    "inventory.adjustmentreason": _(
        "Why stock may be put right, which account bears it, and above which value somebody else approves."
    ),
    "inventory.assemblyorder": _(
        "Units to make of their components, or to take apart. Open one to run it when the parts are there."
    ),
    "inventory.stockowner": _(
        "Parties whose goods lie in your warehouses: suppliers on consignment and 3PL clients. Their goods "
        "have no value in your books."
    ),
    "inventory.inspection": _("Goods in quarantine that wait to be looked at. Open one to pass or fail them."),
    "inventory.inspectionrule": _(
        "Which arriving goods are inspected: the most particular rule counts, SKU before category before supplier."
    ),
    "inventory.lothold": _(
        "Lots of which nothing is promised, picked or shipped. One person asks to lift a block, another one lifts it."
    ),
    "expiry_report": _("What has expired or will within half a year, by week. Sell it first, or take it out of stock."),
    "quality_report": _(
        "Returns and refused deliveries by SKU, supplier and lot. Open a rate to see the cases behind it."
    ),
    "stock_figures_report": _(
        "How well stock works: turns, days of stock, GMROI, dead stock and fill rate. Open a figure to see "
        "what is behind it."
    ),
    "movers_report": _(
        "Which goods make the sales and which hardly move, in classes A, B and C. Choose the days and the measure."
    ),
    "ageing_report": _("How long stock has been lying and what it is worth. Find here what does not sell any more."),
    "shrinkage_report": _(
        "What was lost and found, and what in it looks like theft or error. Open a row to see its moves."
    ),
    "inventory.proposal": _(
        "What is lacking, what runs out first on top. Each says why; turn them into purchase orders or transfers."
    ),
    "admin:inventory_purchasing_desk": _(
        "Every step of purchasing with the orders that wait for it. Begin with what is late."
    ),
    "inventory.purchaseorder": _(
        "Orders to suppliers. Open one to send it, note what was confirmed, and receive the goods."
    ),
    "inventory.advancenotice": _(
        "Goods that a supplier says are on their way. They count as coming on the day it names."
    ),
    "inventory.supplierreturn": _(
        "Goods that go back to a supplier: approved, shipped, then credited. Open one for its next step."
    ),
    "admin:inventory_supplier_report": _(
        "All suppliers side by side: on time, in full, at their price, and how long they take."
    ),
    "inventory.suppliersku": _(
        "SKUs as suppliers sell them: their code, price, pack and lead time. Proposals and orders read these."
    ),
    "inventory.supplierterms": _(
        "How each supplier is dealt with: what may be over or short, when a confirmation is late. The row "
        "without a supplier holds for the rest."
    ),
    "inventory.reorderrule": _(
        "How each SKU is kept in stock. What is left empty is computed from demand, lead time and safety days."
    ),
    "inventory.planningsettings": _("How a company plans where no reorder rule says otherwise."),
    "inventory.inboundrule": _("How far suppliers' dates are trusted when goods are promised before they arrive."),
    "inventory.landedcost": _(
        "Freight, duty and insurance for goods that came in. Each is spread over the goods and adds to their cost."
    ),
    "inventory.revaluation": _(
        "New unit costs for what is in stock, or new standard prices. Posted ones are reversed, never edited."
    ),
}
