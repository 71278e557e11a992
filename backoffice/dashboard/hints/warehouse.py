"""The floor, what comes in and goes out, counting, layout and the shop counter."""

from typing import Any

from django.utils.translation import gettext_lazy as _

HINTS: dict[str, Any] = {
    "work_queue": _(
        "All open work of the floor. Assign it, set what comes first, and filter by kind, person, zone or lateness."
    ),
    "floor_board": _("Orders by stage, cut-offs and zones, for a large screen. It renews itself."),
    "floor_report": _(
        "How fast and how well the floor worked in a span of days. Choose a figure for its chart and the "
        "rows behind it."
    ),
    "scan:home": _("Everything that waits for you on the floor. Touch a tile to begin."),
    "warehouse.scancommand": _(
        "What handhelds sent and what became of it. Look here when somebody says that a scan was refused."
    ),
    "warehouse.scandevice": _("Shared handhelds. Add one and scan the code that is shown once to enrol it."),
    "warehouse.scancredential": _(
        "How people sign in on a handheld: with a badge or a PIN. Give everybody on the floor one."
    ),
    "warehouse.wagerate": _(
        "What an hour of work costs the company, for a person, a role or all. It puts a cost on the work of the floor."
    ),
    "warehouse.receipt": _(
        "Deliveries: for a purchase order, a return, or goods nobody ordered. Open one to count it in."
    ),
    "warehouse.receiptproblem": _(
        "What the buyer must settle with a supplier: damaged, short, over or wrong goods. Open one to say how it ended."
    ),
    "warehouse.floortask": _(
        "Goods to bring from one place to another: deliveries into their bins, reserves to pick faces."
    ),
    "warehouse.putawayrule": _("Where arriving goods go: the first rule that fits and finds room counts."),
    "admin:warehouse_queue": _(
        "Orders that wait in the warehouse, oldest first. Open one to pick, pack and ship it in the browser."
    ),
    "warehouse.wave": _(
        "Orders that are released to the floor together, so that one round picks many. Open one to see how far it is."
    ),
    "warehouse.wavetemplate": _("How waves of one kind are made: by hand, or by themselves before the carrier comes."),
    "warehouse.picklist": _(
        "What is to be picked for each order, and by whom. Open one to see its picks and what was short."
    ),
    "admin:warehouse_bench": _(
        "Scan the order, pick list or tote, then each article; the parcel is weighed and gets its label here."
    ),
    "warehouse.manifest": _(
        "What a carrier took at once: the list that its driver signs. It is made when parcels are handed over."
    ),
    "warehouse.trackingwatch": _(
        "Parcels under way, asked of their carriers until they arrive or come back. See which one had trouble."
    ),
    "warehouse.handlingunit": _(
        "Cartons and pallets with a licence plate. Moved in one scan with all that is in them."
    ),
    "warehouse.box": _(
        "Cartons on the shelf of the packing bench, with their inner sizes. The right one is proposed for each parcel."
    ),
    "warehouse.carrieraccount": _(
        "Carriers as each company uses them, with their logins. Add what they offer under Carrier services."
    ),
    "warehouse.carrierservice": _(
        "What carriers offer: standard, express, locker. Their prices stand under Carrier rates."
    ),
    "warehouse.carrierrate": _(
        "What a service costs to which countries and postcodes, up to which weight. Used to choose the cheapest one."
    ),
    "warehouse.stocktake": _(
        "Counts of places while the shop goes on. Count, count again what differs, approve; then the stock "
        "is put right."
    ),
    "warehouse.countplan": _(
        "How often each warehouse counts what: classes A, B and C. What is due is planned every day."
    ),
    "warehouse.countrequest": _("Bins where something did not agree, to be counted. Each is answered by a stocktake."),
    "warehouse.overdelivery": _(
        "Goods beyond what was ordered and tolerated. They enter the books only when another person accepts them."
    ),
    "admin:inventory_map": _(
        "The bins of a warehouse as they stand, coloured by how full or how busy they are. Choose a bin to "
        "see its stock."
    ),
    "inventory.location": _("Every place where goods can be. Block one and nobody is sent there to put or to take."),
    "inventory.zone": _("Parts of a warehouse that are worked and ruled as one: the same pickers, cooled, fenced."),
    "inventory.pickface": _(
        "The bin where a SKU is picked. Below its minimum it is refilled from the reserve, up to the maximum."
    ),
    "inventory.bintype": _(
        "Kinds of bins, shelves and pallet places: their size and what they hold at most. Empty means no limit."
    ),
    "inventory.storageclass": _(
        "Goods that need a place of their kind: cold, hazard, valuable. Goods without a class are ordinary."
    ),
    "inventory.warehouse": _("Places that stock and ship. Their bins stand under Locations."),
    "till:choose": _("Choose the counter you sell at. Then open the shift with its float."),
    "warehouse.pickup": _("Orders that customers fetch in a shop. Ask for the code and hand them over at the till."),
    "warehouse.tillreceipt": _("What customers were given at the counters: sales and returns. They cannot be changed."),
    "warehouse.tillshift": _(
        "From the opening of a till with its float to the count of its cash. See here what was over or short."
    ),
    "warehouse.till": _("The counters of your shops. Each sells from its shop's warehouse, in a channel of its own."),
}
