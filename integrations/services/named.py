"""Where else a buyer is named when they are erased: in what staff and rules wrote.

Taken out of texts about the buyer's own orders, of tasks and of rows set aside. What somebody has to decide about, such as
a rule that asks for their e-mail, or what may never change, is listed for whoever erases.
"""

import re
from collections.abc import Collection, Iterable
from typing import Any
from urllib.parse import unquote_plus

from django.db import connection as database
from django.utils.translation import gettext as _

from backoffice.core.api.idempotency import kept_answer
from backoffice.core.models import IdempotencyRecord, SavedView
from backoffice.core.roles import ERASE, role
from orders.models import Contact

GONE = "…"
SHORTEST = 6  # of what is looked for in texts: "Li" stands in many
# Table, the texts, the JSON, and which of its rows.
_TEXTS = (
    ("orders_hold", ("reason", "release_reason"), (), "order_id = ANY(%(orders)s)"),
    ("orders_cancelrequest", ("reason", "answer"), (), "order_id = ANY(%(orders)s)"),
    ("orders_returnorder", ("reason",), (), "order_id = ANY(%(orders)s)"),
    ("orders_documentmail", ("error",), ("error_context",), "order_id = ANY(%(orders)s)"),
    ("orders_rulefiring", (), ("actions", "results"), "order_id = ANY(%(orders)s)"),
    ("core_stafftask", ("title", "note", "outcome"), (), "true"),
    ("core_bulkjob", ("selection",), (), "true"),
    ("integrations_quarantinedrow", ("reason",), ("raw",), "channel_id = %(channel)s"),
)  # fmt: skip
# What is told to whoever erases: what it is, which one, and where.
_LISTED = """
SELECT 'rule', name FROM orders_automationrule
WHERE concat(name, conditions, actions) ~* %(pattern)s
UNION ALL SELECT 'revision', '#' || order_id FROM orders_orderrevision
WHERE order_id = ANY(%(orders)s) AND concat(reason, changes) ~* %(pattern)s
UNION ALL SELECT 'goods', '#' || l.return_order_id FROM orders_returnedgoods g
JOIN orders_returnline l ON l.id = g.return_line_id JOIN orders_returnorder r ON r.id = l.return_order_id
WHERE r.order_id = ANY(%(orders)s) AND g.note ~* %(pattern)s
UNION ALL SELECT 'trail', '#' || id FROM core_auditevent
WHERE (object_type = 'orders.order' AND object_id = ANY(%(orders)s) OR object_type = 'orders.contact' AND object_id = %(contact)s)
  AND concat(old_value, new_value, reason) ~* %(pattern)s
ORDER BY 1, 2"""
_MOST_LISTED = 50


def words_of(contact: Contact, lines: Iterable[str]) -> list[str]:
    """What names the buyer so that it can be found in a text: e-mail, phone, the whole name, an address's first line."""
    person = contact.person
    given = (person.email, person.phone, person.name, *lines)
    return sorted({text.strip() for text in given if len(text.strip()) >= SHORTEST})


def pattern_of(words: Collection[str]) -> str:
    """A regular expression of PostgreSQL and Python alike; it finds nothing where there are no words."""
    inner = "|".join(re.escape(word) for word in words)
    return rf"(?<![[:alnum:]])({inner})(?![[:alnum:]])" if words else "(?!)"


def without(text: str, words: Collection[str]) -> str:
    """The text without them."""
    for word in words:
        text = re.sub(rf"(?<!\w){re.escape(word)}(?!\w)", GONE, text, flags=re.IGNORECASE)
    return text


def take_out(words: Collection[str], *, orders: list[int], channel_id: int) -> None:
    """Blank what rules saw of these orders, and take the words out of texts. Statements: 9 beside those of the role."""
    asked: dict[str, Any] = {"orders": orders, "channel": channel_id, "pattern": pattern_of(words)}
    with role(database, ERASE), database.cursor() as cursor:
        forget_seen(cursor, orders)
        for table, texts, documents, which in _TEXTS if words else ():
            cursor.execute(_update(table, texts, documents, which), asked)


def forget_seen(cursor: Any, orders: list[int]) -> None:
    """Cities and postcodes that rules looked at stand with what they did. As the role that blanks."""
    cursor.execute("UPDATE orders_rulefiring SET looked = '{}' WHERE order_id = ANY(%s) AND looked <> '{}'", [orders])


def _update(table: str, texts: Iterable[str], documents: Iterable[str], which: str) -> str:
    cut = "regexp_replace({}, %(pattern)s, '" + GONE + "', 'gi')"
    changed = [f"{name} = {cut.format(name)}" for name in texts]
    changed += [f"{name} = {cut.format(f'{name}::text')}::jsonb" for name in documents]
    anywhere = " OR ".join(f"{name}::text ~* %(pattern)s" for name in (*texts, *documents))
    return f"UPDATE {table} SET {', '.join(changed)} WHERE {which} AND ({anywhere})"


def still_named(words: Collection[str], *, contact_id: int, orders: list[int]) -> list[str]:
    """Where the buyer is named still, in words: rules, kept lists, and what is never changed. Statements: 2."""
    if not words:
        return []
    titles = {
        "rule": _("Rule"), "revision": _("Change of order"), "goods": _("Note on a return"), "trail": _("Audit trail"),
        "view": _("Kept list"),
    }  # fmt: skip
    with database.cursor() as cursor:
        cursor.execute(_LISTED, {"orders": orders, "contact": contact_id, "pattern": pattern_of(words)})
        found = [f"{titles[kind]} {name}" for kind, name in cursor.fetchall()]
    lower = [word.lower() for word in words]
    for view in SavedView.objects.order_by("pk"):
        text = f"{view.name} {unquote_plus(view.query)}".lower()
        if any(word in text for word in lower):
            found.append(f"{titles['view']} {view.name}")
    return found[:_MOST_LISTED]


def answers_naming(words: Collection[str]) -> list[int]:
    """Answers kept for programs (30 days) that hold one of the words. They are sealed: each is opened. Statements: 1."""
    if not words:
        return []
    sought = [word.encode() for word in words]
    rows = IdempotencyRecord.objects.only("pk", "key", "response").order_by("pk")
    return [row.pk for row in rows.iterator(chunk_size=500) if any(word in kept_answer(row) for word in sought)]
