"""Taking an Online Retail file into the back office: sales, credits, stock adjustments, postings."""

from integrations.services.online_retail.outcome import Outcome
from integrations.services.online_retail.run import (
    ImportRunning,
    Options,
    import_file,
    is_of_file,
    rerun_quarantine,
)

__all__ = ["ImportRunning", "Options", "Outcome", "import_file", "is_of_file", "rerun_quarantine"]
