"""Make the staff roles' groups again; migrate does it too."""

from typing import Any

from django.core.management.base import BaseCommand

from backoffice.core.staff import StaffRole, sync_roles


class Command(BaseCommand):
    help = "Give the staff roles' groups exactly the permissions that the apps register for them."

    def handle(self, *args: Any, **options: Any) -> None:
        sync_roles()
        self.stdout.write(f"{len(StaffRole)} roles are up to date.")
