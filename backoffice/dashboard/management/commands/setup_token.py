"""manage.py setup_token: what whoever sets an empty database up has to bring."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError

from backoffice.setup import draft


class Command(BaseCommand):
    help = "Print a new one-time token for the set-up in the browser. An earlier one is worth nothing any more."

    def add_arguments(self, parser: Any) -> None:
        parser.add_argument("--url", default="", help="address of the site: print the whole link")

    def handle(self, *args: Any, **options: Any) -> None:
        if not draft.is_open():
            raise CommandError("This database has a company already: there is nothing to set up.")
        token = draft.make_token()
        url = options["url"].rstrip("/")
        self.stdout.write(f"{url}/setup/?token={token}" if url else token)
