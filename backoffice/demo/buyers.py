"""Made-up buyers."""

import random

from orders.inputs import AddressInput, ContactInput

FIRST = ["Anna", "Jonas", "Elena", "Lukas", "Maria", "Nino", "Giorgi", "Ingrid", "Pekka", "Sofia", "Jan", "Ewa", "Liis"]
LAST = [
    "Andersson",
    "Kowalska",
    "Tamm",
    "Bērziņš",
    "Virtanen",
    "Müller",
    "Beridze",
    "Novák",
    "Jensen",
    "Rossi",
    "Ozols",
]
CITIES = [
    ("Vilnius", "LT-01100", "LT"),
    ("Rīga", "LV-1010", "LV"),
    ("Tallinn", "10111", "EE"),
    ("Helsinki", "00100", "FI"),
    ("Gdańsk", "80-001", "PL"),
    ("Stockholm", "111 20", "SE"),
]
SHOPS = ["Kodu & Co", "Hem Studio", "Casa Blu", "Nord Living", "Concept Store 9"]


def buyer(dice: random.Random, *, wholesale: bool) -> tuple[ContactInput, AddressInput]:
    """A contact, often the same again, and where the parcel goes."""
    if wholesale:
        number = dice.randrange(len(SHOPS))
        name, key = SHOPS[number], f"shop-{number}"
    else:
        number = dice.randrange(400)
        name = f"{FIRST[number % len(FIRST)]} {LAST[number // len(FIRST) % len(LAST)]}"
        key = f"buyer-{number}"
    city, postcode, country = CITIES[number % len(CITIES)]
    email = f"{key}@example.com"
    return (
        ContactInput(external_id=key, name=name, email=email, country=country),
        AddressInput(name=name, line1=f"Example street {number + 1}", city=city, postcode=postcode, country=country),
    )
