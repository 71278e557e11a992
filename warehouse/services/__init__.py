"""Every write of the warehouse."""

from warehouse.services import counting
from warehouse.services.answering import Answer, AnswerResult, answer_cancels, answer_untouched, open_requests
from warehouse.services.blind import receive_blind
from warehouse.services.counting_requests import BinCount, open_bin_count
from warehouse.services.cross_docking import Straight, direct_to_orders, straight_tasks
from warehouse.services.floor import (
    PlannedTask,
    Put,
    TaskResult,
    assign_tasks,
    cancel_tasks,
    do_tasks,
    plan_put_aways,
    plan_refills,
)
from warehouse.services.labelling import Offer, buy_labels, rate_shop, void_labels
from warehouse.services.manifests import HandOver, hand_over, waiting_shipments
from warehouse.services.merged import packed_with, shipped_with
from warehouse.services.over_deliveries import accept_over_delivery, receive_delivery, refuse_over_delivery
from warehouse.services.packing import Pack, PackResult, pack
from warehouse.services.pallet_picks import pick_unit
from warehouse.services.picking import Pick, PickResult, confirm_picks
from warehouse.services.planning import Candidate, PlannedWave, WaveRequest, plan_wave, wave_candidates
from warehouse.services.posting_back import PostedBack, post_back
from warehouse.services.problems import ProblemInput, add_receipt_photo, report_problems, settle_problem
from warehouse.services.receipt_states import (
    arrive,
    cancel_receipt,
    expect_receipts,
    finish_receiving,
    start_receiving,
)
from warehouse.services.receiving import BlindLine, DeliveredLine, ReceiptResult, receive_purchase
from warehouse.services.regrading import Decision, decide_goods
from warehouse.services.releasing import WaveResult, release_waves, take_out
from warehouse.services.return_inputs import ReturnedLine, ReturnReceipt, ReturnResult, UnexpectedGoods
from warehouse.services.returning import cancel_waves, return_pick_lists
from warehouse.services.returns import receive_returns
from warehouse.services.rounds import choose_tote, give_round_back, pick_together, take_round
from warehouse.services.shipping import Dispatch, ShipResult, ship
from warehouse.services.shipping_units import UnitShipped, ship_unit
from warehouse.services.straight import StraightResult, fulfil_straight
from warehouse.services.till import (
    BackLine,
    CashRequest,
    CollectRequest,
    SaleLine,
    SaleRequest,
    SaleResult,
    TakeBackRequest,
    ask_pickups,
    cancel_pickups,
    close_shift,
    collect_pickup,
    create_till,
    move_cash,
    open_shift,
    ready_pickups,
    sell,
    take_back,
)
from warehouse.services.tracking import ask_again, ask_carriers, record_tracking, watch_shipments
from warehouse.services.units import (
    UnitGoods,
    contents,
    create_units,
    find_unit,
    move_unit,
    nest_unit,
    put_in,
    take_goods_out,
)
from warehouse.services.unpicking import UnpickResult, unpack, unpick
from warehouse.services.waves import PickListResult, create_pick_lists

__all__ = [
    "Straight",
    "direct_to_orders",
    "straight_tasks",
    "PostedBack",
    "arrive",
    "cancel_receipt",
    "expect_receipts",
    "finish_receiving",
    "post_back",
    "start_receiving",
    "UnitShipped",
    "ship_unit",
    "UnitGoods",
    "contents",
    "create_units",
    "find_unit",
    "move_unit",
    "pick_unit",
    "nest_unit",
    "put_in",
    "take_goods_out",
    "HandOver",
    "Offer",
    "buy_labels",
    "hand_over",
    "rate_shop",
    "ask_again",
    "ask_carriers",
    "record_tracking",
    "watch_shipments",
    "void_labels",
    "waiting_shipments",
    "BlindLine",
    "ProblemInput",
    "add_receipt_photo",
    "receive_blind",
    "report_problems",
    "settle_problem",
    "BinCount",
    "UnpickResult",
    "open_bin_count",
    "unpack",
    "unpick",
    "PlannedTask",
    "Put",
    "TaskResult",
    "assign_tasks",
    "cancel_tasks",
    "do_tasks",
    "plan_put_aways",
    "plan_refills",
    "Candidate",
    "PlannedWave",
    "WaveRequest",
    "WaveResult",
    "cancel_waves",
    "choose_tote",
    "give_round_back",
    "pick_together",
    "plan_wave",
    "release_waves",
    "return_pick_lists",
    "take_out",
    "take_round",
    "wave_candidates",
    "Answer",
    "AnswerResult",
    "Decision",
    "DeliveredLine",
    "Dispatch",
    "Pack",
    "PackResult",
    "Pick",
    "PickListResult",
    "PickResult",
    "ReceiptResult",
    "ReturnReceipt",
    "ReturnResult",
    "ReturnedLine",
    "ShipResult",
    "StraightResult",
    "accept_over_delivery",
    "receive_delivery",
    "refuse_over_delivery",
    "answer_cancels",
    "counting",
    "answer_untouched",
    "UnexpectedGoods",
    "confirm_picks",
    "create_pick_lists",
    "decide_goods",
    "fulfil_straight",
    "open_requests",
    "pack",
    "packed_with",
    "receive_purchase",
    "receive_returns",
    "ship",
    "shipped_with",
    "BackLine",
    "CashRequest",
    "CollectRequest",
    "SaleLine",
    "SaleRequest",
    "SaleResult",
    "TakeBackRequest",
    "ask_pickups",
    "cancel_pickups",
    "close_shift",
    "collect_pickup",
    "create_till",
    "move_cash",
    "open_shift",
    "ready_pickups",
    "sell",
    "take_back",
]
