"""Making a company with all that it starts with: in one transaction, or nothing."""

import re

from django.contrib.auth.models import Group
from django.core.files.base import ContentFile
from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounting.models import Account, Address, Company, TaxCode, TaxRule
from accounting.services import create_company, lay_tax_template
from accounting.services.setup import NO_TAX, ensure_currencies
from backoffice.core.actor import Actor
from backoffice.core.approval_limits import switch_on_from_start
from backoffice.core.errors import DomainError
from backoffice.core.models import User
from backoffice.core.staff import StaffRole
from backoffice.setup.plan import FirstChannel, FirstWarehouse, Made, Person, SetupPlan
from inventory.models import Zone, ZoneUse
from inventory.services import BinPlan, create_warehouse, make_bins
from orders.services import create_channel

ONE_SETUP = 7_331_001  # the advisory lock of those who set an empty database up


class SetupRefused(DomainError):
    """The set-up cannot be done as asked; nothing was made."""

    code = "setup_refused"


@transaction.atomic
def set_up(plan: SetupPlan, *, actor: Actor) -> Made:
    """Make the company of an empty database, its books, places, first channel and people.

    Raises SetupRefused when there is a company already (also when two finish at once) or no owner among the people,
    and what the services refuse; nothing is written then.
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(%s)", [ONE_SETUP])
    if Company.objects.exists():
        raise SetupRefused(_("This database has a company already: the set-up is for an empty one."))
    if not plan.people or plan.people[0].role != StaffRole.OWNER:
        raise SetupRefused(_("The first person is an owner: without one nobody could change anything."))
    company = _company(plan, actor)
    if plan.tax_template:
        lay_tax_template(company_id=company.pk, template=plan.tax_template, actor=actor)
    warehouse_id, bins = _warehouse(plan.warehouse, company, actor) if plan.warehouse else (None, 0)
    channel_id = _channel(plan.channel, company, actor) if plan.channel else None
    people = [_person(person) for person in plan.people]
    return Made(
        company_id=company.pk,
        owner_id=people[0],
        accounts=Account.objects.filter(company=company, is_postable=True).count(),
        tax_codes=TaxCode.objects.filter(company=company).count(),
        tax_rules=TaxRule.objects.filter(company=company).count(),
        bins=bins,
        people=len(people),
        channel_id=channel_id,
        warehouse_id=warehouse_id,
    )


def code_of(name: str) -> str:
    """A short code made of a name, in small Latin letters; "company" when nothing is left of it."""
    return "-".join(re.findall(r"[a-z0-9]+", name.lower()))[:40] or "company"


def _company(plan: SetupPlan, actor: Actor) -> Company:
    company = create_company(
        code=plan.code or code_of(plan.name),
        name=plan.name,
        base_currency=plan.base_currency,
        country=plan.country,
        time_zone=plan.time_zone,
        chart=plan.chart,
        legal_name=plan.legal_name,
        tax_number=plan.tax_number,
        address=plan.address,
        language=plan.language,
        actor=actor,
    )
    switch_on_from_start(company_id=company.pk, actor=actor)
    company.registration_number, company.email = plan.registration_number, plan.email
    if plan.logo:
        company.logo = ContentFile(plan.logo, "logo")  # type: ignore[assignment]
    company.save()
    return company


def _warehouse(given: FirstWarehouse, company: Company, actor: Actor) -> tuple[int, int]:
    address = Address.objects.create(
        company=company, organisation=company.name, line1=given.line1, city=given.city, postcode=given.postcode,
        country=given.country or company.country,
    )  # fmt: skip
    warehouse = create_warehouse(
        company_id=company.pk, code=given.code, name=given.name, address_id=address.pk, actor=actor
    )
    if not given.bins:
        return warehouse.pk, 0
    zone = Zone.objects.create(
        company=company, warehouse=warehouse, code="PICK", name=_("Shelves"), use=ZoneUse.PICK, position=0
    )
    return warehouse.pk, len(make_bins(BinPlan(given.bins, zone.pk), warehouse=warehouse, actor=actor))


def _channel(given: FirstChannel, company: Company, actor: Actor) -> int:
    tax_code = TaxCode.objects.filter(company=company, code=given.tax_code or NO_TAX).first()
    if tax_code is None:
        raise SetupRefused(_("There is no tax code “%(code)s” in the template.") % {"code": given.tax_code})
    ensure_currencies(given.currency or company.base_currency_id)
    return create_channel(
        company_id=company.pk,
        code=code_of(given.name),
        name=given.name,
        kind=given.kind,
        currency=given.currency or company.base_currency_id,
        tax_code_id=tax_code.pk,
        prices_include_tax=given.prices_include_tax,
        tax_by_rules=TaxRule.objects.filter(company=company).exists(),
        actor=actor,
    ).pk


def _person(given: Person) -> int:
    user = User.objects.create(
        username=given.username,
        first_name=given.first_name,
        last_name=given.last_name,
        email=given.email,
        password=given.password,
        is_staff=True,
    )
    user.groups.add(Group.objects.get(name=given.role))
    return user.pk
