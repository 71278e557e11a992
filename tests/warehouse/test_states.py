"""The machines of the floor: the agreed statuses, each agreed move allowed, what is over stays over."""

import pytest
from django.apps import apps

from backoffice.core.errors import IllegalTransition
from backoffice.core.states import check_transition
from inventory.states import TRANSFER
from orders.states import FULFILMENT, SHIPMENT
from warehouse.states import PICK_TASK, RECEIPT, STOCKTAKE, WAVE

# model, table, the agreed moves (from > to; | parts several), what has no way out
MACHINES = [
    (
        "orders.fulfilment",
        FULFILMENT,
        "pending>ready ready>in_wave in_wave>picking picking>picked picked>packing packing>packed packed>shipped"
        " ready>picking picking>ready pending|ready|in_wave>on_hold on_hold>pending|ready|in_wave packed>packing"
        " pending|ready|in_wave|picking|picked|packing|packed|on_hold>cancelled",
        "shipped cancelled",
    ),
    (
        "warehouse.picktask",
        PICK_TASK,
        "open>assigned assigned>open assigned>in_progress in_progress>done|short open|assigned|in_progress>cancelled",
        "done short cancelled",
    ),
    (
        "warehouse.wave",
        WAVE,
        "draft>released released>in_progress in_progress>done draft|released>cancelled",
        "done cancelled",
    ),
    (
        "orders.shipment",
        SHIPMENT,
        "draft>labelled labelled>manifested manifested>in_transit in_transit>delivered labelled>in_transit"
        " labelled>voided in_transit>exception exception>in_transit|delivered|returned_to_sender"
        " in_transit>returned_to_sender",
        "delivered returned_to_sender voided",
    ),
    (
        "warehouse.receipt",
        RECEIPT,
        "expected>arrived arrived>receiving receiving>received expected>receiving received>put_away"
        " received|put_away>posted_back expected>cancelled",
        "posted_back cancelled",
    ),
    (
        "inventory.transfer",
        TRANSFER,
        "draft>approved approved>allocated allocated>partly_shipped|shipped partly_shipped>shipped"
        " shipped>partly_received|received partly_received>received|closed received>closed"
        " draft|approved|allocated>cancelled",
        "closed cancelled",
    ),
    (
        "warehouse.stocktake",
        STOCKTAKE,
        "planned>counting counting>review review>recount recount>review review>approved approved>posted"
        " planned|counting|recount|review>cancelled",
        "posted cancelled",
    ),
]
NAMES = [name for name, *_rest in MACHINES]


def pairs(moves):
    for move in moves.split():
        olds, _to, news = move.partition(">")
        yield from ((old, new) for old in olds.split("|") for new in news.split("|"))


@pytest.mark.parametrize(("name", "table", "moves", "ends"), MACHINES, ids=NAMES)
def test_each_agreed_move_is_allowed_and_what_is_over_stays_over(name, table, moves, ends):
    known = {value for value, _label in apps.get_model(name)._meta.get_field("status").choices}

    assert set(table) == known
    assert {old for old, _new in pairs(moves)} | set(ends.split()) == known
    for old, new in pairs(moves):
        check_transition(table, name, old, new)
    assert {status for status, following in table.items() if not following} == set(ends.split())


@pytest.mark.parametrize(("name", "table", "moves", "ends"), MACHINES, ids=NAMES)
def test_an_illegal_move_names_both_statuses(name, table, moves, ends):
    for old in ends.split():
        for new in table:
            with pytest.raises(IllegalTransition) as told:
                check_transition(table, name, old, new)
            assert (told.value.context["old"], told.value.context["new"]) == (old, new)
            assert "from" in told.value.detail and "to" in told.value.detail
