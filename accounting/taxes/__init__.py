"""Tax templates: codes, rules and boxes of returns, by country. Pure."""

from accounting.taxes.boxes import Box, CodePlan, Template
from accounting.taxes.countries import EU, STANDARD_RATES
from accounting.taxes.templates import TEMPLATES

__all__ = ["EU", "STANDARD_RATES", "TEMPLATES", "Box", "CodePlan", "Template"]
