"""Make an API key for a program."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from backoffice.core.api.auth import make_api_key
from backoffice.core.models import User


class Command(BaseCommand):
    help = "Make an API key that acts as a user; its text is printed this once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("name", help="what the key is for")
        parser.add_argument("--user", required=True, help="the username that the key acts as")
        parser.add_argument("--scope", action="append", required=True, help='e.g. "orders:write"; may be repeated')
        parser.add_argument("--channel", type=int, help="id of the only channel that the key may use")
        parser.add_argument("--company", type=int, help="id of the only company that the key may use")

    def handle(self, *args: Any, **options: Any) -> None:
        user = User.objects.filter(username=options["user"]).first()
        if user is None:
            raise CommandError(f"There is no user {options['user']!r}.")
        _key, text = make_api_key(
            name=options["name"],
            user=user,
            scopes=options["scope"],
            channel_id=options["channel"],
            company_id=options["company"],
        )
        self.stdout.write(text)
