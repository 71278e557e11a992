"""manage.py import_journal FILE: a beancount or ledger journal into the books."""

from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from accounting.models import Company
from accounting.services.journal_files import import_journal, preview_journal
from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError


class Command(BaseCommand):
    help = "Take a plain-text journal (beancount or ledger) into a company's books; the same transaction once."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("file", type=Path)
        parser.add_argument("--company", help="its code; not needed where there is one")
        parser.add_argument(
            "--format", choices=["beancount", "ledger"], default="", help="otherwise by what it looks like"
        )
        parser.add_argument(
            "--no-value", action="append", default=[], metavar="COMMODITY", help="no money, such as hours; repeatable"
        )
        parser.add_argument("--dry-run", action="store_true", help="check and tell, write nothing")

    def handle(self, *args: Any, **options: Any) -> None:
        companies = Company.objects.filter(code=options["company"]) if options["company"] else Company.objects.all()
        if len(found := list(companies[:2])) != 1:
            raise CommandError("name the company with --company")
        try:
            content = options["file"].read_bytes()
        except OSError as error:
            raise CommandError(f"{options['file']}: {error.strerror}") from None
        given = {"company_id": found[0].pk, "file_format": options["format"], "no_value": options["no_value"]}
        try:
            if options["dry_run"]:
                seen = preview_journal(content, **given)
                self.stdout.write(
                    f"{seen.format}: {seen.transactions} transactions ({seen.already} known) from {seen.first_date} to"
                    f" {seen.last_date}, {len(seen.new_accounts)} new accounts"
                )
                return
            done = import_journal(content, actor=Actor.job("import_journal"), file_name=options["file"].name, **given)
        except DomainError as refusal:
            raise CommandError(f"{refusal.code}: {refusal.detail}") from None
        self.stdout.write(f"{done.entries} entries, {done.already} were there, {done.accounts} accounts made")
