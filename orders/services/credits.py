"""Credits that a channel gave without naming the order: refunded at once, goods back on the shelf."""

from collections.abc import Mapping, Sequence
from decimal import Decimal

from django.db import connection, transaction
from django.utils.translation import gettext as _

from accounting.models import AccountRole
from accounting.services import issue_invoices
from backoffice.core.actor import Actor
from backoffice.core.audit import Change, record
from inventory.selectors import category_codes
from orders.inputs import ContactInput, CreditInput, CreditResult
from orders.intake import credit_fingerprint, credit_refusal, product
from orders.models import ReturnStatus
from orders.selectors.setting import Setting, known_skus, setting_of
from orders.services.contacts import ensure_contacts
from orders.services.credit_goods import CreditDraft, insert_lines, match_goods, restock
from orders.services.crediting import Refund, RefundLine, credit_requests, remember_notes

ZERO = Decimal(0)
ROLES = frozenset(AccountRole.values)


@transaction.atomic(savepoint=False)
def import_credits(
    credits: Sequence[CreditInput], *, channel_id: int, actor: Actor, restock_location_id: int | None = None
) -> list[CreditResult]:
    """Take credits of one channel: a resolved return and a credit note each; restocked goods are sellable again.

    Idempotent by (channel, external id), as place_orders is. A line of goods is matched to what this contact
    bought last, before the credit, of that SKU, if one order line still has all of it to return; the goods
    then come back at the cost at which they left, else at today's. restock_location_id None: where the SKU
    lies now, or the first bin of the channel's warehouse. The last call of its transaction.

    Raises InvalidInput for an unknown channel, ChannelInactive, and what post_moves and issue_invoices raise;
    nothing is written then. Statements: at most 14, inventory's and accounting's, whatever the number.
    """
    setting = setting_of(channel_id, currencies={credit.currency for credit in credits})
    known = _known(channel_id, [credit.external_id for credit in credits])
    results: dict[int, CreditResult] = {}
    drafts = _drafts(credits, setting, known, results)
    if drafts:
        _refuse_unknown_skus(drafts, setting, results)
        _name_contacts(drafts, setting)
        drafts = _insert(drafts, setting, results)
    if drafts:
        match_goods(drafts, setting.company_id)
        insert_lines(drafts)
        record([_change(draft, setting) for draft in drafts], actor=actor)
        restock(drafts, setting, restock_location_id, actor)
        _issue(drafts, setting, actor)
    for draft in drafts:
        matched = sum(match is not None for match in draft.matches)
        results[draft.place] = CreditResult(draft.return_id, "placed", matched_lines=matched)
        results.update(dict.fromkeys(draft.same, CreditResult(draft.return_id, "already")))
    return [results[place] for place in range(len(credits))]


def _known(channel_id: int, external_ids: Sequence[str]) -> dict[str, tuple[int, str]]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT external_id, id, content_hash FROM orders_returnorder"
            " WHERE channel_id = %s AND external_id = ANY(%s)",
            [channel_id, list(external_ids)],
        )
        return {external_id: (pk, content) for external_id, pk, content in cursor.fetchall()}


def _drafts(
    credits: Sequence[CreditInput],
    setting: Setting,
    known: Mapping[str, tuple[int, str]],
    results: dict[int, CreditResult],
) -> list[CreditDraft]:
    drafts: dict[str, CreditDraft] = {}
    for place, credit in enumerate(credits):
        refused = credit_refusal(credit, roles=ROLES, exponents=setting.exponents)
        if refused:
            detail = f"{refused.field}: {refused.detail}"
            results[place] = CreditResult(None, "refused", refused.code, refused.field, detail)
            continue
        content_hash = credit_fingerprint(credit)
        if credit.external_id in known:
            results[place] = _again(credit, content_hash, *known[credit.external_id])
        elif credit.external_id not in drafts:
            drafts[credit.external_id] = CreditDraft(place, credit, content_hash)
        elif drafts[credit.external_id].content_hash == content_hash:
            drafts[credit.external_id].same.append(place)
        else:
            results[place] = _again(credit, content_hash, None, "")
    return list(drafts.values())


def _again(credit: CreditInput, content_hash: str, return_id: int | None, known_hash: str) -> CreditResult:
    if known_hash == content_hash:
        return CreditResult(return_id, "already")
    detail = _("Credit %(id)s came before with other content.") % {"id": credit.external_id}
    return CreditResult(return_id, "refused", "external_id_reused", "external_id", detail)


def _refuse_unknown_skus(drafts: list[CreditDraft], setting: Setting, results: dict[int, CreditResult]) -> None:
    """Take out the drafts that name an SKU of nobody's. Statements: 1 where SKUs are named."""
    named = {line.sku_id for draft in drafts for line in draft.credit.lines if line.sku_id is not None}
    if not named:
        return
    present = known_skus(setting.company_id, codes=(), ids=named).ids
    for draft in list(drafts):
        for index, line in enumerate(draft.credit.lines):
            if line.sku_id is not None and line.sku_id not in present:
                where = f"lines[{index}].sku_id"
                refusal = CreditResult(None, "refused", "unknown_sku", where, f"{where}: " + _("there is no such SKU"))
                results.update(dict.fromkeys([draft.place, *draft.same], refusal))
                drafts.remove(draft)
                break


def _name_contacts(drafts: Sequence[CreditDraft], setting: Setting) -> None:
    wanted = {
        draft.credit.contact_external_id: ContactInput(draft.credit.contact_external_id)
        for draft in drafts
        if draft.credit.contact_external_id
    }
    ids = ensure_contacts(wanted, company_id=setting.company_id, channel_id=setting.channel_id)
    for draft in drafts:
        draft.contact_id = ids.get(draft.credit.contact_external_id or "")


_RETURNS = """
WITH given AS MATERIALIZED (
    SELECT * FROM unnest(%s::text[], %s::text[], %s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::int[])
        AS t(external_id, content_hash, contact_id, currency, reason, requested_at, line_count)
), made AS (
    INSERT INTO orders_returnorder (company_id, channel_id, warehouse_id, status, external_id, content_hash, contact_id,
        currency, reason, requested_at)
    SELECT %s, %s, %s::bigint, %s, external_id, content_hash, contact_id, currency, reason, requested_at
    FROM given ORDER BY external_id
    ON CONFLICT (channel_id, external_id) WHERE external_id IS NOT NULL DO NOTHING RETURNING id, external_id
)
SELECT made.external_id, made.id,
    ARRAY(SELECT nextval(pg_get_serial_sequence('orders_returnline', 'id')) FROM generate_series(1, given.line_count))
FROM made JOIN given USING (external_id)
"""


def _insert(drafts: list[CreditDraft], setting: Setting, results: dict[int, CreditResult]) -> list[CreditDraft]:
    """Insert the returns in key order; those that another was quicker to take are answered."""
    if not drafts:
        return []
    rows = [
        (
            draft.credit.external_id,
            draft.content_hash,
            draft.contact_id,
            draft.credit.currency,
            draft.credit.reason[:120],
            draft.credit.issued_at,
            len(draft.credit.lines),
        )
        for draft in drafts
    ]
    with connection.cursor() as cursor:
        cursor.execute(
            _RETURNS,
            [
                *(list(column) for column in zip(*rows, strict=True)),
                setting.company_id,
                setting.channel_id,
                setting.warehouse_id,
                ReturnStatus.RESOLVED.value,
            ],
        )
        made = {external_id: (pk, line_ids) for external_id, pk, line_ids in cursor.fetchall()}
    lost = [draft.credit.external_id for draft in drafts if draft.credit.external_id not in made]
    known = _known(setting.channel_id, lost) if lost else {}
    kept = []
    for draft in drafts:
        if draft.credit.external_id in made:
            draft.return_id, draft.line_ids = made[draft.credit.external_id]
            kept.append(draft)
        else:
            answer = _again(draft.credit, draft.content_hash, *known[draft.credit.external_id])
            results.update(dict.fromkeys([draft.place, *draft.same], answer))
    return kept


def _change(draft: CreditDraft, setting: Setting) -> Change:
    return Change(
        "orders.returnorder",
        draft.return_id,
        "credited",
        field="status",
        new=ReturnStatus.RESOLVED,
        reason=draft.credit.reason,
        company_id=setting.company_id,
    )


def _issue(drafts: Sequence[CreditDraft], setting: Setting, actor: Actor) -> None:
    """The credit notes, last. Statements: 3 and issue_invoices'."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT party_id FROM orders_channel WHERE id = %s", [setting.channel_id])
        (channel_party,) = cursor.fetchone()
        cursor.execute(
            "SELECT id, party_id, person_id FROM orders_contact WHERE id = ANY(%s)",
            [sorted({draft.contact_id for draft in drafts if draft.contact_id})],
        )
        buyers = {pk: (party_id or channel_party, person_id) for pk, party_id, person_id in cursor.fetchall()}
    categories = category_codes({line.sku_id for draft in drafts for line in draft.credit.lines if line.sku_id})
    refunds = {
        draft.return_id: Refund(
            draft.return_id,
            *buyers.get(draft.contact_id or 0, (channel_party, None)),
            address_id=None,
            currency=draft.credit.currency,
            channel_code=setting.code,
            invoice_id=None,
            lines=[
                RefundLine(
                    line_id,
                    line.code,
                    line.description,
                    line.quantity,
                    line.unit_price,
                    product(line.quantity, line.unit_price),
                    line.tax,
                    setting.tax_code_id,
                    line.account_role,
                    line.sku_id is not None,
                    category=categories.get(line.sku_id or 0),
                )
                for line_id, line in zip(draft.line_ids, draft.credit.lines, strict=True)
            ],
        )
        for draft in drafts
    }
    dates = {draft.return_id: draft.credit.issued_at for draft in drafts}
    requests = credit_requests(refunds, effective_at=dates)
    issued = issue_invoices(list(requests.values()), company_id=setting.company_id, actor=actor)
    remember_notes({pk: note.invoice_id for pk, note in zip(requests, issued, strict=True)})
