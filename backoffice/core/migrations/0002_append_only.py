"""The audit trail, the outbox and the inbox's headers are never changed."""

from django.db import migrations

from backoffice.core.triggers import AppendOnly


class Migration(migrations.Migration):
    dependencies = [("core", "0001_initial")]

    operations = [
        AppendOnly("core_auditevent"),
        AppendOnly("core_outboxevent"),
        AppendOnly("core_inboxmessage"),
    ]
