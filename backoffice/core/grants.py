"""The one table of what each role may do to each table, applied after every migrate.

An unlisted model fails `check --deploy`. Each app keeps its own section, alphabetical. `ro` may read
everything. Column names are the model's field names. Functions that the app calls are listed at the end.
Note: SELECT … FOR NO KEY UPDATE needs UPDATE on a column; rows that the app may only insert are locked
through owner functions.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.core.checks import Error, Tags, register
from django.core.exceptions import FieldDoesNotExist

from backoffice.core.roles import APP, ERASE, OWNER, RO

Columns = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Grant:
    """What the app may do beside SELECT, and which columns `erase` may blank.

    insert, update: True for the whole row, or a tuple of field names. book: its migration has AppendOnly too.
    """

    insert: bool | Columns = False
    update: bool | Columns = False
    delete: bool = False
    erase: Columns = ()
    book: bool = False


BOOK = Grant(insert=True, book=True)  # facts: inserted, never changed
MADE = Grant(insert=True)  # made by the app, from then on changed by triggers and owner functions only
TOTAL = Grant()  # written only by triggers
READ = TOTAL  # reference rows made by migrations
WORK = Grant(insert=True, update=True, delete=True)  # ordinary rows


def keep(*columns: str) -> Grant:
    """Rows never deleted: INSERT, and UPDATE of the named fields (of all fields if none is named)."""
    return Grant(insert=True, update=columns or True)


def personal(*columns: str) -> Grant:
    """Personal data: ordinary insert and change by the app, the named fields blanked by `erase`."""
    return Grant(insert=True, update=True, erase=columns)


CORE: dict[str, Grant] = {
    "core.ApiKey": keep(),
    "core.ApprovalLimit": WORK,
    "core.ApprovalThreshold": WORK,
    "core.AuditEvent": BOOK,
    "core.BulkJob": WORK,
    "core.BulkJobRow": WORK,
    "core.ChangeCursor": keep("system_identifier", "xid", "change_id", "updated_at"),
    "core.IdempotencyRecord": WORK,
    "core.ImportFile": WORK,
    "core.ImportRow": WORK,
    "core.InboxMessage": BOOK,
    "core.InboxWork": keep(),
    "core.JobRun": WORK,
    "core.OutboxCursor": keep(),
    "core.OutboxEvent": BOOK,
    "core.PayloadBody": Grant(insert=True, erase=("body", "erased_at")),
    "core.RecordChange": Grant(delete=True),  # written by triggers; what is old is forgotten
    "core.ReportRun": WORK,
    "core.SavedView": WORK,
    "core.ScheduledReport": WORK,
    "core.StaffTask": keep("owner", "role", "due_date", "note", "status", "ended_by", "ended_at", "outcome"),
    "core.User": keep(),
    "core.User_groups": WORK,
    "core.User_user_permissions": WORK,
}

ACCOUNTING: dict[str, Grant] = {
    "accounting.Account": keep(),
    "accounting.AccountMonth": TOTAL,
    "accounting.AccountMapping": WORK,
    "accounting.Address": personal(
        "name", "organisation", "line1", "line2", "city", "region", "postcode", "phone", "erased_at"
    ),
    "accounting.Attachment": Grant(insert=True, delete=True),
    "accounting.BankAccount": keep(),
    "accounting.BankCsvProfile": WORK,
    "accounting.BankLine": Grant(
        insert=(
            "company",
            "bank_account",
            "statement",
            "position",
            "date",
            "value_date",
            "currency",
            "amount",
            "name",
            "counterparty",
            "text",
            "reference",
            "bank_reference",
            "kind",
            "is_reversal",
            "parts",
            "identity",
        ),
        erase=("name", "counterparty", "text", "reference", "parts", "erased_at"),
    ),
    "accounting.BankMatch": BOOK,
    "accounting.BankReconciliation": BOOK,
    "accounting.BankRule": WORK,
    "accounting.BankStatement": BOOK,
    "accounting.BalanceWatermark": TOTAL,
    "accounting.Bill": WORK,
    "accounting.BillException": WORK,
    "accounting.BillLine": WORK,
    "accounting.BillPaper": WORK,
    "accounting.Company": keep(),
    "accounting.CompanyVersion": TOTAL,
    "accounting.Currency": keep(),
    "accounting.CurrencyRevaluation": keep("difference", "entry", "reversal"),
    "accounting.CurrencyRevaluationLine": BOOK,
    "accounting.DimensionSet": BOOK,
    "accounting.DimensionValue": TOTAL,
    "accounting.DunningLetter": keep("amount", "fee", "interest", "status", "by_mail", "dropped", "entry", "issued_at"),
    "accounting.DunningLetterItem": keep("open_amount", "interest", "issued"),
    "accounting.DunningLevel": WORK,
    "accounting.DunningPlan": WORK,
    "accounting.DunningRun": keep("status", "approved_label"),
    "accounting.DunningStop": keep("until", "ended_at", "ended_label"),
    "accounting.DunningText": WORK,
    "accounting.ExchangeRate": WORK,
    "accounting.Invoice": BOOK,
    "accounting.InvoiceLine": BOOK,
    "accounting.ItemUse": BOOK,
    "accounting.JournalEntry": BOOK,
    "accounting.JournalLine": BOOK,
    "accounting.ManualJournal": keep(),
    "accounting.ManualJournalLine": WORK,
    "accounting.NumberSeries": MADE,
    "accounting.OpenItem": MADE,
    "accounting.Party": keep(),
    "accounting.PartyMail": keep("status", "attempts", "due_at", "lease_until", "sent_at", "error"),
    "accounting.Payment": BOOK,
    "accounting.Period": TOTAL,
    "accounting.PersonalData": personal("name", "email", "phone", "erased_at"),
    "accounting.RecurringJournal": keep("status", "next_date", "problem"),
    "accounting.RevenueDeferral": keep("status"),
    "accounting.RevenueDeferralPart": keep("entry"),
    "accounting.StoredValue": MADE,
    "accounting.StoredValueUse": BOOK,
    "accounting.TaxCode": keep(),
    "accounting.TaxExemption": keep(),
    "accounting.TaxRate": keep(),
    "accounting.TaxReturn": keep("status", "payable", "filed_at", "filed_label", "reference"),
    "accounting.TaxReturnBox": BOOK,
    "accounting.TaxRule": WORK,
    "accounting.WriteOff": keep("status", "decided_label", "entry"),
    "accounting.WriteOffItem": BOOK,
    "accounting.YearClose": keep("status", "entry", "reversal", "reopened_label"),
}

INVENTORY: dict[str, Grant] = {
    "inventory.AdvanceNotice": keep("status", "expected_date"),
    "inventory.AdvanceNoticeLine": MADE,
    "inventory.Adjustment": keep("status", "value", "posted_at"),
    "inventory.AdjustmentLine": keep("value", "move"),
    "inventory.AdjustmentReason": keep(),
    "inventory.Allocation": Grant(insert=("company", "demand", "sku", "warehouse", "lot", "owner")),
    "inventory.AllocationEntry": Grant(
        insert=("company", "allocation", "kind", "quantity", "move", "actor", "actor_label")
    ),
    "inventory.AssemblyNeed": keep("demand"),
    "inventory.AssemblyOrder": keep("status", "done"),
    "inventory.AssemblyRun": keep("cost", "scrap_cost"),
    "inventory.BillOfMaterials": BOOK,
    "inventory.BomComponent": BOOK,
    "inventory.LandedCost": keep("status", "posted_at"),
    "inventory.LandedCostLine": MADE,
    "inventory.LandedCostShare": keep("value", "stock", "gone", "entry"),
    "inventory.Revaluation": keep("status", "value", "posted_at"),
    "inventory.RevaluationLine": keep("quantity", "change"),
    "inventory.StandardPrice": BOOK,
    "inventory.Barcode": WORK,
    "inventory.BinType": WORK,
    "inventory.BinClaim": Grant(
        insert=("company", "allocation", "sku", "location", "lot", "owner", "quantity", "actor_label")
    ),
    "inventory.BinRelease": Grant(insert=("company", "bin_claim", "quantity", "reason", "actor_label")),
    "inventory.Brand": WORK,
    "inventory.Category": WORK,
    "inventory.ConsignmentTerm": keep(),
    "inventory.CostLayer": Grant(insert=("move", "company", "sku", "pooled", "quantity", "value")),
    "inventory.Demand": Grant(
        insert=(
            "company",
            "sku",
            "owner",
            "warehouse",
            "kind",
            "source_type",
            "source_id",
            "quantity",
            "priority",
            "promise_date",
            "wanted_at",
            "expires_at",
            "kit_group",
            "kit_ratio",
            "min_expiry_date",
        ),
        update=(
            "warehouse",
            "barred",
            "kind",
            "source_type",
            "source_id",
            "quantity",
            "priority",
            "promise_date",
            "expires_at",
            "kit_group",
            "kit_ratio",
            "min_expiry_date",
        ),
    ),
    "inventory.BillTolerance": WORK,
    "inventory.GrniItem": Grant(
        insert=(
            "company",
            "kind",
            "side",
            "supplier",
            "sku",
            "po_line",
            "move",
            "bill_line",
            "write_off",
            "reverses",
            "quantity",
            "value",
            "date",
            "entry",
        )
    ),
    "inventory.GrniMatch": BOOK,
    "inventory.GrniWriteOff": keep("status", "decided_by_label", "decided_at", "decision", "value", "entry"),
    "inventory.GrniWriteOffLine": BOOK,
    "inventory.InboundRule": WORK,
    "inventory.Inspection": Grant(
        insert=(
            "company",
            "warehouse",
            "sku",
            "lot",
            "owner",
            "supplier",
            "location",
            "target",
            "move",
            "quantity",
            "sample",
            "source_type",
            "source_id",
            "note",
        ),
        update=("note",),  # and so it can be locked
    ),
    "inventory.InspectionResult": Grant(
        insert=(
            "company",
            "inspection",
            "verdict",
            "quantity",
            "reason",
            "note",
            "move",
            "actor",
            "actor_label",
        ),
        book=True,
    ),
    "inventory.InspectionRule": WORK,
    "inventory.Kit": BOOK,
    "inventory.KitComponent": BOOK,
    "inventory.LayerUse": BOOK,
    "inventory.Location": keep(),
    "inventory.Lot": keep(),
    "inventory.MoveSerial": BOOK,
    "inventory.OptionValue": WORK,
    "inventory.Pack": WORK,
    "inventory.Product": keep(),
    "inventory.ProductImage": WORK,
    "inventory.ProductOption": WORK,
    "inventory.PurchaseOrder": keep(),
    "inventory.PurchaseOrderLine": WORK,
    "inventory.PurchaseOrderRevision": keep("status", "decided_by_label", "decided_at", "decision"),
    "inventory.Serial": Grant(insert=("company", "sku", "code")),
    "inventory.Sku": keep(),
    "inventory.SkuCost": TOTAL,
    "inventory.SkuOption": WORK,
    "inventory.StockLevel": TOTAL,
    "inventory.StockMove": Grant(
        insert=(
            "id",
            "company",
            "sku",
            "lot",
            "owner",
            "quantity",
            "from_location",
            "to_location",
            "effective_at",
            "value",
            "entry",
            "allocation",
            "bin_claim",
            "returns_move",
            "reason",
            "source_type",
            "source_id",
            "source_key",
            "actor",
            "actor_label",
        )
    ),
    "inventory.PickFace": WORK,
    "inventory.PlanningSettings": WORK,
    "inventory.Proposal": keep(),
    "inventory.ReorderRule": WORK,
    "inventory.StorageClass": WORK,
    "inventory.StockAlert": keep("value", "facts", "closed_at", "seen_by", "seen_at", "note"),
    "inventory.StockOwner": keep(),
    "inventory.StockQuant": TOTAL,
    "inventory.SupplierPrice": WORK,
    "inventory.SupplierReturn": keep(
        "status", "reference", "carrier", "tracking_number", "credit_reference", "expected", "entry", "shipped_at"
    ),
    "inventory.SupplierReturnLine": keep("shipped", "demand"),
    "inventory.SupplierSku": WORK,
    "inventory.SupplierTerms": WORK,
    "inventory.Substitute": WORK,
    "inventory.Unit": READ,
    "inventory.ValueChange": Grant(
        insert=(
            "company",
            "sku",
            "layer",
            "value",
            "entry",
            "reason",
            "source_type",
            "source_id",
            "actor_label",
        )
    ),
    "inventory.Transfer": keep("status", "expected_date", "priority", "carrier", "tracking_number", "shipped_at"),
    "inventory.TransferLine": keep("cancelled", "shipped", "received", "settled", "demand"),
    "inventory.TransferSettlement": BOOK,
    "inventory.Warehouse": keep(),
    "inventory.Zone": Grant(insert=True, update=("code", "name", "position", "storage_class", "use"), delete=True),
}

ORDERS: dict[str, Grant] = {
    "orders.AutomationRule": keep(),
    "orders.BlanketCall": BOOK,
    "orders.BlanketLine": MADE,
    "orders.BlanketOrder": keep("status", "valid_to", "note"),
    "orders.CancelRequest": keep("status", "answered_by", "answered_at", "answer"),
    "orders.Channel": keep(),
    "orders.DocumentMail": keep(),
    "orders.Contact": keep("person", "party", "group", "country", "language"),
    "orders.CustomerGroup": keep(),
    "orders.DraftCharge": WORK,
    "orders.DraftLine": WORK,
    "orders.DraftOrder": keep(),
    "orders.Fulfilment": keep("status", "ship_by", "merge_group"),
    "orders.DropShipLine": keep("shipped", "cancelled"),
    "orders.DropShipRule": WORK,
    "orders.FulfilmentLine": keep("quantity", "picked", "shipped"),
    "orders.Hold": keep("released_by", "released_at", "release_reason"),
    "orders.MailRule": WORK,
    "orders.MailText": WORK,
    "orders.LinePromise": keep(
        "is_open", "waiting", "promised_date", "expected_date", "parts", "release_date", "counted_at"
    ),
    "orders.MergeGroup": MADE,
    "orders.Order": keep(
        "status",
        "version",
        "contact",
        "shipping_address",
        "billing_address",
        "priority",
        "promise_date",
        "ship_complete",
        "pinned_warehouse",
        "shipping_service",
        "note",
        "goods_total",
        "charges_total",
        "discount_total",
        "tax_total",
        "total",
    ),
    "orders.OrderCharge": Grant(
        insert=True,
        update=("billed", "quantity", "unit_price", "amount", "tax", "tax_code", "tax_rate", "tax_rule"),
        delete=True,
    ),
    "orders.OrderDiscount": BOOK,
    "orders.OrderPayment": Grant(
        insert=("company", "order", "channel", "external_id", "method", "reference", "stored_value", "currency")
    ),
    "orders.OrderPaymentEvent": BOOK,
    "orders.OrderLineComponent": keep("given_up", "given_up_reason"),
    "orders.OrderLine": keep(
        "sku",
        "quantity",
        "unit_price",
        "discount",
        "tax",
        "tax_code",
        "tax_rate",
        "tax_rule",
        "cancelled",
        "shipped",
        "returned",
        "demand",
        "kit",
        "promise_date",
    ),
    "orders.OrderRevision": BOOK,
    "orders.OrderTax": BOOK,
    "orders.OrderTag": WORK,
    "orders.PostcodeCentroid": WORK,
    "orders.PromiseChange": BOOK,
    "orders.PriceList": keep(),
    "orders.PriceListItem": WORK,
    "orders.Reservation": keep("status", "expires_at", "order"),
    "orders.ReservationLimit": WORK,
    "orders.ReservationLine": MADE,
    "orders.GradeWriteDown": WORK,
    "orders.RestockingFee": WORK,
    "orders.RuleDue": WORK,
    "orders.RuleFiring": keep("state", "results", "attempts", "due_at", "finished_at"),
    "orders.ReturnLine": keep("received", "disposition", "issue_move"),
    "orders.ReturnOrder": keep("status", "warehouse", "credit_note", "exchange_order", "carrier", "tracking_number"),
    "orders.ReturnPhoto": Grant(insert=True, update=("content", "erased_at"), erase=("content", "erased_at")),
    "orders.ReturnPolicy": keep(),
    "orders.ReturnReason": keep(),
    "orders.ReturnedGoods": BOOK,
    "orders.Shipment": keep(
        "status",
        "carrier",
        "service",
        "tracking_number",
        "tracking_url",
        "shipped_at",
        "delivered_at",
        "not_billable_reason",
    ),
    "orders.ShipmentKit": BOOK,
    "orders.TrackingEvent": BOOK,
    "orders.ShipmentLine": BOOK,
    "orders.SourcingDecision": BOOK,
    "orders.SourcingRule": WORK,
}

WAREHOUSE: dict[str, Grant] = {
    "warehouse.HandlingUnit": keep("parent", "shipped_at", "stands_in"),
    "warehouse.Box": keep(),
    "warehouse.CarrierAccount": keep(),
    "warehouse.CarrierRate": WORK,
    "warehouse.CarrierService": keep(),
    "warehouse.Manifest": BOOK,
    "warehouse.ManifestLine": BOOK,
    "warehouse.ParcelLabel": keep("void_reason", "voided_at"),
    "warehouse.CashMove": BOOK,
    "warehouse.CountRequest": keep("status", "stocktake"),
    "warehouse.FloorTask": keep(
        "assigned_to",
        "device",
        "done",
        "finished_at",
        "priority",
        "reason",
        "started_at",
        "status",
        "to_location",
    ),
    "warehouse.CountClass": WORK,
    "warehouse.CountEntry": BOOK,
    "warehouse.CountPlan": WORK,
    "warehouse.CountResult": WORK,
    "warehouse.CountTask": keep(
        "assigned_to", "counter", "device", "finished_at", "priority", "reason", "round", "started_at", "status"
    ),
    "warehouse.OverDelivery": keep("status", "receipt"),
    "warehouse.Parcel": keep("tracking_number", "weight_g"),
    "warehouse.ParcelLine": BOOK,
    "warehouse.ParkedSale": WORK,
    "warehouse.PickList": keep("assigned_to", "status"),
    "warehouse.PickRound": keep("assigned_to", "finished_at", "status"),
    "warehouse.PickTask": keep(
        "device", "finished_at", "picked", "picked_by", "put_back", "round", "started_at", "status", "to_location"
    ),
    "warehouse.Pickup": keep("collected_at", "ready_at", "status"),
    "warehouse.PutAwayRule": WORK,
    "warehouse.Receipt": keep(
        "arrived_at",
        "device",
        "dock",
        "finished_at",
        "note",
        "put_away_at",
        "received_by",
        "reference",
        "started_at",
        "status",
    ),
    "warehouse.ReceiptLine": BOOK,
    "warehouse.ReceiptPhoto": Grant(insert=True, update=("content", "erased_at"), erase=("content", "erased_at")),
    "warehouse.ReceiptProblem": keep("settled_at", "settled_by_label", "settlement", "status"),
    "warehouse.ScanCommand": BOOK,
    "warehouse.ScanCredential": keep("badge_digest", "failures", "locked_at", "pin_hash"),
    "warehouse.ScanDevice": keep(
        "code_digest",
        "code_expires_at",
        "enrolled_at",
        "last_seen_at",
        "name",
        "revoked_at",
        "token_digest",
        "warehouse",
    ),
    "warehouse.ScanSession": keep("end_reason", "ended_at", "last_used_at"),
    "warehouse.Stocktake": keep(
        "approved_at", "approved_by", "approved_label", "due_date", "note", "posted_at", "status", "value", "version"
    ),
    "warehouse.Stocktake_adjustments": MADE,
    "warehouse.Till": keep(),
    "warehouse.TillReceipt": BOOK,
    "warehouse.TillShift": keep("closed_at", "closed_by", "counted", "entry", "expected", "note", "status"),
    "warehouse.TillTender": BOOK,
    "warehouse.RoundTote": keep("is_open", "location"),
    "warehouse.TrackingWatch": keep("checked_at", "due_at", "ended_at", "error", "given_up_at", "tries"),
    "warehouse.WageRate": WORK,
    "warehouse.Wave": keep("finished_at", "released_at", "status"),
    "warehouse.WaveItem": keep("code", "state"),
    "warehouse.WaveTemplate": keep(),
}

INTEGRATIONS: dict[str, Grant] = {
    "integrations.AccessToken": WORK,
    "integrations.Alarm": keep("cleared_at", "mailed_at"),
    "integrations.CodeMapping": WORK,
    "integrations.CompletenessCheck": keep(),
    "integrations.Connection": keep(),
    "integrations.Cursor": keep(),
    "integrations.ImportedRefund": keep("state", "code", "detail", "return_order", "cancelled"),
    "integrations.Listing": keep(),
    "integrations.QuarantinedRow": keep(),
    "integrations.RateBucket": WORK,
    "integrations.SyncRun": WORK,
    "integrations.TrackingPush": keep(),
    "integrations.WebhookAttempt": Grant(insert=True, delete=True),
    "integrations.WebhookDelivery": WORK,
    "integrations.WebhookEndpoint": keep(),
}

DJANGO: dict[str, Grant] = {
    "admin.LogEntry": MADE,
    "auth.Group": WORK,
    "auth.Group_permissions": WORK,
    "auth.Permission": WORK,
    "contenttypes.ContentType": WORK,
    "django_celery_beat.ClockedSchedule": WORK,
    "django_celery_beat.CrontabSchedule": WORK,
    "django_celery_beat.IntervalSchedule": WORK,
    "django_celery_beat.PeriodicTask": WORK,
    "django_celery_beat.PeriodicTasks": WORK,
    "django_celery_beat.SolarSchedule": WORK,
    "sessions.Session": WORK,
}

MODELS: dict[str, Grant] = {
    **CORE,
    **ACCOUNTING,
    **INVENTORY,
    **ORDERS,
    **WAREHOUSE,
    **INTEGRATIONS,
    **DJANGO,
}

# Names of owner functions that the app may call (trigger functions need no grant), by app.
FUNCTIONS: tuple[str, ...] = (
    # accounting
    "accounting_begin_series",
    "accounting_draw_numbers",
    "accounting_ensure_periods",
    "accounting_hold_periods",
    "accounting_lock_bank_lines",
    "accounting_fold_balances",
    "accounting_lock_items",
    "accounting_lock_stored_values",
    "accounting_prepare_entries",
    "accounting_set_period_books",
    "accounting_set_period_state",
    "accounting_share_periods",
    # inventory
    "inventory_keeping",
    "inventory_lock_allocations",
    "inventory_lock_claims",
    "inventory_lock_costs",
    "inventory_lock_grni",
    "inventory_lock_levels",
    "inventory_lock_moves",
    # orders
)

# Tables without a model.
TABLES: dict[str, Grant] = {"django_migrations": READ}


def listed_models() -> Iterator[Any]:
    """Every model with a table of its own, M2M tables included."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.managed and not model._meta.proxy:
            yield model


@register(Tags.security, deploy=True)
def check_grants(app_configs: Any = None, **kwargs: Any) -> list[Error]:
    """Deployment check (`check --deploy`): every model is listed, every entry names a model and fields."""
    errors = []
    models = {model._meta.label: model for model in listed_models()}
    for label in sorted(models.keys() - MODELS.keys()):
        errors.append(Error(f"{label} is not listed in backoffice/core/grants.py.", id="core.E001"))
    for label in sorted(MODELS.keys() - models.keys()):
        errors.append(
            Error(
                f"backoffice/core/grants.py lists {label}, which is no model.",
                id="core.E002",
            )
        )
    for label in sorted(MODELS.keys() & models.keys()):
        try:
            list(_privileges(models[label]._meta.db_table, MODELS[label], models[label]))
        except FieldDoesNotExist as error:
            errors.append(Error(f"backoffice/core/grants.py, {label}: {error}.", id="core.E003"))
    return errors


def _columns(names: bool | Columns, model: Any, present: set[str] | None) -> list[str]:
    """The database's names of the fields; those not there yet (a migration further back) are left out."""
    wanted = [] if isinstance(names, bool) else [model._meta.get_field(name).column for name in names]
    return [f'"{column}"' for column in wanted if present is None or column in present]


def _privileges(table: str, grant: Grant, model: Any = None, present: set[str] | None = None) -> Iterator[str]:
    """The GRANT statements of one table."""
    app = ["SELECT"] + ["DELETE"] * grant.delete
    for verb, what in (("INSERT", grant.insert), ("UPDATE", grant.update)):
        if what is True:
            app.append(verb)
        elif columns := _columns(what, model, present):
            app.append(f"{verb} ({', '.join(columns)})")
    yield f'GRANT {", ".join(app)} ON "{table}" TO {APP}'
    if columns := _columns(grant.erase, model, present):
        yield f'GRANT UPDATE ({", ".join(columns)}) ON "{table}" TO {ERASE}'


def grant_statements(tables: dict[str, set[str]], functions: list[tuple[str, str]]) -> list[str]:
    """All statements, in order. tables: columns by name, of those that exist now; functions: (name, signature)."""
    roles = f"PUBLIC, {APP}, {RO}, {ERASE}"
    statements = [
        f"GRANT USAGE ON SCHEMA public TO {APP}, {RO}, {ERASE}",
        f"REVOKE ALL ON ALL TABLES IN SCHEMA public FROM {roles}",
        f"REVOKE ALL ON ALL SEQUENCES IN SCHEMA public FROM {roles}",
        f"GRANT SELECT ON ALL TABLES IN SCHEMA public TO {RO}, {ERASE}",
        f"GRANT USAGE ON ALL SEQUENCES IN SCHEMA public TO {APP}",
    ]
    for model in listed_models():
        if (table := model._meta.db_table) in tables and (grant := MODELS.get(model._meta.label)):
            statements += _privileges(table, grant, model, tables[table])
    for table, grant in TABLES.items():
        if table in tables:
            statements += _privileges(table, grant)
    for name, signature in sorted(functions):
        statements.append(f"REVOKE ALL ON FUNCTION {signature} FROM {roles}")
        if name in FUNCTIONS:
            statements.append(f"GRANT EXECUTE ON FUNCTION {signature} TO {APP}")
    return statements


def apply_grants(connection: Any) -> None:
    """Revoke everything and grant the table again, in one transaction. Run as the owner. Statements: 3."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT c.relname, array_agg(a.attname::text) FROM pg_class c"
            " JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped"
            " WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p', 'v') GROUP BY 1"
        )
        tables = {name: set(columns) for name, columns in cursor.fetchall()}
        cursor.execute(
            "SELECT proname, oid::regprocedure::text FROM pg_proc"
            " WHERE pronamespace = 'public'::regnamespace AND proowner = %s::regrole",
            [OWNER],
        )
        body = ";\n".join(grant_statements(tables, cursor.fetchall()))
        cursor.execute(f"DO $grants$ BEGIN\n{body};\nEND $grants$", None)
