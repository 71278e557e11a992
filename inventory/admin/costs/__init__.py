from inventory.admin.costs import assembly, landed, revaluations

__all__ = ["assembly", "landed", "revaluations"]
