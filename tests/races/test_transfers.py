"""Two people receive the same transfer: it arrives once; without the transfer's lock its books part."""

from threading import Barrier

import pytest

from backoffice.core.proof import run_checks
from inventory.errors import TransferRefused
from inventory.models import Transfer, TransferLine
from inventory.services.transfers import common, receiving
from tests.factories.goods import add_shop, level, make_shop, make_sku, make_stock
from tests.factories.moving import arrive, make_transfer
from tests.races.test_last_unit import together

pytestmark = pytest.mark.django_db(transaction=True)

CHECKS = ["transit_equals_transfers", "transfer_lines_equal_moves", "moves_equal_quants"]


def two_transfers():
    """Two of 8 MUG each in transit to Bath: what the one lacks lies there for the other."""
    london = make_shop()
    bath = add_shop(london.company, "BTH")
    mug = make_sku(london, "MUG")
    make_stock(london, mug, "16", "80.00")
    first, _second = (make_transfer(london, bath, {mug: "8"}, until="shipped") for _ in range(2))
    return bath, mug, first


def test_a_transfer_arrives_once_however_many_receive_it():
    bath, mug, transfer = two_transfers()

    def receive(number):
        try:
            arrive(bath, transfer, "8", at=bath.bin)
        except TransferRefused as refusal:
            return refusal.code
        return "done"

    states = together(receive, 8)

    assert sorted(states) == ["done", *["not_in_transit"] * 7]
    assert level(bath, mug)[0] == 8
    assert run_checks(names=CHECKS).ok


def test_negative_control_without_the_lock_it_arrives_twice(monkeypatch):
    bath, mug, transfer = two_transfers()
    both_have_looked = Barrier(2)

    def look_only(transfer_id, *, company_id):
        lines = list(TransferLine.objects.filter(transfer=transfer_id).select_related("sku", "lot"))
        held = common.Held(Transfer.objects.get(pk=transfer_id), lines)
        both_have_looked.wait(timeout=60)
        return held

    def still_there(held, wanted):
        return [(index, held.line(line), quantity, None) for index, (line, quantity, _lot) in enumerate(wanted)]

    monkeypatch.setattr(receiving, "hold_transfer", look_only)
    monkeypatch.setattr(receiving, "take_from_transit", still_there)

    together(lambda number: arrive(bath, transfer, "8", at=bath.bin), 2)

    assert level(bath, mug)[0] == 16
    assert not run_checks(names=CHECKS).ok
