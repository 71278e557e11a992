"""Reading the project's own source."""

import ast
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STOREYS = ("backoffice/core", "accounting", "inventory", "orders", "warehouse", "integrations")


def modules(*folders: str) -> Iterator[tuple[str, ast.Module]]:
    """(path from the root, syntax tree) of every module below the folders; all of ours if none is given."""
    for folder in folders or ("backoffice", *STOREYS[1:]):
        for path in sorted((ROOT / folder).rglob("*.py")):
            yield str(path.relative_to(ROOT)), ast.parse(path.read_text(), filename=str(path))


def calls(tree: ast.AST, method: str) -> Iterator[ast.Call]:
    """Every call of `….method(…)`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == method:
            yield node


def strings(tree: ast.AST) -> Iterator[ast.Constant]:
    """Every text constant, docstrings too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield node
