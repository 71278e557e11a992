"""The staff roles are groups with exactly the registered permissions."""

from django.contrib.auth.models import Group, Permission

from backoffice.core.models import User
from backoffice.core.registry import RolePermissions, registry
from backoffice.core.staff import StaffRole, check_roles, sync_roles


def codes(role):
    return {f"{p.content_type.app_label}.{p.codename}" for p in Group.objects.get(name=role).permissions.all()}


def test_migrate_makes_the_roles(db):
    assert set(Group.objects.values_list("name", flat=True)) == set(StaffRole.values)
    assert "core.delete_user" in codes("owner")
    reads = {code for code in codes("auditor") if ".view_" in code}
    # who caused what is missing is a report, read only; everybody keeps views of lists of their own
    views = {f"core.{may}_savedview" for may in ("add", "change", "delete")}
    assert reads and codes("auditor") - reads == {"inventory.audit_shrinkage", *views}


def test_sync_gives_exactly_what_is_registered(db, django_assert_num_queries):
    picker = Group.objects.get(name="picker")
    picker.permissions.set(Permission.objects.filter(codename="delete_user"))
    own = Group.objects.create(name="my own")
    own.permissions.set(Permission.objects.filter(codename="delete_user"))

    with registry.replaced(RolePermissions, RolePermissions("picker", ("core.view_inbox*", "core.change_user"))):
        sync_roles()
        with django_assert_num_queries(6):  # 4 and the savepoint of the test's own transaction
            sync_roles()

    assert codes("picker") == {"core.view_inboxmessage", "core.view_inboxwork", "core.change_user"}
    assert codes("my own") == {"core.delete_user"}
    assert codes("owner") == set()


def test_a_user_has_the_rights_of_his_role(db):
    user = User.objects.create_user("eka", is_staff=True)
    user.groups.add(Group.objects.get(name="auditor"))

    assert user.has_perm("core.view_auditevent")
    assert not user.has_perm("core.change_user")


def test_unknown_roles_and_permissions_are_found_by_the_check():
    with registry.replaced(
        RolePermissions, RolePermissions("chef", ("core.view_user",)), RolePermissions("picker", ("core.fly",))
    ):
        found = [error.msg for error in check_roles()]

    assert found == [
        "Permissions are registered for the unknown role 'chef'.",
        "Role picker: no permission matches 'core.fly'.",
    ]
