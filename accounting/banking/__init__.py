"""Bank statements as files: pure parsers, without database or clock."""

from accounting.banking.errors import BankFileRefused
from accounting.banking.reading import read_statements
from accounting.banking.statement import Balance, Part, Statement, StatementLine

__all__ = ["Balance", "BankFileRefused", "Part", "Statement", "StatementLine", "read_statements"]
