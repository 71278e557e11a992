"""Additions of a migration are made in runs, and the tables are those that Django makes one by one."""

from contextlib import nullcontext

import pytest
from django.apps import apps
from django.db import connection, migrations, models
from django.db.migrations.state import ProjectState

from backoffice.core.batched_migrations import batched, runs
from backoffice.core.create_models import CreateModels
from backoffice.core.roles import OWNER, role

POSITIVE = models.CheckConstraint(condition=models.Q(size__gt=0), name="batch_size_positive")


class Additions(migrations.Migration):
    operations = [
        migrations.CreateModel("Box", [("id", models.BigAutoField(primary_key=True))]),
        migrations.CreateModel(
            "Lid", [("id", models.BigAutoField(primary_key=True)), ("box", models.ForeignKey("Box", models.PROTECT))]
        ),
        migrations.AddField("box", "size", models.IntegerField(default=1)),
        migrations.AddConstraint("box", POSITIVE),
        migrations.RunSQL("INSERT INTO batch_box (size) VALUES (7)"),
        migrations.AddField("box", "name", models.CharField(max_length=9, default="x")),
        migrations.AddIndex("box", models.Index(fields=["name"], name="batch_by_name")),
        migrations.AlterField("box", "name", models.CharField(max_length=20, default="x")),
    ]


class Later(migrations.Migration):
    """Of models that were there: what refers to them is not rendered again, but where their key changes."""

    operations = [
        migrations.AddField("box", "colour", models.CharField(max_length=9, default="red")),
        migrations.CreateModel(
            "Label", [("id", models.AutoField(primary_key=True)), ("box", models.ForeignKey("Box", models.PROTECT))]
        ),
        migrations.AddField("lid", "label", models.OneToOneField("Label", models.CASCADE, null=True)),
        migrations.AlterField("lid", "label", models.ForeignKey("Label", models.CASCADE, null=True)),
        migrations.AddField("label", "text", models.CharField(max_length=9, default="")),
        migrations.AlterField("label", "id", models.BigAutoField(primary_key=True)),
        migrations.AlterField("box", "colour", models.CharField(max_length=30, default="red")),
        migrations.RunPython(
            lambda apps, _editor: apps.get_model("batch", "Lid").objects.filter(label__box__colour="red").delete()
        ),
        CreateModels([migrations.CreateModel("Shelf", [("id", models.BigAutoField(primary_key=True))])]),
        migrations.AddField("box", "shelf", models.ForeignKey("Shelf", models.PROTECT, null=True)),
    ]


TABLES = ("batch_lid", "batch_label", "batch_box", "batch_shelf")


def names(run):
    return [type(operation).__name__ for operation in run]


def test_what_only_adds_is_one_run_until_something_else_or_the_same_field_comes():
    assert [names(run) for run in runs(Additions.operations)] == [
        ["CreateModel", "CreateModel", "AddField", "AddConstraint"],
        ["RunSQL"],
        ["AddField", "AddIndex"],
        ["AlterField"],
    ]


def made():
    """Columns, constraints and indexes of both tables after the migration, and the row that it wrote."""
    state = ProjectState()
    assert state.apps.get_models() == []  # rendered, as the one that a migrate moves on
    for migration in (Additions("additions", "batch"), Later("later", "batch")):
        with role(connection, OWNER), connection.schema_editor(atomic=True) as editor:
            state = migration.apply(state, editor)
    with role(connection, OWNER), connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type, character_maximum_length, is_nullable, column_default"
            " FROM information_schema.columns WHERE table_name = ANY (%(tables)s)"
            " UNION ALL SELECT conrelid::regclass::text, conname, pg_get_constraintdef(oid), NULL, NULL, NULL"
            " FROM pg_constraint WHERE conrelid::regclass::text = ANY (%(tables)s)"
            " UNION ALL SELECT tablename, indexname, indexdef, NULL, NULL, NULL FROM pg_indexes"
            " WHERE tablename = ANY (%(tables)s) ORDER BY 1, 2, 3",
            {"tables": list(TABLES)},
        )
        found = cursor.fetchall()
        cursor.execute("SELECT size, name FROM batch_box")
        return found, cursor.fetchall()


@pytest.mark.django_db(transaction=True)
def test_the_tables_are_those_that_are_made_one_by_one():
    found = []
    for way in (nullcontext, batched):
        try:
            with way():
                found.append(made())
        finally:
            with role(connection, OWNER), connection.cursor() as cursor:
                cursor.execute(f"DROP TABLE IF EXISTS {', '.join(TABLES)} CASCADE")

    assert found[0] == found[1] and found[1][1] == [(7, "x")]
    assert ("batch_lid", "label_id", "bigint") in {row[:3] for row in found[1][0]}  # as the key that it refers to
    assert {row[0] for row in found[1][0]} == set(TABLES)
    assert any(row[1] == "batch_size_positive" for row in found[1][0])


@pytest.mark.django_db(transaction=True)
def test_what_was_made_in_runs_is_taken_back_in_runs():
    class Reversible(migrations.Migration):
        operations = [operation for operation in Additions.operations if operation.reversible]

    migration = Reversible("additions", "batch")
    with batched():
        try:
            for step in (migration.apply, migration.unapply):
                with role(connection, OWNER), connection.schema_editor(atomic=True) as editor:
                    step(ProjectState(), editor)
            assert not {"batch_box", "batch_lid"} & set(connection.introspection.table_names())
        finally:
            with role(connection, OWNER), connection.cursor() as cursor:
                cursor.execute("DROP TABLE IF EXISTS batch_lid, batch_box")


def test_what_stands_for_a_swappable_model_is_looked_up_once_and_only_meanwhile():
    with batched():
        assert apps.get_swappable_settings_name("core.User") == "AUTH_USER_MODEL"
        apps.clear_cache()
        assert apps.get_swappable_settings_name("core.User") == "AUTH_USER_MODEL"
        assert apps.get_swappable_settings_name("core.auditevent") is None
        assert (
            ProjectState().apps.get_swappable_settings_name("core.User") is None
        )  # another registry has no such model

    assert apps.get_swappable_settings_name("core.User") == "AUTH_USER_MODEL"
