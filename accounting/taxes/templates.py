"""The templates that the house brings: any country, any member state, Georgia, Germany. Pure."""

import datetime
from decimal import Decimal

from django.utils.translation import gettext_lazy as _

from accounting.taxes.boxes import Box, CodePlan, RulePlan, Template
from accounting.taxes.countries import STANDARD_RATES

D = Decimal
SINCE = datetime.date(2000, 1, 1)


def _codes(*rows: tuple[str, str, str, str] | tuple[str, str, str, str, str]) -> tuple[CodePlan, ...]:
    """(code, name, treatment, rate, and why it charges nothing where invoices must say so)."""
    return tuple(
        CodePlan(code, name, treatment, ((SINCE, D(rate)),), reason=reason[0] if reason else "")
        for code, name, treatment, rate, *reason in rows
    )


def _box(code: str, title: object, side: str, measure: str, *treatments: str, sign: int = 0, **values: object) -> Box:
    return Box(code, title, side, measure, frozenset(treatments), sign=sign, **values)  # type: ignore[arg-type]


TAXED = ("standard", "reduced")

GENERIC = Template(
    "generic",
    _("Any country"),
    1,
    _codes(
        ("STD", "Standard rate", "standard", "0.20"),
        ("RED", "Reduced rate", "reduced", "0.05"),
        ("ZERO", "Zero rate", "zero", "0"),
        ("EXEMPT", "Exempt", "exempt", "0", "Exempt from tax"),
        ("EXPORT", "Exports", "export", "0", "Export"),
        ("RC", "Reverse charge", "reverse_charge", "0.20", "Reverse charge"),
    ),
    (RulePlan("home", "", "", "STD"), RulePlan("home", "RED", "", "RED"), RulePlan("home", "EXEMPT", "", "EXEMPT"),
     RulePlan("home", "", "exempt", "EXEMPT"), RulePlan("", "", "", "EXPORT")),
    (
        _box("1", _("Sales with tax, net"), "sales", "net", *TAXED),
        _box("2", _("Tax on sales"), "sales", "tax", *TAXED, sign=1),
        _box("3", _("Sales at zero, net"), "sales", "net", "zero"),
        _box("4", _("Exempt sales, net"), "sales", "net", "exempt"),
        _box("5", _("Exports, net"), "sales", "net", "export"),
        _box("6", _("Sales whose tax a marketplace collects, net"), "sales", "net", "marketplace"),
        _box("6a", _("Sales under reverse charge, net"), "sales", "net", "reverse_charge"),
        _box("7", _("Purchases under reverse charge, net"), "purchases", "net", "reverse_charge"),
        _box("8", _("Tax owed under reverse charge"), "purchases", "tax", "reverse_charge", sign=1),
        _box("9", _("Purchases with tax, net"), "purchases", "net", *TAXED),
        _box("10", _("Tax on purchases"), "purchases", "tax", *TAXED, sign=-1),
        _box("11", _("Tax deducted under reverse charge"), "purchases", "tax", "reverse_charge", sign=-1),
    ),
)  # fmt: skip

GEORGIA = Template(
    "ge",
    _("Georgia"),
    1,
    _codes(
        ("GE18", "VAT 18 %", "standard", "0.18"),
        ("GE0", "VAT 0 %, with deduction", "zero", "0"),
        ("GEEXEMPT", "Exempt from VAT", "exempt", "0", "გათავისუფლებულია დღგ-ისგან"),
        ("GEEXPORT", "Exports, 0 %", "export", "0", "ექსპორტი, დღგ 0 %"),
        ("GERC", "VAT 18 % under reverse charge", "reverse_charge", "0.18", "უკუდაბეგვრა"),
    ),
    (RulePlan("home", "", "", "GE18"), RulePlan("home", "GEEXEMPT", "", "GEEXEMPT"), RulePlan("home", "GE0", "", "GE0"),
     RulePlan("home", "", "exempt", "GEEXEMPT"), RulePlan("", "", "", "GEEXPORT")),
    (
        _box("A1", _("Taxable supplies at 18 %, net"), "sales", "net", "standard"),
        _box("A2", _("VAT on supplies at 18 %"), "sales", "tax", "standard", sign=1),
        _box("A3", _("Supplies at 0 %, with deduction"), "sales", "net", "zero"),
        _box("A4", _("Exports, net"), "sales", "net", "export"),
        _box("A5", _("Exempt supplies, net"), "sales", "net", "exempt"),
        _box("A6", _("Sales whose tax a marketplace collects, net"), "sales", "net", "marketplace"),
        _box("B1", _("Services from abroad (reverse charge), net"), "purchases", "net", "reverse_charge"),
        _box("B2", _("VAT under reverse charge"), "purchases", "tax", "reverse_charge", sign=1),
        _box("C1", _("Purchases with VAT, net"), "purchases", "net", "standard"),
        _box("C2", _("VAT on purchases, deducted"), "purchases", "tax", "standard", sign=-1),
        _box("C3", _("VAT under reverse charge, deducted"), "purchases", "tax", "reverse_charge", sign=-1),
    ),
)  # fmt: skip

_19, _7 = frozenset({D("0.19")}), frozenset({D("0.07")})
GERMANY = Template(
    "de",
    _("Germany"),
    1,
    _codes(
        ("DE19", "Umsatzsteuer 19 %", "standard", "0.19"),
        ("DE7", "Umsatzsteuer 7 %", "reduced", "0.07"),
        ("DE0", "Steuerfrei ohne Vorsteuerabzug", "exempt", "0", "Steuerfrei nach § 4 UStG"),
        ("DEEXPORT", "Ausfuhrlieferung", "export", "0", "Steuerfreie Ausfuhrlieferung nach § 4 Nr. 1 Buchst. a UStG"),
        (
            "DEIGL", "Innergemeinschaftliche Lieferung", "intra_eu", "0",
            "Steuerfreie innergemeinschaftliche Lieferung nach § 4 Nr. 1 Buchst. b UStG",
        ),
        ("DEIGE19", "Innergemeinschaftlicher Erwerb 19 %", "acquisition", "0.19"),
        (
            "DERC", "Steuerschuldnerschaft § 13b 19 %", "reverse_charge", "0.19",
            "Steuerschuldnerschaft des Leistungsempfängers",
        ),
    ),
    (RulePlan("home", "", "", "DE19"), RulePlan("home", "DE7", "", "DE7"), RulePlan("home", "DE0", "", "DE0"),
     RulePlan("home", "", "exempt", "DE0"), RulePlan("eu", "", "registered", "DEIGL"), RulePlan("", "", "", "DEEXPORT")),
    (
        _box("81", _("Sales at 19 %, net"), "sales", "net", *TAXED, rates=_19),
        _box("81-tax", _("Tax on sales at 19 %"), "sales", "tax", *TAXED, rates=_19, sign=1),
        _box("86", _("Sales at 7 %, net"), "sales", "net", *TAXED, rates=_7),
        _box("86-tax", _("Tax on sales at 7 %"), "sales", "tax", *TAXED, rates=_7, sign=1),
        _box("35", _("Sales at other rates, net"), "sales", "net", *TAXED, without=_19 | _7),
        _box("36", _("Tax on sales at other rates"), "sales", "tax", *TAXED, without=_19 | _7, sign=1),
        _box("41", _("Supplies to businesses in other member states, net"), "sales", "net", "intra_eu"),
        _box("43", _("Exports and other exempt sales with deduction, net"), "sales", "net", "export", "zero"),
        _box("48", _("Exempt sales without deduction, net"), "sales", "net", "exempt"),
        _box("60", _("Sales whose tax the buyer owes (reverse charge), net"), "sales", "net", "reverse_charge"),
        _box("45", _("Sales not taxable here (One-Stop Shop, marketplaces), net"), "sales", "net", "oss", "marketplace"),
        _box("89", _("Acquisitions from other member states, net"), "purchases", "net", "acquisition"),
        _box("89-tax", _("Tax on acquisitions"), "purchases", "tax", "acquisition", sign=1),
        _box("46", _("Purchases under reverse charge, net"), "purchases", "net", "reverse_charge"),
        _box("47", _("Tax owed under reverse charge"), "purchases", "tax", "reverse_charge", sign=1),
        _box("66", _("Tax on purchases"), "purchases", "tax", *TAXED, sign=-1),
        _box("61", _("Tax on acquisitions, deducted"), "purchases", "tax", "acquisition", sign=-1),
        _box("67", _("Tax deducted under reverse charge"), "purchases", "tax", "reverse_charge", sign=-1),
    ),
    is_eu=True,
    oss_rates=STANDARD_RATES,
)  # fmt: skip

EUROPE = Template(
    "eu",
    _("Any member state of the European Union"),
    1,
    (
        CodePlan("STD", "Standard rate", "standard", ()),
        *_codes(
            ("ZERO", "Zero rate", "zero", "0"),
            ("EXEMPT", "Exempt without deduction", "exempt", "0", "Exempt from VAT"),
            ("EXPORT", "Exports", "export", "0", "Exempt: export, Article 146 of Directive 2006/112/EC"),
            (
                "IC", "Supplies to businesses in other member states", "intra_eu", "0",
                "Exempt: intra-Community supply, Article 138 of Directive 2006/112/EC",
            ),
        ),
        CodePlan("ACQ", "Acquisitions from other member states", "acquisition", ()),
        CodePlan("RC", "Reverse charge", "reverse_charge", (), reason="Reverse charge"),
    ),
    (RulePlan("home", "", "", "STD"), RulePlan("home", "EXEMPT", "", "EXEMPT"), RulePlan("home", "", "exempt", "EXEMPT"),
     RulePlan("eu", "", "registered", "IC"), RulePlan("", "", "", "EXPORT")),
    (
        *GENERIC.boxes[:5],
        _box("5a", _("Supplies to businesses in other member states, net"), "sales", "net", "intra_eu"),
        _box("5b", _("Sales not taxable here (One-Stop Shop, marketplaces), net"), "sales", "net", "oss", "marketplace"),
        *GENERIC.boxes[6:],
        _box("12", _("Acquisitions from other member states, net"), "purchases", "net", "acquisition"),
        _box("13", _("Tax on acquisitions"), "purchases", "tax", "acquisition", sign=1),
        _box("14", _("Tax on acquisitions, deducted"), "purchases", "tax", "acquisition", sign=-1),
    ),
    is_eu=True,
    oss_rates=STANDARD_RATES,
)  # fmt: skip

TEMPLATES = {template.name: template for template in (GENERIC, EUROPE, GEORGIA, GERMANY)}
