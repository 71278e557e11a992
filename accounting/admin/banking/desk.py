"""The bank desk: one line after the other is matched, by keyboard too; statements come in, balances are agreed."""

from typing import Any
from urllib.parse import urlencode

from django.contrib import admin, messages
from django.db import transaction
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed, HttpResponseRedirect
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounting.admin.banking.shares import posted_match
from accounting.models import (
    Account,
    BankAccount,
    BankCsvProfile,
    BankLine,
    BankReconciliation,
    BankStatement,
    Control,
)
from accounting.selectors.banking import (
    active_matches,
    bank_status,
    open_documents,
    open_lines,
    standing_reconciliations,
    suggestions_for,
)
from accounting.services.banking import (
    accept_suggestion,
    import_statements,
    match_certain,
    match_lines,
    reconcile,
    reopen_reconciliation,
    unmatch_line,
)
from backoffice.core.actor import Actor
from backoffice.core.admin.pages import posted_reason, render_page, require, run_action
from backoffice.core.errors import DomainError, InvalidInput

SHOWN = 60
FOUND = 25
LAST_MATCHED = 8


def first_desk(request: HttpRequest) -> HttpResponse:
    """The desk of the first account; where there is none, the list that makes one."""
    require(request, "accounting.view_bankaccount")
    account = BankAccount.objects.filter(is_active=True).order_by("pk").first()
    if account is None:
        return HttpResponseRedirect(reverse("admin:accounting_bankaccount_changelist"))
    return HttpResponseRedirect(reverse("admin:accounting_bank_desk", args=[account.pk]))


def desk_view(request: HttpRequest, pk: int) -> HttpResponse:
    require(request, "accounting.view_bankaccount")
    account = get_object_or_404(BankAccount.objects.select_related("account", "company"), pk=pk)
    done = request.GET.get("show") == "matched"
    lines = list(_listed(account, done)[:SHOWN])
    line = _chosen(request, account, lines)
    place = next((at for at, one in enumerate(lines) if line and one.pk == line.pk), None)
    proposals = suggestions_for([line], account).get(line.pk, []) if line and not line.is_matched else []
    search = request.GET.get("q", "").strip()[:60]
    status = bank_status(account)
    return render_page(
        request,
        admin.site,
        "accounting/bank_desk.html",
        title=_("Bank"),
        account=account,
        accounts=BankAccount.objects.filter(is_active=True).order_by("name"),
        status=status,
        difference=status.book - status.bank if status.bank is not None else None,
        lines=lines,
        done=done,
        line=line,
        before=lines[place - 1] if place else None,
        after=lines[place + 1] if place is not None and place + 1 < len(lines) else None,
        proposals=list(enumerate(proposals, start=1)),
        matches=active_matches([line.pk]) if line and line.matched else [],
        search=search,
        documents=_documents(account, line, search),
        parts=line.parts[:50] if line else [],
        charts=_charts(account),
        own_accounts=BankAccount.objects.filter(company=account.company, is_active=True).exclude(pk=account.pk),
        profiles=BankCsvProfile.objects.filter(company=account.company).order_by("name"),
        reconciliation=standing_reconciliations(account.pk).first(),
        to_agree=_to_agree(account),
    )


def _listed(account: BankAccount, done: bool) -> Any:
    if not done:
        return open_lines(account.pk)
    return BankLine.objects.filter(bank_account=account).exclude(matched=0).order_by("-date", "-pk")


def _chosen(request: HttpRequest, account: BankAccount, lines: list[BankLine]) -> BankLine | None:
    asked = request.GET.get("line", "")
    if asked.isdecimal():
        return (
            next((line for line in lines if line.pk == int(asked)), None)
            or BankLine.objects.filter(bank_account=account, pk=int(asked)).first()
        )
    return lines[0] if lines else None


def _documents(account: BankAccount, line: BankLine | None, search: str) -> list[Any]:
    if line is None or line.is_matched or not search:
        return []
    return open_documents(account.company_id, search=search, limit=FOUND)


def _charts(account: BankAccount) -> Any:
    rows = Account.objects.filter(company=account.company, is_postable=True, is_active=True, control=Control.NONE)
    return rows.filter(Q(currency=None) | Q(currency=account.currency_id)).exclude(pk=account.account_id)


def _to_agree(account: BankAccount) -> BankStatement | None:
    """The oldest statement with a closing balance that is not agreed yet."""
    last = standing_reconciliations(account.pk).first()
    rows = BankStatement.objects.filter(bank_account=account, closing__isnull=False)
    if last is not None:
        rows = rows.filter(closing_date__gt=last.date)
    return rows.order_by("closing_date", "-pk").first()


def _back(pk: int, **query: Any) -> str:
    url = reverse("admin:accounting_bank_desk", args=[pk])
    given = {key: value for key, value in query.items() if value}
    return f"{url}?{urlencode(given)}" if given else url


def _next_line(account: BankAccount, line_id: int) -> int | None:
    """Where the work goes on: the open line after this one, else the first."""
    line = BankLine.objects.filter(pk=line_id, bank_account=account).first()
    rows = open_lines(account.pk)
    if line is not None:
        later = rows.filter(Q(date__gt=line.date) | Q(date=line.date, pk__gt=line.pk)).exclude(pk=line.pk)
        if (found := later.first()) is not None:
            return found.pk
    first = rows.exclude(pk=line_id).first()
    return first.pk if first else None


def upload_view(request: HttpRequest, pk: int) -> HttpResponse:
    """Take a file in, then match what is certain; two transactions, so that no match can keep a statement out."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    require(request, "accounting.import_bankstatement")
    account, actor = get_object_or_404(BankAccount, pk=pk), Actor.of_request(request)
    file = request.FILES.get("file")
    profile = request.POST.get("profile", "")
    try:
        if file is None:
            raise InvalidInput(gettext("Choose a file."), errors=[{"field": "file"}])
        taken = import_statements(
            file.read(),
            company_id=account.company_id,
            actor=actor,
            bank_account_id=account.pk,
            file_name=file.name or "",
            profile_id=int(profile) if profile.isdecimal() else None,
        )
        messages.success(
            request,
            gettext("%(new)s new lines, %(known)s were known.")
            % {"new": sum(one.new_lines for one in taken), "known": sum(one.known_lines for one in taken)},
        )
        if request.user.has_perm("accounting.match_bankline") and any(one.new_lines for one in taken):
            with transaction.atomic():
                count = match_certain(account.pk, company_id=account.company_id, actor=actor)
            if count:
                messages.success(request, gettext("%(count)s lines matched by themselves.") % {"count": count})
    except DomainError as refusal:
        messages.error(request, refusal.detail)
    return HttpResponseRedirect(_back(pk))


def certain_view(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(BankAccount, pk=pk)

    def act(actor: Actor) -> str:
        count = match_certain(account.pk, company_id=account.company_id, actor=actor)
        return gettext("%(count)s lines matched by themselves.") % {"count": count}

    return run_action(request, act, back=_back(pk), permission="accounting.match_bankline")


def accept_view(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    require(request, "accounting.match_bankline")
    account = get_object_or_404(BankAccount, pk=pk)
    onwards = _next_line(account, line)

    def act(actor: Actor) -> str:
        accept_suggestion(line, request.POST.get("key", "")[:4000], company_id=account.company_id, actor=actor)
        return gettext("The line is matched.")

    return _and_on(request, act, account, line, onwards)


def match_view(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    require(request, "accounting.match_bankline")
    account = get_object_or_404(BankAccount, pk=pk)
    onwards = _next_line(account, line)

    def act(actor: Actor) -> str:
        wanted = posted_match(request, get_object_or_404(BankLine, pk=line, bank_account=account))
        [done] = match_lines([wanted], company_id=account.company_id, actor=actor)
        if done.open:
            return gettext("Matched; %(open)s of the line are still open.") % {"open": f"{abs(done.open):f}"}
        return gettext("The line is matched.")

    return _and_on(request, act, account, line, onwards)


def unmatch_view(request: HttpRequest, pk: int, line: int) -> HttpResponse:
    account = get_object_or_404(BankAccount, pk=pk)

    def act(actor: Actor) -> str:
        unmatch_line(line, company_id=account.company_id, actor=actor, reason=posted_reason(request))
        return gettext("The match is taken back; what it posted is reversed.")

    return run_action(request, act, back=_back(pk, line=line), permission="accounting.match_bankline")


def _and_on(request: HttpRequest, act: Any, account: BankAccount, line: int, onwards: int | None) -> HttpResponse:
    """Go on with the next line, but stay at one that was refused or is open in part."""
    run_action(request, act, back="", permission="accounting.match_bankline")
    row = BankLine.objects.filter(pk=line).first()
    stay = row is not None and not row.is_matched
    return HttpResponseRedirect(_back(account.pk, line=line if stay else onwards))


def reconcile_view(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(BankAccount, pk=pk)

    def act(actor: Actor) -> str:
        statement = get_object_or_404(BankStatement, pk=request.POST.get("statement") or 0, bank_account=account)
        made = reconcile(
            statement.pk,
            company_id=account.company_id,
            actor=actor,
            accept_outstanding=bool(request.POST.get("accept_outstanding")),
        )
        return gettext("Reconciled up to %(day)s.") % {"day": made.date}

    return run_action(request, act, back=_back(pk), permission="accounting.reconcile_bankaccount")


def reopen_view(request: HttpRequest, pk: int) -> HttpResponse:
    account = get_object_or_404(BankAccount, pk=pk)

    def act(actor: Actor) -> str:
        found = get_object_or_404(BankReconciliation, pk=request.POST.get("reconciliation") or 0, bank_account=account)
        reopen_reconciliation(found.pk, company_id=account.company_id, actor=actor, reason=posted_reason(request))
        return gettext("Reopened.")

    return run_action(request, act, back=_back(pk), permission="accounting.reconcile_bankaccount")
