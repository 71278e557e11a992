"""Every bank file of the reference data, with the outcome that the committed list says."""

from pathlib import Path

import pytest

from accounting.banking import BankFileRefused
from tests.factories.bank_samples import (
    Sample,
    camt_details,
    camt_expected,
    camt_parsed,
    mt940_differences,
    mt940_expected,
    parsed,
    same_bookings,
    sample_files,
    samples,
)


@pytest.fixture(scope="session")
def bank_files(reference_data: Path) -> Path:
    return reference_data / "data" / "bank"


def test_the_list_names_every_sample_and_no_other(bank_files):
    assert {sample.path for sample in samples()} == sample_files(bank_files)


def of(outcome: str) -> list[Sample]:
    return [sample for sample in samples() if sample.outcome == outcome]


@pytest.mark.parametrize("sample", of("equal"), ids=lambda sample: sample.path)
def test_it_equals_its_expected_parse(bank_files, sample):
    statements = parsed(bank_files / sample.path, sample.note)
    expected = bank_files / sample.against

    if sample.path.startswith("camt/"):
        assert [camt_parsed(statement) for statement in statements] == camt_expected(expected)
        inside = statements[0].lines[0] if statements[0].lines else None
        details = camt_details(expected)
        found = inside.parts or (inside,) if inside and details else ()
        assert [part.end_to_end for part in found] == [detail["end_to_end"] for detail in details]
        for part, detail in zip(found, details, strict=True):
            assert not part.name or part.name in detail["parties"]
            assert all(text in part.text for text in detail["text"])
    elif sample.path.startswith("mt940/"):
        assert list(mt940_differences(statements, mt940_expected(expected))) == []
    else:
        assert same_bookings(statements, parsed(expected))
    assert_sums(statements, sample)


@pytest.mark.parametrize("sample", of("adds_up"), ids=lambda sample: sample.path)
def test_without_an_expected_parse_balances_and_lines_add_up(bank_files, sample):
    statements = parsed(bank_files / sample.path)

    assert_sums(statements, sample)
    for statement in statements:
        if statement.opening and statement.closing:
            assert statement.opening.amount + statement.total == statement.closing.amount


@pytest.mark.parametrize("sample", of("refused"), ids=lambda sample: sample.path)
def test_the_refusal_has_its_name(bank_files, sample):
    with pytest.raises(BankFileRefused) as refusal:
        parsed(bank_files / sample.path)

    assert refusal.value.code == sample.against


def assert_sums(statements, sample):
    closings = [f"{one.closing.amount:f}" if one.closing else "-" for one in statements]
    assert [
        str(len(statements)),
        str(sum(len(one.lines) for one in statements)),
        f"{sum(one.total for one in statements):f}",
        ",".join(closings),
    ] == [sample.accounts, sample.lines, sample.total, sample.closing]
