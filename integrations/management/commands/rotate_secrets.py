"""Seals the secrets of every connection, webhook endpoint and authenticator app anew with the newest key."""

from typing import Any

from django.core.management.base import BaseCommand
from django.db import transaction

from backoffice.core.signing_in.factors import reseal_factors
from integrations.connectors.registry import secrets_owner
from integrations.models import AccessToken, Connection, WebhookEndpoint
from integrations.secrets import seal, unseal
from integrations.services.webhooks.endpoints import secrets_owner_of


class Command(BaseCommand):
    help = "After a new key was put first in BACKOFFICE_SECRETS_KEY: seal all secrets with it; older keys may then go."

    @transaction.atomic
    def handle(self, **options: Any) -> None:
        rows = Connection.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
        for row in rows:
            owner = secrets_owner(row)
            row.secrets = seal(unseal(row.secrets, owner=owner), owner=owner)
            row.webhook_secret = seal(unseal(row.webhook_secret, owner=owner), owner=owner)
            row.save(update_fields=["secrets", "webhook_secret"])
        endpoints = WebhookEndpoint.objects.select_for_update(of=("self",), no_key=True).order_by("pk")
        for endpoint in endpoints:
            owner = secrets_owner_of(endpoint)
            endpoint.secrets = seal(unseal(endpoint.secrets, owner=owner), owner=owner)
            endpoint.save(update_fields=["secrets"])
        AccessToken.objects.update(sealed=None, expires_at=None)  # made anew from the secrets when next needed
        apps = reseal_factors()
        self.stdout.write(f"{len(rows)} connections, {len(endpoints)} webhook endpoints, {apps} apps sealed anew")
