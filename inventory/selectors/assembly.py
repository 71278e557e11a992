"""What was made, and what of it was taken back."""

from django.db.models import Exists, F, OuterRef, QuerySet, TextField, Value
from django.db.models.functions import Cast, Concat

from inventory.models import AssemblyRun, StockMove


def assembly_runs() -> QuerySet[AssemblyRun]:
    """Runs in order, each with is_reversed: whether the move that takes its first one back is there."""
    key = Concat(Value("assembly:"), Cast(OuterRef("pk"), TextField()), Value(":undo:0"), output_field=TextField())
    undone = StockMove.objects.filter(company_id=OuterRef("company_of"), source_key=key)
    return AssemblyRun.objects.annotate(company_of=F("order__company_id"), is_reversed=Exists(undone)).order_by("pk")
