"""The one table of what each role may do to each table, applied after every migrate; a file for each app.

An unlisted model fails `check --deploy`. Each app's file is alphabetical. `ro` may read everything. Column names are the
model's field names. Functions that the app calls are listed here.
Note: SELECT … FOR NO KEY UPDATE needs UPDATE on a column; rows that the app may only insert are locked
through owner functions.
"""

from collections.abc import Iterator
from typing import Any

from django.apps import apps
from django.core.checks import Error, Tags, register
from django.core.exceptions import FieldDoesNotExist

from backoffice.core.grants.accounting import ACCOUNTING
from backoffice.core.grants.core import CORE
from backoffice.core.grants.integrations import INTEGRATIONS
from backoffice.core.grants.inventory import INVENTORY
from backoffice.core.grants.kinds import READ, Columns, Grant
from backoffice.core.grants.libraries import DJANGO
from backoffice.core.grants.orders import ORDERS
from backoffice.core.grants.warehouse import WAREHOUSE
from backoffice.core.roles import APP, ERASE, OWNER, RO

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
        errors.append(Error(f"{label} is not listed in backoffice/core/grants/.", id="core.E001"))
    for label in sorted(MODELS.keys() - models.keys()):
        errors.append(
            Error(
                f"backoffice/core/grants/ lists {label}, which is no model.",
                id="core.E002",
            )
        )
    for label in sorted(MODELS.keys() & models.keys()):
        try:
            list(_privileges(models[label]._meta.db_table, MODELS[label], models[label]))
        except FieldDoesNotExist as error:
            errors.append(Error(f"backoffice/core/grants/, {label}: {error}.", id="core.E003"))
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
