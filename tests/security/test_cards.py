"""S12: the number of a payment card never enters, whichever way a text comes in; codes that look like one stay."""

import json
import random

import pytest
from django.core.cache import cache

from backoffice.core import cards, inbox
from backoffice.core.cards import GONE, cleaned, cleaned_body, is_card, without_cards
from backoffice.core.inbox import Message
from backoffice.core.tabular.reading import open_table
from backoffice.operations.measures import _cards
from orders.models import Hold, Order
from tests.api.conftest import World, order_body
from tests.factories.staff import sign_in

# The networks' own test numbers.
KNOWN = ["4111111111111111", "4012888888881881", "5555555555554444", "2223003122003222", "378282246310005",
         "30569309025904", "6011111111111117", "3530111333300000", "6200000000000005", "2200000000000004"]  # fmt: skip


def made(count: int, chance: random.Random) -> list[str]:
    """Numbers of cards as nobody has them, of all networks, right in their check digit."""
    starts = [
        ("4", 16),
        ("51", 16),
        ("55", 16),
        ("2221", 16),
        ("34", 15),
        ("37", 15),
        ("6011", 16),
        ("65", 16),
        ("3528", 16),
    ]
    found = []
    while len(found) < count:
        start, length = chance.choice(starts)
        body = start + "".join(chance.choices("0123456789", k=length - len(start) - 1))
        found += [body + digit for digit in "0123456789" if is_card(body + digit)]
    return found[:count]


def written(number: str, chance: random.Random) -> str:
    gap = chance.choice(["", " ", "-"])
    parts = (
        [number[:4], number[4:10], number[10:]]
        if len(number) == 15
        else [number[at : at + 4] for at in range(0, 16, 4)]
    )
    return gap.join(parts)


@pytest.fixture(autouse=True)
def _unnoted():
    cache.delete(cards.FOUND)


@pytest.mark.parametrize("number", KNOWN)
def test_a_cards_number_is_known_by_its_beginning_its_length_and_its_check_digit(number):
    wrong = number[:-1] + str((int(number[-1]) + 1) % 10)

    assert without_cards(f"Please charge {number}, thanks") == f"Please charge {GONE}, thanks"
    assert without_cards(f"No {wrong}.") == f"No {wrong}."


@pytest.mark.parametrize(
    "text",
    [
        "4111111111111111.00",
        "+4111111111111111",
        "A4111111111111111",
        "41111111111111110000000",
        "5012345678900",
        "550e8400-e29b-41d4-a716-446655440000",
        "DE02500105170137075030",
        "0000000000000000",
    ],  # fmt: skip
)
def test_what_only_looks_like_one_stays(text):
    assert without_cards(text) == text


def test_a_code_that_stands_alone_stays_and_a_note_does_not():
    given = {"external_id": KNOWN[0], "lines": [{"sku": KNOWN[1]}], "note": KNOWN[0], "cards": [int(KNOWN[0])],
             "card_number": KNOWN[0], "id": int(KNOWN[0])}  # fmt: skip
    clean = json.loads(cleaned_body(json.dumps(given).encode(), place="test"))

    assert clean == given | {"note": GONE, "cards": [GONE], "card_number": GONE}
    same = b'{"id": 4111111111111111,   "note": "none"}'
    assert cleaned_body(same, place="test") is same


def test_none_of_a_thousand_numbers_is_kept_whichever_way_it_comes_in(transactional_db, tmp_path):
    chance = random.Random(12)
    numbers = made(1000, chance)
    texts = [f"pay with {written(number, chance)} please" for number in numbers]
    world, each = World(), iter(texts)
    _by_api(world, [next(each) for _ in range(120)])
    _by_page(next(each))
    inbox.receive(
        [Message("connection:1", "order", str(number), json.dumps({"customer_note": text}).encode())
         for number, text in enumerate(each)]
    )  # fmt: skip

    content = _dumped(tmp_path)
    digits = bytes(byte for byte in content if byte not in b" -")

    assert [number for number in numbers if number.encode() in digits or number.encode().hex().encode() in digits] == []
    assert content.count(GONE.encode()) >= 80 and content.count(GONE.encode().hex().encode()) >= 800
    [figure] = _cards()
    assert figure.is_bad and figure.value >= 800  # told as an alarm


def _by_api(world: World, texts: list[str]) -> None:
    shop = world.caller("orders:write", "orders:read")
    while texts:
        order, fields = order_body(f"C-{len(texts)}"), ("line1", "name", "city")
        order["note"], order["lines"][0]["name"] = texts.pop(), texts.pop()
        order["shipping_address"] |= {field: texts.pop()[:100] for field in fields}
        order["contact"]["name"] = texts.pop()
        assert shop.post("orders/", order).status_code == 201


def _by_page(text: str) -> None:
    order = Order.objects.earliest("pk")
    answer = sign_in("owner").post(f"/admin/orders/order/{order.pk}/hold/", {"reason": text})

    assert answer.status_code == 302
    assert Hold.objects.get(order=order, kind="manual").reason == f"pay with {GONE} please"


def _dumped(folder) -> bytes:
    from tests.security.test_dump import dump

    return dump(folder)


def test_cells_of_a_file_are_texts_without_them():
    table = open_table(f"sku,name\n{KNOWN[0]},Mug {KNOWN[1]}\n".encode())

    assert [line.cells for line in table.lines()] == [[KNOWN[0], f"Mug {GONE}"]]


def test_a_german_ean_is_no_card_wherever_it_stands():
    code = "4006381333932"  # begins as Visa's old numbers did, and Luhn's check digit is right

    assert not is_card(code) and without_cards(f"two of {code} please") == f"two of {code} please"


def test_a_code_that_looks_like_a_card_stays_where_codes_are_kept():
    code = KNOWN[0]
    assert is_card(code)

    for name, value in (
        ("barcodes", code), ("barcodes", f"{code}|OWN-1"), ("scans", f"{code}\n{code}"), ("term", code), ("codes", code),
    ):  # fmt: skip
        assert cleaned(value, name) == value
    assert cleaned({"barcodes": [code]}) == {"barcodes": [code]}
    assert cleaned(f"{code}, good until 12/27 please", "reference") == f"{GONE}, good until 12/27 please"
    assert cleaned("4111-1111-1111-1111;X", "codes") == f"{GONE};X"
