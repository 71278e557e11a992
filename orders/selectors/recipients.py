"""Whom a document is for: address, language, and the words for them."""

from collections.abc import Iterable

from django.conf import settings

from accounting.models import Address, Party, PersonalData
from orders.models import Channel, Contact
from orders.papers import CountryCode

LANGUAGES = tuple(code for code, _name in settings.LANGUAGES)


def language_of(contact: Contact | None, channel: Channel | None, company_language: str) -> str:
    """The customer's language: theirs, else the channel's, else the company's, else English."""
    asked = (contact.language if contact else "", channel.language if channel else "", company_language)
    return next((language for language in asked if language in LANGUAGES), "en")


def address_lines(address: Address | None, *, name: str = "") -> list[str]:
    """A postal address as lines, an organisation above the person. name: where the address has none."""
    if address is None:
        return [name] if name else []
    who = [address.organisation, address.name] if address.organisation or address.name else [name]
    place = " ".join(filter(None, [address.postcode, address.city]))
    return _filled([*who, address.line1, address.line2, place, address.region, CountryCode(address.country)])


def name_of(person: PersonalData | None, party: Party | None = None) -> str:
    """A buyer's name; never their mail address or our id of them."""
    if party is not None and not party.is_channel and party.name:
        return party.name
    return person.name if person else ""


def _filled(lines: Iterable[str]) -> list[str]:
    return [line for line in lines if line]
