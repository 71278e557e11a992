"""The statement of account as the customer gets it: as PDF, by mail, and for all who have moved or owe."""

import uuid

from django.contrib import admin, messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.admin.dunning import pdf_response
from accounting.admin.reports import chosen_company
from accounting.bulk import days_of
from accounting.errors import NotFound
from accounting.letters import statement_letter, statement_question
from accounting.models import Company, Party, PartyMailKind
from accounting.selectors.accounts import parties_with_account
from accounting.services.party_mails import ask_for_mail
from accounting.statements.spans import year_start
from backoffice.core import bulk
from backoffice.core.actor import Actor
from backoffice.core.admin.bulk import job_url
from backoffice.core.admin.pages import render_page, require
from backoffice.core.errors import DomainError

LANGUAGES = (("", _("Theirs")), ("en", "English"), ("ka", "ქართული"), ("ru", "Русский"))


def statement_letters_view(request: HttpRequest) -> HttpResponse:
    """?as=pdf gives one party's letter; POST mails it, or starts the job for all of the period."""
    require(request, "accounting.view_openitem")
    company, _errors = chosen_company(request)
    given = request.POST if request.method == "POST" else request.GET
    today = timezone.localdate()
    facts = {"start": year_start(today).isoformat(), "end": today.isoformat(), "control": "receivable"}
    facts |= {name: given[name][:20] for name in facts if given.get(name)}
    refusal = ""
    if company is not None:
        try:
            done = _done(request, company, facts)
            if done is not None:
                return done
        except DomainError as refused:
            refusal = refused.detail
    response = render_page(
        request,
        admin.site,
        "accounting/statement_letters.html",
        title=_("Send statements of account"),
        company=company,
        facts=facts,
        party=given.get("party", "")[:60],
        languages=LANGUAGES,
        refusal=refusal,
        count=parties_with_account(company.pk, facts).count() if company and not refusal else 0,
        may=request.user.has_perm("accounting.add_partymail"),
    )
    response.status_code = 409 if refusal else 200
    return response


def _done(request: HttpRequest, company: Company, facts: dict[str, str]) -> HttpResponse | None:
    days = days_of(facts)
    if request.method == "POST":
        require(request, "accounting.add_partymail")
        actor = Actor.of_request(request)
        if request.POST.get("do") in ("mail_all", "print_all"):
            name = "mail_statements" if request.POST["do"] == "mail_all" else "print_statements"
            params = days | ({"again": uuid.uuid4().hex[:8]} if name == "mail_statements" else {})
            with transaction.atomic():
                job = bulk.start_job(
                    f"accounting.{name}", rows=parties_with_account(company.pk, days), params=params, actor=actor
                )
            return HttpResponseRedirect(job_url(job.pk))
        party = _party(company, request.POST.get("party", ""))
        language = _language(request.POST.get("language", ""))
        with transaction.atomic():
            key = f"statement:{party.pk}:{request.POST.get('key', '')[:40] or uuid.uuid4().hex}"
            ask_for_mail(party, PartyMailKind.STATEMENT, days | {"language": language}, key, actor)
        messages.success(request, gettext("The statement is on its way to %(party)s.") % {"party": party})
        return HttpResponseRedirect(request.get_full_path())
    if request.GET.get("as") == "pdf":
        party = _party(company, request.GET.get("party", ""))
        letter = statement_letter(statement_question(party, days), _language(request.GET.get("language", "")))
        return pdf_response([letter], letter.number)
    return None


def _language(value: str) -> str:
    return value if value in dict(LANGUAGES) else ""


def _party(company: Company, code: str) -> Party:
    rows = Party.objects.select_related("company", "person", "address")
    party = rows.filter(company=company, code=code.replace("\x00", "")[:60]).first()
    if party is None:
        raise NotFound(gettext("There is no party “%(code)s”.") % {"code": code[:60]}, party=code[:60])
    return party
