from inventory.api.costs.assembly import AssemblyViewSet, BomViewSet
from inventory.api.costs.landed import LandedCostViewSet
from inventory.api.costs.methods import SkuCostViewSet
from inventory.api.costs.revaluations import RevaluationViewSet
from inventory.api.costs.valuation import ValuationViewSet

__all__ = [
    "AssemblyViewSet",
    "BomViewSet",
    "LandedCostViewSet",
    "RevaluationViewSet",
    "SkuCostViewSet",
    "ValuationViewSet",
]
