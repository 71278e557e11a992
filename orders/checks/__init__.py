"""The orders' sentences of the standing proof: promise, claim, dispatch, cost and bill say the same."""

from orders.checks import billing, demands, kits, returns, shipping

CHECKS = (*shipping.CHECKS, *kits.CHECKS, *billing.CHECKS, *returns.CHECKS, *demands.CHECKS)
