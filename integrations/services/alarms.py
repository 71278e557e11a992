"""Alarms: raised once and open until they are over; told by webhook through the outbox, and by mail."""

from django.conf import settings
from django.core.mail import EmailMessage, get_connection
from django.db import connection as database
from django.utils.translation import gettext as _

from backoffice.core.db import insert_rows
from backoffice.core.outbox import Event, publish

MAIL_AT_MOST = 50


def raise_alarm(*, kind: str, object_type: str, object_id: int, company_id: int | None, text: str) -> bool:
    """Tell that something needs a person; False where that is told already. In the caller's transaction, as its last.

    Statements: 1, and the outbox's.
    """
    made = insert_rows(
        "integrations_alarm",
        {"kind": "text", "object_type": "text", "object_id": "bigint", "company_id": "bigint", "text": "text"},
        [(kind, object_type, object_id, company_id, text[:500])],
        suffix="ON CONFLICT (kind, object_type, object_id) WHERE cleared_at IS NULL DO NOTHING RETURNING id",
    )
    for (alarm_id,) in made:
        payload = {"alarm_id": alarm_id, "kind": kind, "object_type": object_type, "object_id": object_id, "text": text}
        publish([Event("AlarmRaised", f"alarm:{alarm_id}", payload, company_id)])
    return bool(made)


def clear_alarm(*, kind: str, object_type: str, object_id: int) -> bool:
    """It is over; False where there was none. Statements: 1, and the outbox's."""
    with database.cursor() as cursor:
        cursor.execute(
            "UPDATE integrations_alarm SET cleared_at = clock_timestamp()"
            " WHERE kind = %s AND object_type = %s AND object_id = %s AND cleared_at IS NULL RETURNING id, company_id",
            [kind, object_type, object_id],
        )
        cleared = cursor.fetchall()
    for alarm_id, company_id in cleared:
        payload = {"alarm_id": alarm_id, "kind": kind, "object_type": object_type, "object_id": object_id}
        publish([Event("AlarmCleared", f"alarm:{alarm_id}", payload, company_id)])
    return bool(cleared)


def mail_alarms() -> int:
    """Write to the people of BACKOFFICE_ALARM_MAILS about new alarms, one mail for all; how many alarms.

    Not inside a transaction. The alarms are marked before the mail server takes them, so nobody is written to twice.
    """
    if not settings.ALARM_MAILS or not settings.MAIL_READY:
        return 0
    server = get_connection()
    server.open()  # before anything is marked: a mail server that is away takes none of them
    try:
        with database.cursor() as cursor:
            cursor.execute(
                "UPDATE integrations_alarm SET mailed_at = clock_timestamp() WHERE id IN (SELECT id"
                " FROM integrations_alarm WHERE mailed_at IS NULL ORDER BY id LIMIT %s FOR NO KEY UPDATE SKIP LOCKED)"
                " RETURNING raised_at, text",
                [MAIL_AT_MOST],
            )
            alarms = sorted(cursor.fetchall())
        if alarms:
            lines = [f"{at:%Y-%m-%d %H:%M} UTC  {text}" for at, text in alarms]
            subject = _("Backoffice: %(count)s alarms") % {"count": len(alarms)}
            message = EmailMessage(subject, "\n".join(lines), settings.DEFAULT_FROM_EMAIL, settings.ALARM_MAILS)
            server.send_messages([message])
        return len(alarms)
    finally:
        server.close()
