"""The staff's roles: groups with the permissions that the apps register, made after every migrate."""

from fnmatch import fnmatchcase

from django.apps import apps
from django.contrib.auth.models import Group, Permission
from django.core.checks import Error, Tags, register
from django.db import models, transaction
from django.utils.translation import gettext_lazy as _

from backoffice.core.registry import RolePermissions, registry


class StaffRole(models.TextChoices):
    """The value is the group's name."""

    OWNER = "owner", _("owner")
    ORDER_DESK = "order_desk", _("order desk")
    BUYER = "buyer", _("buyer")
    WAREHOUSE_LEAD = "warehouse_lead", _("warehouse lead")
    PICKER = "picker", _("picker")
    CASHIER = "cashier", _("cashier")
    ACCOUNTANT = "accountant", _("accountant")
    AUDITOR = "auditor", _("auditor")


CORE_PERMISSIONS = (
    RolePermissions(StaffRole.OWNER, ("*",)),
    RolePermissions(StaffRole.AUDITOR, ("*.view_*",)),
    RolePermissions(StaffRole.ACCOUNTANT, ("core.view_jobrun", "core.add_jobrun")),  # may run the proof
    RolePermissions(StaffRole.ACCOUNTANT, ("core.view_approvallimit", "core.view_approvalthreshold")),
    *(RolePermissions(role, ("core.*_savedview",)) for role in StaffRole if role != StaffRole.OWNER),
    *(
        RolePermissions(role, ("core.*_scheduledreport",))
        for role in StaffRole
        if role not in (StaffRole.OWNER, StaffRole.AUDITOR, StaffRole.PICKER, StaffRole.CASHIER)
    ),
    *(
        RolePermissions(role, ("core.view_stafftask", "core.add_stafftask", "core.change_stafftask"))
        for role in StaffRole
        if role not in (StaffRole.OWNER, StaffRole.AUDITOR)
    ),
    *(
        RolePermissions(
            role,
            (
                "core.view_auditevent",
                "core.view_recordchange",
                "core.view_bulkjob",
                "core.add_bulkjob",
                "core.view_importfile",
                "core.add_importfile",
            ),
        )
        for role in StaffRole
        if role not in (StaffRole.OWNER, StaffRole.AUDITOR, StaffRole.PICKER, StaffRole.CASHIER)
    ),
)


@transaction.atomic
def sync_roles() -> None:
    """Make the staff's groups and give each exactly the registered permissions.

    They are the house's: what was changed in them by hand is undone. Groups of one's own are not
    touched. Statements: 4 when nothing changed.
    """
    Group.objects.bulk_create([Group(name=role) for role in StaffRole], ignore_conflicts=True)
    groups = {group.name: group.pk for group in Group.objects.filter(name__in=StaffRole.values)}
    codes = {
        f"{label}.{codename}": pk
        for pk, label, codename in Permission.objects.values_list("pk", "content_type__app_label", "codename")
    }
    wanted = {
        (groups[role], codes[code])
        for role, patterns in registry.role_permissions().items()
        for code in codes
        if any(fnmatchcase(code, pattern) for pattern in patterns)
    }
    through = Group.permissions.through
    present = {
        (group, permission): pk
        for pk, group, permission in through.objects.filter(group__in=groups.values()).values_list(
            "pk", "group_id", "permission_id"
        )
    }
    if extra := [pk for pair, pk in present.items() if pair not in wanted]:
        through.objects.filter(pk__in=extra).delete()
    if missing := sorted(wanted - present.keys()):
        through.objects.bulk_create([through(group_id=group, permission_id=code) for group, code in missing])


def known_permissions() -> set[str]:
    """Every permission that the models declare, e.g. "orders.view_order"."""
    found = set()
    for model in apps.get_models():
        options = model._meta
        names = [f"{action}_{options.model_name}" for action in options.default_permissions]
        names += [codename for codename, _name in options.permissions]
        found |= {f"{options.app_label}.{name}" for name in names}
    return found


@register(Tags.security, deploy=True)
def check_roles(app_configs: object = None, **kwargs: object) -> list[Error]:
    """Deployment check: every registered role exists and every permission pattern matches something."""
    known, errors = known_permissions(), []
    for role, patterns in registry.role_permissions().items():
        if role not in StaffRole.values:
            errors.append(Error(f"Permissions are registered for the unknown role {role!r}.", id="core.E010"))
        for pattern in sorted(patterns):
            if not any(fnmatchcase(code, pattern) for code in known):
                errors.append(Error(f"Role {role}: no permission matches {pattern!r}.", id="core.E011"))
    return errors
