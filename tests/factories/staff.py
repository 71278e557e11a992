"""Builders for people at their screens."""

from django.contrib.auth.models import Group
from django.contrib.messages import get_messages
from django.test import Client

from backoffice.core.models import User
from backoffice.core.staff import sync_roles

PASSWORD = "correct horse battery"


def make_staff(role: str) -> User:
    """A member of the staff in one role, named like it."""
    if not Group.objects.filter(name=role, permissions__isnull=False).exists():
        sync_roles()
    user = User.objects.create_user(role, password=PASSWORD, is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def sign_in(role: str) -> Client:
    """A browser in which this role is signed in; the person is made at the first time."""
    user = User.objects.filter(username=role).first() or make_staff(role)
    client = Client(raise_request_exception=True)
    client.force_login(user)
    return client


def said(response: object) -> list[str]:
    """What the answer to the last press says; earlier messages wait until a page shows them."""
    return [str(message) for message in get_messages(response.wsgi_request)][-1:]  # type: ignore[attr-defined]
