"""manage.py setup_company: an empty database becomes a company, for scripts; the wizard's services and checks."""

import os
import secrets
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management.base import BaseCommand, CommandError
from django.forms import Form

from accounting.charts import CHARTS
from accounting.taxes import TEMPLATES
from backoffice.core.actor import Actor
from backoffice.core.errors import DomainError
from backoffice.core.staff import StaffRole
from backoffice.setup.forms import BooksStep, ChannelStep, CompanyStep, WarehouseStep, check_people, people_forms
from backoffice.setup.making import set_up
from backoffice.setup.plan import FirstChannel, FirstWarehouse, Person, SetupPlan

PASSWORD = "BACKOFFICE_SETUP_PASSWORD"


class Command(BaseCommand):
    help = f"""Set an empty database up: company, books, taxes, warehouse, channel, people; all of it or nothing.
    Passwords: ${PASSWORD}, or made and printed once."""

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("name")
        parser.add_argument("--country", required=True, help="two letters")
        parser.add_argument("--currency", required=True)
        parser.add_argument("--time-zone", default="UTC")
        parser.add_argument("--language", default="en", choices=[code for code, _name in settings.LANGUAGES])
        parser.add_argument("--chart", default="ifrs", choices=sorted(CHARTS))
        parser.add_argument("--tax-template", default="", choices=["", *sorted(TEMPLATES)])
        for name in ("legal-name", "tax-number", "registration-number", "address", "email"):
            parser.add_argument(f"--{name}", default="")
        parser.add_argument("--logo", type=Path, help="PNG or JPEG")
        parser.add_argument("--warehouse", default="", metavar="CODE=NAME")
        parser.add_argument("--bins", default="", metavar="PATTERN", help="such as A-{01..10}-{1..4}")
        parser.add_argument("--channel", default="", metavar="NAME")
        parser.add_argument("--channel-kind", default="manual", choices=["manual", "storefront", "connector"])
        parser.add_argument("--channel-tax", default="", metavar="CODE")
        parser.add_argument("--prices-include-tax", action="store_true")
        parser.add_argument(
            "--user", action="append", default=[], metavar="USERNAME[:ROLE[:E-MAIL]]",
            help=f"the first is an owner; roles: {', '.join(StaffRole.values)} (default: one owner, named owner)",
        )  # fmt: skip

    def handle(self, *args: Any, **options: Any) -> None:
        passwords: dict[str, str] = {}
        plan = self._plan(options, passwords)
        try:
            made = set_up(plan, actor=Actor.job("setup_company"))
        except DomainError as refusal:
            raise CommandError(refusal.detail) from refusal
        self.stdout.write(
            f"{plan.name}: {made.accounts} accounts, {made.tax_codes} tax codes, {made.tax_rules} tax rules,"
            f" {made.bins} bins, {made.people} people"
        )
        if not os.environ.get(PASSWORD):
            for username, password in passwords.items():
                self.stdout.write(f"{username}\t{password}")

    def _plan(self, given: dict[str, Any], passwords: dict[str, str]) -> SetupPlan:
        logo = given["logo"].read_bytes() if given["logo"] else b""
        files = {"logo": SimpleUploadedFile("logo", logo)} if logo else None
        company = CompanyStep(
            {
                "name": given["name"], "country": given["country"].upper(), "base_currency": given["currency"].upper(),
                **{name: given[name] for name in (
                    "time_zone", "language", "legal_name", "tax_number", "registration_number", "address", "email")},
            },
            files,
        )  # fmt: skip
        books = BooksStep({"chart": given["chart"], "tax_template": given["tax_template"]}, country=given["country"].upper())  # fmt: skip
        code, _equals, name = given["warehouse"].partition("=")
        warehouse = WarehouseStep({"code": code, "name": name or code, "bins": given["bins"]})
        channel = ChannelStep(
            {
                "name": given["channel"], "kind": given["channel_kind"], "currency": given["currency"].upper(),
                "tax_code": given["channel_tax"], "prices_include_tax": given["prices_include_tax"],
            },
            template=given["tax_template"],
        )  # fmt: skip
        rows = people_forms(_people(given["user"] or ["owner"], passwords), [])
        problems = [problem for form in (company, books, warehouse, channel) for problem in _problems(form)]
        if not check_people(rows):
            problems += [problem for row in rows for problem in _problems(row)]
        if problems:
            raise CommandError("nothing was made:\n" + "\n".join(problems))
        return SetupPlan(
            **company.answers(),
            **books.answers(),
            people=[Person(**row.cleaned_data) for row in rows],
            warehouse=FirstWarehouse(**warehouse.answers()) if code else None,
            channel=FirstChannel(**channel.answers()) if given["channel"] else None,
            logo=logo,
        )


def _people(given: list[str], passwords: dict[str, str]) -> dict[str, str]:
    rows: dict[str, str] = {}
    for number, text in enumerate(given):
        username, role, email = (*text.split(":"), "", "")[:3]
        passwords[username] = os.environ.get(PASSWORD) or secrets.token_urlsafe(12)
        rows |= {
            f"p{number}-username": username, f"p{number}-email": email, f"p{number}-password": passwords[username],
            f"p{number}-role": role or (StaffRole.OWNER if number == 0 else ""),
        }  # fmt: skip
    return rows


def _problems(form: Form) -> list[str]:
    return [f"{name}: {error}" for name, errors in form.errors.items() for error in errors]
