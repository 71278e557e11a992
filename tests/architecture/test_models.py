"""The tables: foreign keys point down, every model is granted, books are append-only, no floats."""

from django.apps import apps
from django.db import connection, models

from backoffice.core.grants import MODELS, check_grants
from backoffice.core.staff import check_roles

FLOOR = {"core": 0, "accounting": 1, "inventory": 2, "orders": 3, "warehouse": 4, "integrations": 5}


def test_foreign_keys_point_down():
    upward = [
        f"{model._meta.label}.{field.name} -> {field.related_model._meta.label}"
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.get_fields()
        if field.concrete and field.is_relation and model._meta.app_label in FLOOR
        and FLOOR.get(field.related_model._meta.app_label, 0) > FLOOR[model._meta.app_label]
    ]  # fmt: skip

    assert upward == []


def test_every_model_is_granted_and_every_grant_is_a_models():
    assert [error.msg for error in check_grants()] == []


def test_every_registered_permission_exists():
    assert [error.msg for error in check_roles()] == []


def test_no_column_is_a_float():
    floats = [
        f"{model._meta.label}.{field.name}"
        for model in apps.get_models()
        for field in model._meta.fields
        if isinstance(field, models.FloatField) and model._meta.app_label in FLOOR
    ]

    assert floats == []


def guarded_tables(cursor):
    """Tables whose change core's guard refuses, with the bits of its triggers' events."""
    cursor.execute(
        "SELECT tgrelid::regclass::text, bit_or(tgtype::int) FROM pg_trigger"
        " WHERE tgfoid = 'core_refuse_change'::regproc AND tgenabled <> 'D' GROUP BY 1"
    )
    return dict(cursor.fetchall())


def test_every_book_refuses_change_by_trigger_too(db):
    with connection.cursor() as cursor:
        guarded = guarded_tables(cursor)
    all_events = 8 | 16 | 32  # delete, update, truncate in pg_trigger.tgtype
    books = [apps.get_model(label)._meta.db_table for label, grant in MODELS.items() if grant.book]

    assert sorted(table for table in books if guarded.get(table, 0) & all_events != all_events) == []


def test_nobody_may_change_what_the_guard_protects(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT t, r, p FROM unnest(%s::text[]) t, unnest(ARRAY['backoffice_app', 'backoffice_ro', 'backoffice_erase']) r,"
            " unnest(ARRAY['UPDATE', 'DELETE', 'TRUNCATE', 'TRIGGER', 'REFERENCES']) p"
            " WHERE has_table_privilege(r, t, p)"
            "    OR (p IN ('UPDATE', 'REFERENCES') AND has_any_column_privilege(r, t, p))",
            [list(guarded_tables(cursor))],
        )
        assert cursor.fetchall() == []


def test_owner_functions_fix_their_search_path_and_are_closed_to_the_public(db):
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT p.oid::regprocedure::text FROM pg_proc p WHERE p.proowner = 'backoffice_owner'::regrole"
            " AND (p.proconfig IS NULL OR NOT p.proconfig @> ARRAY['search_path=pg_catalog, public, pg_temp']"
            "   OR EXISTS (SELECT FROM aclexplode(coalesce(p.proacl, acldefault('f', p.proowner))) a"
            "              WHERE a.grantee = 0))"
        )
        assert cursor.fetchall() == []
