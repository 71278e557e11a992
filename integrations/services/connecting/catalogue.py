"""Which of our SKUs the channel sells: its catalogue read into the draft, proposals for each, many taken at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.utils.translation import gettext as _

from backoffice.core import audit
from backoffice.core.actor import Actor
from backoffice.core.audit import Change
from backoffice.core.errors import InvalidInput
from integrations.connectors.base import FoundListing
from integrations.connectors.registry import kind_of, opened
from integrations.models import CodeMapping, Connection, Listing
from integrations.services.catalogue import known_skus
from integrations.services.codes import SKU
from integrations.services.connecting.drafts import locked_draft, note, refuse_live
from integrations.services.connections import TYPE, list_skus
from integrations.services.mapping import Suggestion, suggestions_for
from inventory.models import Sku

MOST = 2000  # of a catalogue, while it is set up; the rest is matched once it is live


@dataclass(frozen=True, slots=True)
class Proposal:
    """What the channel sells. state: listed, matched (ours for certain) or open. sku: ours, by code.

    suggestions: for an open one, likeliest first.
    """

    external_id: str
    external_sku: str
    title: str
    state: str
    sku_id: int | None
    sku: str
    suggestions: tuple[Suggestion, ...] = ()


def read_catalogue(*, connection_id: int) -> int:
    """Read what the channel sells into the draft; how many. Not inside a transaction.

    Raises what the channel raises, and InvalidInput where it has no catalogue; the draft stays as it was.
    """
    connection = Connection.objects.select_related("channel").get(pk=connection_id)
    refuse_live(connection)
    if not kind_of(connection.connector).capabilities.catalogue:
        raise InvalidInput(_("This channel's catalogue cannot be read."))
    rows: list[dict[str, str]] = []
    more = False
    with opened(connection) as connector:
        for page in connector.list_listings():
            rows += [_kept(row) for row in page]
            if len(rows) >= MOST:
                rows, more = rows[:MOST], True
                break
    note(connection_id, lambda setup: {**setup, "catalogue": {"rows": rows, "more": more}})
    return len(rows)


def _kept(row: FoundListing) -> dict[str, str]:
    return {"id": row.external_id, "sku": row.external_sku, "title": row.title, "barcode": row.barcode}


def proposals(connection: Connection) -> list[Proposal]:
    """For each thing that the channel sells, open ones first. Statements: 7 at most."""
    rows = [
        FoundListing(row["id"], row["sku"], row["title"], row["barcode"])
        for row in connection.setup.get("catalogue", {}).get("rows", ())
    ]
    ours, _listed = known_skus(connection, rows)
    listed = dict(Listing.objects.filter(connection=connection, is_active=True).values_list("external_id", "sku__code"))
    codes = dict(Sku.objects.filter(pk__in=set(ours.values())).values_list("pk", "code"))
    open_rows = [row for row in rows if row.external_id not in listed and row.external_id not in ours]
    found = suggestions_for([(connection.company_id, row.external_sku or row.title, row.title) for row in open_rows])
    alike = {row.external_id: suggestions for row, suggestions in zip(open_rows, found, strict=True)}
    result = []
    for row in rows:
        id, sku_id = row.external_id, ours.get(row.external_id)
        state = "listed" if id in listed else "matched" if sku_id else "open"
        code = listed.get(id) or codes.get(sku_id or 0, "")
        result.append(Proposal(id, row.external_sku, row.title, state, sku_id, code, alike.get(id, ())))
    return sorted(result, key=lambda row: ("open", "matched", "listed").index(row.state))


@transaction.atomic
def accept_listings(*, connection_id: int, chosen: Mapping[str, int], actor: Actor) -> int:
    """Say which of our SKUs the channel's things are: {its id: our SKU}; how many are new.

    Those known under another code than ours are mapped too, so that orders find them. Raises InvalidInput for a thing
    that the catalogue does not have, or a SKU of another company; nothing is written then. Statements: 6.
    """
    row = locked_draft(connection_id)
    there = {entry["id"]: entry for entry in row.setup.get("catalogue", {}).get("rows", ())}
    if unknown := sorted(set(chosen) - set(there)):
        raise InvalidInput(_("The channel's catalogue has no %(id)s.") % {"id": unknown[0][:40]}, field="listings")
    codes = dict(Sku.objects.filter(company_id=row.company_id, pk__in=set(chosen.values())).values_list("pk", "code"))
    if set(chosen.values()) - set(codes):
        raise InvalidInput(_("There is no such SKU in this company."), field="sku")
    made = list_skus(
        connection_id=connection_id,
        listings={id: (sku_id, there[id]["sku"] or id) for id, sku_id in chosen.items()},
    )
    Listing.objects.filter(connection=row, external_id__in=chosen, is_active=False).update(is_active=True)
    _map([(there[id]["sku"], sku_id) for id, sku_id in chosen.items()], codes, row)
    audit.record([Change(TYPE, row.pk, "listings", new=str(made), company_id=row.company_id)], actor=actor)
    return made


def _map(pairs: Sequence[tuple[str, int]], codes: Mapping[int, str], row: Connection) -> None:
    CodeMapping.objects.bulk_create(
        [
            CodeMapping(
                company_id=row.company_id, channel_id=row.channel_id, pattern=code, meaning=SKU, sku_id=sku_id
            )
            for code, sku_id in dict(pairs).items()
            if code and len(code) <= 120 and not code.endswith("*") and code.upper() != codes[sku_id].upper()
        ],
        ignore_conflicts=True,
    )  # fmt: skip


def counted(rows: Sequence[Proposal]) -> dict[str, Any]:
    return {state: sum(row.state == state for row in rows) for state in ("open", "matched", "listed")}
