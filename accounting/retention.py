"""How long the law wants invoices kept, with whom they were sent to: full years after the year of issue. Pure.

The longest of what a country's tax, commercial and accounting acts ask, as far as it was known here, with the act to look
it up in: the texts in force today were not read. Laws change and know exceptions (land, running audits, losses carried
on), so a tax adviser should confirm: the page of privacy requests says so, and a company that was told otherwise says it
(Company.invoice_years). Where a term begins with the end of the business or tax year, which may end a year after the
invoice, or where it is not surely known, the number here is the longer one: to keep too long can be mended, to erase too
early cannot.
"""

import datetime

USUAL = 10  # of countries that are not named: as long as any of the common rules
# country: (years, the act)
LAWS: dict[str, tuple[int, str]] = {
    "AT": (7, "Bundesabgabenordnung § 132; UGB § 212"),
    "AU": (7, "Corporations Act 2001 s 286 (7 years); Taxation Administration Act 1953 Sch 1 s 382-5 (5 years)"),
    "BE": (10, "Code de la TVA art. 60 § 4"),
    "BG": (10, "Закон за счетоводството чл. 12"),
    "CA": (7, "Income Tax Act s 230(4); Excise Tax Act s 286(3): 6 years after the tax year"),
    "CH": (10, "Obligationenrecht Art. 958f; MWSTG Art. 70"),
    "CZ": (10, "Zákon č. 235/2004 Sb., o DPH, § 35"),
    "DE": (8, "Abgabenordnung § 147 Abs. 3; UStG § 14b"),
    "DK": (6, "Bogføringsloven (lov nr. 700 af 24/05/2022) § 12: 5 years after the business year"),
    "EE": (8, "Raamatupidamise seadus § 12: 7 years after the business year"),
    "ES": (10, "Código de Comercio art. 30 (6 years); Ley General Tributaria art. 66 bis (10 years)"),
    "FI": (7, "Kirjanpitolaki 1336/1997 2 luku 10 §: 6 years after the year in which the business year ended"),
    "FR": (10, "Code de commerce art. L123-22"),
    "GB": (7, "VAT Act 1994 Sch 11 para 6; Finance Act 1998 Sch 18 para 21: 6 years after the period"),
    "GE": (6, "საგადასახადო კოდექსი: 3 years after the year; kept twice as long, to be on the safe side"),
    "HR": (11, "Zakon o računovodstvu čl. 10"),
    "HU": (8, "2000. évi C. törvény a számvitelről 169. §"),
    "IE": (7, "Taxes Consolidation Act 1997 s 886; VAT Consolidation Act 2010 s 84: 6 years"),
    "IT": (10, "Codice civile art. 2220"),
    "LT": (10, "Bendrųjų dokumentų saugojimo terminų rodyklė (V-100)"),
    "LU": (10, "Code de commerce art. 16; loi TVA art. 65"),
    "NL": (7, "Algemene wet inzake rijksbelastingen art. 52"),
    "NO": (6, "Bokføringsloven § 13: 5 years after the business year"),
    "NZ": (8, "Tax Administration Act 1994 s 22; GST Act 1985 s 75: 7 years after the tax year"),
    "PL": (6, "Ordynacja podatkowa art. 70 § 1, art. 86; ustawa o VAT art. 112: 5 years after the year in which the tax was due"),
    "PT": (10, "Código do IVA art. 52; Código do IRC art. 123"),
    "SE": (8, "Bokföringslag (1999:1078) 7 kap. 2 §: 7 years after the year in which the business year ended"),
    "SI": (10, "Zakon o davku na dodano vrednost (ZDDV-1) 86. člen"),
    "SK": (10, "Zákon č. 431/2002 Z. z. o účtovníctve § 35; zákon č. 222/2004 Z. z. o DPH § 76"),
    "US": (7, "26 U.S.C. § 6001, § 6501, § 6511(d); states ask less"),
}  # fmt: skip


def years_kept(country: str, own: int | None) -> int:
    return LAWS.get(country, (USUAL, ""))[0] if own is None else own


def law_of(country: str) -> str:
    """The act, as it is cited there; "" where none is known here."""
    return LAWS.get(country, (USUAL, ""))[1]


def kept_from(today: datetime.date, years: int) -> datetime.date:
    """The first day whose invoices are still kept."""
    return datetime.date(max(1, today.year - years), 1, 1)
