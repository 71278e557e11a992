"""The side menu: areas of the house, in each what people do there in a few groups that open and close."""

from functools import cache
from typing import Any

from django.http import HttpRequest
from django.urls import get_script_prefix, reverse_lazy
from django.utils.html import format_html
from django.utils.safestring import mark_safe
from django.utils.translation import get_language, pgettext_lazy
from django.utils.translation import gettext_lazy as _

from backoffice.core.scope_gate import opens_for
from backoffice.core.scopes import limits_of
from backoffice.dashboard.figures import open_tasks


def _item(title: Any, icon: str, url_name: str, permission: str = "") -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": reverse_lazy(url_name), "permission": permission}


def _list(title: Any, icon: str, model: str) -> dict[str, Any]:
    app, name = model.split(".")
    return _item(title, icon, f"admin:{app}_{name}_changelist", f"{app}.view_{name}")


def navigation(request: HttpRequest) -> list[dict[str, Any]]:
    """The menu of this user; built by each request so that no permission is cached. Tasks say how many there are.

    Groups without anything for this user are left out. Whoever has a short menu sees it whole; in a long one the group
    of the page is open, and each person's browser keeps what they opened. Each link is written once for a language and
    joined here: of the two hundred the theme's own way took a third of every page's time.
    """
    written, may = _written(get_language() or "", get_script_prefix()), request.user.has_perm
    here, tasks, groups, area = _here(request.path), open_tasks(request), [], None
    kinds = frozenset(limits_of(request.user))
    for key, group in enumerate(MENU):
        items = [
            place
            for place, item in enumerate(group["items"])
            if (not item["permission"] or may(item["permission"]))
            and (not kinds or opens_for(str(item["link"]), kinds))
        ]
        if items:
            active = here is not None and here[0] == key and here[1] in items
            links = [_link(written[key][place], active and here == (key, place), tasks) for place in items]
            groups.append(
                {
                    "area": group["area"], "title": group["title"], "key": key, "starts": group["area"] != area,
                    "active": active, "count": len(items), "links": mark_safe("".join(links)),
                }
            )  # fmt: skip
            area = group["area"]
    folds = sum(group["count"] for group in groups) > SHORT
    return [group | {"collapsible": folds and group["area"] is not None} for group in groups]


@cache
def _written(language: str, prefix: str) -> list[list[tuple[str, str, bool]]]:
    """By group and place: the link up to its class, the rest of it, and whether it counts the tasks."""
    return [
        [
            (
                format_html('<li><a href="{}" class="bo-item', item["link"]),
                format_html(
                    '<span class="material-symbols-outlined" aria-hidden="true">{}</span><span>{}</span>',
                    item["icon"],
                    item["title"],
                ),
                item["title"] == TASKS,
            )
            for item in group["items"]
        ]
        for group in MENU
    ]


def _link(written: tuple[str, str, bool], active: bool, tasks: str) -> str:
    start, rest, counts = written
    badge = f"<b>{tasks}</b>" if counts and tasks else ""
    return f"{start}{ACTIVE if active else PLAIN}{rest}{badge}</a></li>"


def is_menu_page(address: str) -> bool:
    return address in _permissions(get_script_prefix())


def may_open(request: HttpRequest, address: str) -> bool:
    """Whether this person has the menu's page at this address in their menu."""
    permission = _permissions(get_script_prefix())[address]
    kinds = frozenset(limits_of(request.user))
    return (not permission or request.user.has_perm(permission)) and (not kinds or opens_for(address, kinds))


@cache
def _permissions(prefix: str) -> dict[str, str]:
    return {str(item["link"]): item["permission"] for group in MENU for item in group["items"]}


PLAIN, ACTIVE = '">', ' active" aria-current="page">'


def _here(path: str) -> tuple[int, int] | None:
    """The group and the place of the page: the longest of the links that the address begins with."""
    found = [(len(link), where) for link, where in _addresses(get_script_prefix()) if path.startswith(link)]
    if not found:
        return None
    length, where = max(found)
    home = where == (0, 0)  # every page of the desk is below the first
    return None if home and length != len(path) else where


@cache
def _addresses(prefix: str) -> list[tuple[str, tuple[int, int]]]:
    return [
        (str(item["link"]), (key, place)) for key, group in enumerate(MENU) for place, item in enumerate(group["items"])
    ]


SHORT = 30  # items; more are folded into their groups
TASKS = _("Tasks")
MENU: list[dict[str, Any]] = [
    {
        "area": None,
        "title": None,
        "items": [
            _item(_("Today"), "space_dashboard", "admin:index"),
            _item(_("Search"), "search", "search"),
            _list(TASKS, "task_alt", "core.stafftask"),
            _list(_("Rules"), "auto_awesome_motion", "orders.automationrule"),
            _list(_("Scheduled reports"), "schedule_send", "core.scheduledreport"),
        ],
    },
    {
        "area": _("Orders"),
        "title": _("Sales"),
        "items": [
            _list(_("Orders"), "shopping_bag", "orders.order"),
            _list(_("Quotes and drafts"), "request_quote", "orders.draftorder"),
            _list(_("Order lines"), "list", "orders.orderline"),
            _list(_("Back-orders"), "hourglass_top", "orders.linepromise"),
            _list(_("Reservations"), "shopping_cart", "orders.reservation"),
            _list(_("Blanket orders"), "contract", "orders.blanketorder"),
            _list(_("Buyers"), "group", "orders.contact"),
        ],
    },
    {
        "area": _("Orders"),
        "title": _("Returns"),
        "items": [
            _list(_("Returns"), "assignment_return", "orders.returnorder"),
            _list(_("Return reasons"), "help", "orders.returnreason"),
            _list(_("Return policies"), "rule", "orders.returnpolicy"),
            _list(_("Write-downs of grades"), "trending_down", "orders.gradewritedown"),
        ],
    },
    {
        "area": _("Orders"),
        "title": pgettext_lazy("menu", "Selling set-up"),
        "items": [
            _list(_("Channels"), "storefront", "orders.channel"),
            _list(_("Price lists"), "price_change", "orders.pricelist"),
            _list(_("Customer groups"), "groups", "orders.customergroup"),
            _list(_("Reservation limits"), "speed", "orders.reservationlimit"),
            _list(_("Drop-ship rules"), "airport_shuttle", "orders.dropshiprule"),
            _list(_("Release dates"), "event_upcoming", "orders.releasedate"),
            _list(_("Postcodes"), "pin_drop", "orders.postcodecentroid"),
            _list(_("Mails"), "mail", "orders.documentmail"),
            _list(_("Mail texts"), "edit_note", "orders.mailtext"),
        ],
    },
    {
        "area": _("Warehouse"),
        "title": pgettext_lazy("menu", "Floor"),
        "items": [
            _item(_("Open work"), "list_alt", "work_queue", "warehouse.view_picklist"),
            _item(_("Wall board"), "tv", "floor_board", "warehouse.view_picklist"),
            _item(_("How the floor does"), "monitoring", "floor_report", "warehouse.view_picklist"),
            _item(_("Handheld"), "barcode_scanner", "scan:home", "warehouse.view_picklist"),
            _list(_("Scans"), "barcode", "warehouse.scancommand"),
            _list(_("Handhelds"), "phone_android", "warehouse.scandevice"),
            _list(_("Badges and PINs"), "badge", "warehouse.scancredential"),
            _list(_("Wage rates"), "payments", "warehouse.wagerate"),
        ],
    },
    {
        "area": _("Warehouse"),
        "title": pgettext_lazy("menu", "Inbound"),
        "items": [
            _list(_("Receipts"), "input", "warehouse.receipt"),
            _list(_("Problems of deliveries"), "report_problem", "warehouse.receiptproblem"),
            _list(_("Put away and refill"), "forklift", "warehouse.floortask"),
            _list(_("Put-away rules"), "rule", "warehouse.putawayrule"),
        ],
    },
    {
        "area": _("Warehouse"),
        "title": pgettext_lazy("menu", "Outbound"),
        "items": [
            _item(_("Work"), "conveyor_belt", "admin:warehouse_queue", "warehouse.view_picklist"),
            _list(_("Waves"), "waves", "warehouse.wave"),
            _list(_("Wave templates"), "schedule_send", "warehouse.wavetemplate"),
            _list(_("Pick lists"), "checklist", "warehouse.picklist"),
            _item(_("Packing bench"), "package", "admin:warehouse_bench", "warehouse.add_parcel"),
            _list(_("Shipments"), "local_shipping", "orders.shipment"),
            _list(_("Manifests"), "contract", "warehouse.manifest"),
            _list(_("Parcels under way"), "share_location", "warehouse.trackingwatch"),
            _list(_("Handling units"), "pallet", "warehouse.handlingunit"),
            _list(_("Boxes"), "deployed_code", "warehouse.box"),
            _list(_("Carriers"), "airport_shuttle", "warehouse.carrieraccount"),
            _list(_("Carrier services"), "speed", "warehouse.carrierservice"),
            _list(_("Carrier rates"), "price_change", "warehouse.carrierrate"),
        ],
    },
    {
        "area": _("Warehouse"),
        "title": pgettext_lazy("menu", "Counting"),
        "items": [
            _list(_("Stocktakes"), "fact_check", "warehouse.stocktake"),
            _list(_("Count plans"), "event_repeat", "warehouse.countplan"),
            _list(_("Count requests"), "report", "warehouse.countrequest"),
        ],
    },
    {
        "area": _("Warehouse"),
        "title": _("Layout"),
        "items": [
            _item(pgettext_lazy("warehouse", "Map"), "map", "admin:inventory_map", "inventory.view_location"),
            _list(_("Locations"), "shelves", "inventory.location"),
            _list(_("Zones"), "grid_view", "inventory.zone"),
            _list(_("Pick faces"), "front_hand", "inventory.pickface"),
            _list(_("Bin types"), "shelf_position", "inventory.bintype"),
            _list(_("Storage classes"), "ac_unit", "inventory.storageclass"),
            _list(_("Warehouses"), "warehouse", "inventory.warehouse"),
        ],
    },
    {
        "area": _("Shop counter"),
        "title": _("Shop counter"),
        "items": [
            _item(_("Till"), "point_of_sale", "till:choose", "warehouse.add_tillreceipt"),
            _list(_("Pickups"), "shopping_basket", "warehouse.pickup"),
            _list(_("Receipts of tills"), "receipt", "warehouse.tillreceipt"),
            _list(_("Shifts"), "schedule", "warehouse.tillshift"),
            _list(_("Tills"), "countertops", "warehouse.till"),
        ],
    },
    {
        "area": _("Stock"),
        "title": _("Goods"),
        "items": [
            _list(_("Products"), "category", "inventory.product"),
            _list(_("SKUs"), "inventory_2", "inventory.sku"),
            _list(_("Packs"), "package_2", "inventory.pack"),
            _list(_("Categories"), "account_tree", "inventory.category"),
            _list(_("Brands"), "copyright", "inventory.brand"),
        ],
    },
    {
        "area": _("Stock"),
        "title": _("Stock"),
        "items": [
            _item(_("Stock explorer"), "travel_explore", "stock_explorer", "inventory.view_stocklevel"),
            _item(_("Promise a list"), "event_available", "promise_list", "inventory.view_stocklevel"),
            _list(_("Levels"), "bar_chart", "inventory.stocklevel"),
            _list(_("Moves"), "swap_horiz", "inventory.stockmove"),
            _list(_("Demands"), "pending_actions", "inventory.demand"),
            _list(_("Stock alerts"), "notification_important", "inventory.stockalert"),
            _list(_("Lots"), "egg", "inventory.lot"),
            _list(_("Serial numbers"), "tag", "inventory.serial"),
            _list(_("Transfers"), "move_down", "inventory.transfer"),
            _list(_("Adjustments"), "exposure", "inventory.adjustment"),
            _list(_("Reasons of adjustments"), "help", "inventory.adjustmentreason"),
            _list(_("Assembly"), "construction", "inventory.assemblyorder"),
            _list(_("Other owners"), "diversity_3", "inventory.stockowner"),
        ],
    },
    {
        "area": _("Stock"),
        "title": _("Quality"),
        "items": [
            _list(_("Inspections"), "fact_check", "inventory.inspection"),
            _list(_("Inspection rules"), "rule", "inventory.inspectionrule"),
            _list(_("Blocked lots"), "block", "inventory.lothold"),
            _item(_("Expiry"), "event_busy", "expiry_report", "inventory.view_lot"),
            _item(_("Quality"), "verified", "quality_report", "orders.view_returnorder"),
        ],
    },
    {
        "area": _("Stock"),
        "title": _("Stock reports"),
        "items": [
            _item(_("Stock figures"), "speed", "stock_figures_report", "inventory.view_skucost"),
            _item(_("Movers (ABC)"), "leaderboard", "movers_report", "inventory.view_skucost"),
            _item(_("Stock by age"), "hourglass_bottom", "ageing_report", "inventory.view_skucost"),
            _item(_("Shrinkage"), "trending_down", "shrinkage_report", "inventory.audit_shrinkage"),
        ],
    },
    {
        "area": _("Purchasing"),
        "title": _("Buying"),
        "items": [
            _list(_("To order"), "add_shopping_cart", "inventory.proposal"),
            _item(
                _("Purchasing desk"),
                "shopping_basket",
                "admin:inventory_purchasing_desk",
                "inventory.view_purchaseorder",
            ),
            _list(_("Purchase orders"), "request_quote", "inventory.purchaseorder"),
            _list(_("Advance notices"), "local_shipping", "inventory.advancenotice"),
            _list(_("Returns to suppliers"), "undo", "inventory.supplierreturn"),
        ],
    },
    {
        "area": _("Purchasing"),
        "title": _("Suppliers and planning"),
        "items": [
            _item(_("Suppliers"), "factory", "admin:inventory_supplier_report", "inventory.view_purchaseorder"),
            _list(_("Supplier SKUs"), "conveyor_belt", "inventory.suppliersku"),
            _list(_("Supplier terms"), "handshake", "inventory.supplierterms"),
            _list(_("Reorder rules"), "rule_settings", "inventory.reorderrule"),
            _list(_("Planning settings"), "tune", "inventory.planningsettings"),
            _list(_("Trust in suppliers' dates"), "verified_user", "inventory.inboundrule"),
        ],
    },
    {
        "area": _("Books"),
        "title": _("Receivable"),
        "items": [
            _list(_("Invoices"), "receipt_long", "accounting.invoice"),
            _list(_("Payments"), "payments", "accounting.payment"),
            _item(_("Match payments"), "join_inner", "matching_desk", "accounting.view_openitem"),
            _list(_("Write-offs of open items"), "money_off", "accounting.writeoff"),
            _item(_("Receivables by age"), "hourglass_bottom", "receivables_by_age", "accounting.view_openitem"),
            _item(_("Statements of account"), "contract", "party_statement", "accounting.view_openitem"),
            _item(_("Send statements of account"), "forward_to_inbox", "statement_letters", "accounting.view_openitem"),
            _list(_("Gift cards and deposits"), "redeem", "accounting.storedvalue"),
            _list(_("Deferred revenue"), "hourglass_top", "accounting.revenuedeferral"),
            _list(_("Parties"), "handshake", "accounting.party"),
        ],
    },
    {
        "area": _("Books"),
        "title": _("Reminders"),
        "items": [
            _list(_("Dunning runs"), "notification_important", "accounting.dunningrun"),
            _list(_("Dunning letters"), "mark_email_unread", "accounting.dunningletter"),
            _list(_("Dunning stops"), "notifications_off", "accounting.dunningstop"),
            _list(_("Dunning plans"), "stairs", "accounting.dunningplan"),
            _list(_("Mails of the books"), "outgoing_mail", "accounting.partymail"),
        ],
    },
    {
        "area": _("Books"),
        "title": _("Payable"),
        "items": [
            _list(_("Bills"), "receipt", "accounting.bill"),
            _list(_("Bill exceptions"), "report", "accounting.billexception"),
            _item(_("To be paid"), "payments", "payables", "accounting.view_bill"),
            _list(_("Bank accounts of suppliers"), "account_balance", "accounting.partybankaccount"),
            _item(_("Payables by age"), "hourglass_top", "payables_by_age", "accounting.view_openitem"),
            _item(_("Received, not invoiced"), "pending", "admin:inventory_grni_ageing", "inventory.view_grniitem"),
            _list(_("Write-offs of uninvoiced goods"), "delete_sweep", "inventory.grniwriteoff"),
            _list(_("Bill tolerances"), "tune", "inventory.billtolerance"),
        ],
    },
    {
        "area": _("Books"),
        "title": _("Bank"),
        "items": [
            _item(_("Bank desk"), "account_balance", "admin:accounting_bank_desks", "accounting.view_bankaccount"),
            _list(_("Bank accounts"), "savings", "accounting.bankaccount"),
            _list(_("Bank statements"), "receipt_long", "accounting.bankstatement"),
            _list(_("Bank rules"), "rule", "accounting.bankrule"),
            _list(_("CSV profiles of banks"), "table", "accounting.bankcsvprofile"),
        ],
    },
    {
        "area": _("Books"),
        "title": _("Tax"),
        "items": [
            _list(_("Tax returns"), "account_balance", "accounting.taxreturn"),
            _item(_("Taxes by code"), "request_quote", "tax_report", "accounting.view_taxreturn"),
            _list(_("Tax codes"), "sell", "accounting.taxcode"),
            _item(_("Tax rules"), "percent", "admin:accounting_taxrule_try", "accounting.view_taxrule"),
            _list(_("Tax exemptions"), "verified", "accounting.taxexemption"),
        ],
    },
    {
        "area": _("Books"),
        "title": _("Ledger"),
        "items": [
            _list(_("Journal"), "menu_book", "accounting.journalentry"),
            _list(_("Manual journals"), "edit_note", "accounting.manualjournal"),
            _list(_("Recurring journals"), "event_repeat", "accounting.recurringjournal"),
            _item(_("Journal from a file"), "upload_file", "journal_files", "accounting.add_journalentry"),
            _list(_("Chart of accounts"), "account_tree", "accounting.account"),
            _list(_("Periods"), "event_available", "accounting.period"),
            _list(_("Year-end closings"), "event_busy", "accounting.yearclose"),
            _list(_("Number series"), "pin", "accounting.numberseries"),
            _list(_("Exchange rates"), "currency_exchange", "accounting.exchangerate"),
            _list(_("Currency revaluations"), "published_with_changes", "accounting.currencyrevaluation"),
            _list(_("Landed costs"), "local_shipping", "inventory.landedcost"),
            _list(_("Revaluations"), "price_change", "inventory.revaluation"),
        ],
    },
    {
        "area": _("Books"),
        "title": _("Financial reports"),
        "items": [
            _item(_("Profit and loss"), "monitoring", "profit_and_loss", "accounting.view_journalentry"),
            _item(_("Balance sheet"), "balance", "balance_sheet", "accounting.view_journalentry"),
            _item(_("Cash flow"), "currency_exchange", "cash_flow", "accounting.view_journalentry"),
            _item(_("Margin"), "percent", "margin_report", "accounting.view_journalentry"),
            _item(_("Trial balance"), "table_rows", "trial_balance", "accounting.view_journalentry"),
            _item(_("General ledger"), "import_contacts", "general_ledger", "accounting.view_journalentry"),
            _item(_("Stock valuation"), "account_balance_wallet", "valuation_report", "accounting.view_journalentry"),
            _item(_("Sales by month"), "monitoring", "sales_report", "accounting.view_invoice"),
        ],
    },
    {
        "area": _("Integrations"),
        "title": _("Integrations"),
        "items": [
            _item(_("Sync"), "sync_alt", "sync", "integrations.view_syncrun"),
            _list(_("Connections"), "cable", "integrations.connection"),
            _list(_("Sync runs"), "sync", "integrations.syncrun"),
            _list(_("Listings"), "sell", "integrations.listing"),
            _list(_("Not imported"), "report", "integrations.quarantinedrow"),
            _list(_("Code mappings"), "rule", "integrations.codemapping"),
            _list(_("Webhooks"), "webhook", "integrations.webhookendpoint"),
            _list(_("Webhook messages"), "outgoing_mail", "integrations.webhookdelivery"),
            _list(_("Alarms"), "notifications_active", "integrations.alarm"),
        ],
    },
    {
        "area": _("System"),
        "title": _("System"),
        "items": [
            _item(_("Proof"), "verified", "proof", "core.view_auditevent"),
            _item(_("Status"), "monitor_heart", "house_status", "core.view_scheduledjob"),
            _item(_("Scheduled jobs"), "schedule", "scheduled_jobs", "core.view_scheduledjob"),
            _list(_("Imports"), "upload_file", "core.importfile"),
            _item(_("Opening data"), "flag", "opening_data", "accounting.add_journalentry"),
            _list(_("Bulk jobs"), "playlist_add_check", "core.bulkjob"),
            _list(_("Audit trail"), "history", "core.auditevent"),
            _list(_("Users"), "person", "core.user"),
            _item(_("Privacy requests"), "privacy_tip", "privacy", "core.erase_person"),
            _item(_("Sign-in and second factors"), "passkey", "sign_in_rules", "core.view_user"),
            _item(pgettext_lazy("menu", "Four eyes"), "visibility", "four_eyes", "core.view_approvalthreshold"),
            _list(_("Approval limits"), "approval", "core.approvallimit"),
            _list(_("API keys"), "key", "core.apikey"),
            _list(_("Companies"), "domain", "accounting.company"),
        ],
    },
]
