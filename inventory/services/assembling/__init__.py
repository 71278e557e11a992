"""Goods made of others, or taken apart: ordered, claimed, completed, taken back."""

from inventory.services.assembling.completing import complete_assembly
from inventory.services.assembling.orders import (
    cancel_assembly_order,
    create_assembly_order,
    finish_assembly_order,
    release_assembly_order,
)
from inventory.services.assembling.reversing import reverse_assembly_run

__all__ = [
    "cancel_assembly_order",
    "complete_assembly",
    "create_assembly_order",
    "finish_assembly_order",
    "release_assembly_order",
    "reverse_assembly_run",
]
