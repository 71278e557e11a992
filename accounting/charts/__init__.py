"""Charts of accounts that a company can start from."""

from accounting.charts import ge, ifrs
from accounting.charts.base import Chart

CHARTS: dict[str, Chart] = {"ifrs": ifrs.CHART, "ge": ge.CHART}

__all__ = ["CHARTS", "Chart"]
