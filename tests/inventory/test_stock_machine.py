"""Random lives of stock: after every step three independent sums agree to the cent, and the whole proof holds at the end.

Moves' values, cost rows (layers - uses + changes) and the journal's inventory account are written by different
code; the model below keeps only quantities and the values that the services answered.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule, run_state_machine_as_test

from backoffice.core.errors import DomainError
from inventory.checks import CHECKS
from inventory.services import (
    Claim,
    Release,
    ValueChangeRequest,
    allocate,
    change_values,
    claim_bins,
    post_moves,
    release,
)
from tests.factories.books import ACTOR, NOON
from tests.factories.goods import balance, cost, level, make_demand, make_move, make_shop, make_sku, rows

pytestmark = pytest.mark.django_db

D = Decimal
METHODS = ("average", "fifo")
quantities = st.integers(1, 24).map(lambda n: D(n) / 4)
bold = st.integers(0, 9).map(lambda n: n == 0)  # now and then more is asked than there is
cents = st.integers(0, 5000).map(lambda n: D(n) / 100)
which = st.integers(0, 10_000)


class StockMachine(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.atomic = transaction.atomic()
        self.atomic.__enter__()
        self.shop = make_shop()
        self.skus = [make_sku(self.shop, method, cost_method=method) for method in METHODS]
        self.on_hand = dict.fromkeys(self.skus, D(0))
        self.value = dict.fromkeys(self.skus, D(0))
        self.claims: list[list[Any]] = []  # [sku, allocation, open]
        self.picks: list[list[Any]] = []  # [claim, bin claim, sku, open]
        self.issues: list[list[Any]] = []  # [sku, move, not yet back]
        self.count = 0
        for sku in self.skus:
            self.move(sku, D(20), self.shop.outside["supplier"], self.shop.bin, value=D("33.33"))

    def teardown(self) -> None:
        try:
            for check in CHECKS:
                assert rows(check.sql.replace("%", "%%")) == [], check.name
        finally:
            transaction.set_rollback(True)
            self.atomic.__exit__(None, None, None)

    def attempt(self, work: Callable[[], Any]) -> Any:
        """What the service answers, or None if it refuses; the deferred checks run at once, as at commit."""
        try:
            with transaction.atomic():
                result = work()
                with connection.cursor() as cursor:
                    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
                    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
                return result
        except DomainError:
            return None

    def move(self, sku: int, quantity: Decimal, source: int, target: int, **values: Any) -> Any:
        self.count += 1
        request = make_move(self.shop, sku, str(quantity), source, target, **values)
        done = self.attempt(lambda: post_moves([request], company_id=self.shop.id, actor=ACTOR))
        if done is None:
            return None
        inside = self.shop.outside.values()
        self.on_hand[sku] += quantity * ((target not in inside) - (source not in inside))
        self.value[sku] += done[0].value
        return done[0]

    @rule(pick=which, quantity=quantities, value=cents)
    def receive(self, pick, quantity, value):
        sku = self.skus[pick % 2]
        assert self.move(sku, quantity, self.shop.outside["supplier"], self.shop.bin, value=value)

    @rule(pick=which, quantity=quantities, wave=st.booleans())
    def claim(self, pick, quantity, wave):
        sku = self.skus[pick % 2]
        demand = make_demand(self.shop, sku, str(quantity))
        claim = Claim(demand, sku, self.shop.warehouse.pk, quantity)
        (result,) = self.attempt(lambda: allocate([claim], company_id=self.shop.id, actor=ACTOR))
        if result.claimed:
            self.claims.append([sku, result.allocation_id, result.claimed])
            if wave:
                self.wave(self.claims[-1], result.claimed)

    @precondition(lambda self: self.claims)
    @rule(pick=which, quantity=quantities)
    def release(self, pick, quantity):
        claim = self.claims[pick % len(self.claims)]
        give = [Release(claim[1], quantity)]
        with_result = self.attempt(lambda: [release(give, company_id=self.shop.id, actor=ACTOR)])
        if with_result:
            claim[2] -= quantity

    @precondition(lambda self: self.claims)
    @rule(pick=which, quantity=quantities)
    def claim_bins(self, pick, quantity):
        self.wave(self.claims[pick % len(self.claims)], quantity)

    def wave(self, claim, quantity):
        found = self.attempt(lambda: claim_bins([(claim[1], quantity)], company_id=self.shop.id, actor=ACTOR))
        self.picks += [[claim, one.bin_claim_id, claim[0], one.quantity] for one in found]

    @precondition(lambda self: self.picks)
    @rule(pick=which, quantity=quantities, bold=bold)
    def pick(self, pick, quantity, bold):
        chosen = self.picks[pick % len(self.picks)]
        quantity = quantity if bold or not chosen[3] else min(quantity, chosen[3])
        done = self.move(chosen[2], quantity, self.shop.bin, self.shop.staging, bin_claim_id=chosen[1])
        assert (done is not None) == (quantity <= chosen[3])
        if done:
            chosen[3] -= quantity

    @precondition(lambda self: self.claims)
    @rule(pick=which, quantity=quantities, staged=st.booleans())
    def issue(self, pick, quantity, staged):
        claim = self.claims[pick % len(self.claims)]
        # What is still to be picked is not shipped past its picker.
        quantity = min(quantity, claim[2] - sum(p[3] for p in self.picks if p[0] is claim))
        if quantity <= 0:
            return
        source = self.shop.staging if staged else self.shop.bin
        done = self.move(claim[0], quantity, source, self.shop.customer, allocation_id=claim[1])
        if done:
            claim[2] -= quantity
            self.issues.append([claim[0], done.move_id, quantity])

    @precondition(lambda self: self.issues)
    @rule(pick=which, quantity=quantities, good=st.booleans(), bold=bold)
    def bring_back(self, pick, quantity, good, bold):
        issue = self.issues[pick % len(self.issues)]
        quantity = quantity if bold or not issue[2] else min(quantity, issue[2])
        target = self.shop.bin if good else self.shop.quarantine
        done = self.move(issue[0], quantity, self.shop.customer, target, returns_move_id=issue[1])
        assert (done is not None) == (quantity <= issue[2])
        if done:
            issue[2] -= quantity

    @rule(pick=which, quantity=quantities, found=st.booleans())
    def adjust(self, pick, quantity, found):
        places = (self.shop.outside["adjustment"], self.shop.bin)
        done = self.move(self.skus[pick % 2], quantity, *(places if found else places[::-1]))
        assert done or not found

    @rule(pick=which, quantity=quantities)
    def quarantine(self, pick, quantity):
        self.move(self.skus[pick % 2], quantity, self.shop.bin, self.shop.quarantine)

    @rule(pick=which, value=st.integers(-3000, 3000).filter(bool).map(lambda n: D(n) / 100))
    def revalue(self, pick, value):
        sku = self.skus[pick % 2]
        self.count += 1
        change = ValueChangeRequest(sku, value, "test", NOON, "tests.case", 1, f"change:{self.count}")
        if self.attempt(lambda: change_values([change], company_id=self.shop.id, actor=ACTOR)):
            self.value[sku] += value

    @invariant()
    def three_sums_agree(self):
        for sku in self.skus:
            moved = rows(
                "SELECT coalesce((SELECT sum(value) FROM inventory_stockmove WHERE sku_id = %s), 0)"
                " + coalesce((SELECT sum(value) FROM inventory_valuechange WHERE sku_id = %s), 0)",
                sku,
                sku,
            )[0][0]
            assert (self.on_hand[sku], self.value[sku]) == cost(sku)
            assert self.value[sku] == moved
            assert self.on_hand[sku] == level(self.shop, sku)[0]
            assert self.on_hand[sku] >= 0 and self.value[sku] >= 0
        assert sum(self.value.values()) == balance(self.shop.company, "inventory")


def test_stock_holds_whatever_happens():
    """Answers reserved quantities that drift until a script is run (odoo#62139, #61754, #115328, #154905)."""
    run_state_machine_as_test(
        StockMachine,
        settings=settings(
            max_examples=20,
            stateful_step_count=50,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
