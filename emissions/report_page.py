"""A report for people: one HTML page that needs nothing else, in Chinese or English."""

from collections.abc import Iterable, Mapping
from decimal import Decimal
from html import escape
from itertools import islice

from emissions.coverage import Coverage
from emissions.quality import SCORE_NAMES
from emissions.report_html import Cell, Words, pairs, section, table, words_in
from emissions.report_iso14083 import Deviation, Report
from emissions.report_rows import csv_body_sha256
from emissions.report_sums import HubSum, Intensities, Sums, TransportSum, rounded
from emissions.tce_row import TceRow
from schemas.vocabulary import DataClass

MAX_ROWS_ON_A_PAGE = 1_000
LANGUAGES = ("zh", "en")
SUM_NAMES = ("tces", "wtt_kgco2e", "ttw_kgco2e", "wtw_kgco2e")
STYLE = """
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 84rem; padding: 0 1rem }
table { border-collapse: collapse; margin: .5rem 0 1.5rem; width: 100% }
th, td { border-bottom: 1px solid #bbb; padding: .25rem .5rem; text-align: left }
td { min-width: 5em; overflow-wrap: anywhere }
th { vertical-align: bottom }
.number { font-variant-numeric: tabular-nums; text-align: right }
td.number { white-space: nowrap }
section { overflow-x: auto }
@media print { body { margin: 0; max-width: none } tr { break-inside: avoid } }
"""


def page_of(report: Report, *, lang: str, body_sha256: str | None = None) -> str:
    """Return the page of ``report`` in ``lang``: sums, statements, sample and the first rows.

    ``body_sha256`` is that of the CSV's body where ``report`` does not hold every row.

    Raises
    ------
    Refused
        If there are no words in that language.
    """
    body = _body(report, words_in(lang), body_sha256 or csv_body_sha256(report))
    return _document(lang, words_in(lang)["title"], body)


def page_in_both_languages(report: Report, *, body_sha256: str | None = None) -> str:
    """Return one page that says everything in Chinese, then in English."""
    told = body_sha256 or csv_body_sha256(report)
    links = "".join(
        f'<a href="#{lang}" lang="{lang}">{escape(words_in(lang)["title"])}</a>\n'
        for lang in LANGUAGES
    )
    articles = "".join(
        f'<article id="{lang}" lang="{lang}">\n{_body(report, words_in(lang), told)}</article>\n'
        for lang in LANGUAGES
    )
    title = " / ".join(words_in(lang)["title"] for lang in LANGUAGES)
    return _document(LANGUAGES[0], title, f"<nav>\n{links}</nav>\n{articles}")


def _document(lang: str, title: str, body: str) -> str:
    return (
        f'<!doctype html>\n<html lang="{lang}">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)}</title>\n<style>{STYLE}</style>\n</head>\n<body>\n"
        f"{body}</body>\n</html>\n"
    )


def _body(report: Report, words: Words, body_sha256: str) -> str:
    parts = (
        _about(report, words, body_sha256),
        _intensities(report, words),
        _breakdowns(report, words),
        _quality(report, words),
        _coverage(report.coverage, words),
        _deviations(report, words),
        _sets(report, words),
        _sample(report, words),
        _rows(report, words),
    )
    return f"<h1>{escape(words['title'])}</h1>\n{''.join(parts)}"


def _about(report: Report, words: Words, body_sha256: str) -> str:
    about = report.about
    return section(
        words["about"],
        f"<p>{escape(words['standard'])}</p>",
        pairs(
            words,
            {
                "organisation": about.organisation,
                "service": about.service or words["whole_organisation"],
                "period": f"{about.from_on} / {about.to_on}",
                "chains": report.chains,
                **dict(zip(SUM_NAMES, report.whole, strict=True)),
                "body": body_sha256,
            },
        ),
    )


def _intensities(report: Report, words: Words) -> str:
    return section(
        words["intensity"],
        f"<p>{escape(words['intensity_note'])}</p>",
        _transport(report.transport, words),
        f"<h3>{escape(words['by_mode'])}</h3>",
        _transport(report.by_mode, words),
        f"<h3>{escape(words['by_hub_operation'])}</h3>",
        _hubs(report.by_hub_operation, words),
    )


def _transport(rows: Iterable[TransportSum], words: Words) -> str:
    names = ("mode", "distance_kind", "transport_tkm", *SUM_NAMES, *_per_names("tkm"))
    return table(
        words,
        names,
        (
            (
                words["all_modes"] if one.mode is None else words[one.mode],
                words[one.distance_kind],
                one.transport_tkm,
                *one.sums,
                *one.per_tkm,
            )
            for one in rows
        ),
    )


def _hubs(rows: Iterable[HubSum], words: Words) -> str:
    names = ("hub_operation", "outbound_t", *SUM_NAMES, *_per_names("t"))
    return table(
        words, names, ((one.hub_operation, one.outbound_t, *one.sums, *one.per_t) for one in rows)
    )


def _per_names(unit: str) -> tuple[str, ...]:
    return tuple(f"{name.removesuffix('_kgco2e')}_per_{unit}" for name in Intensities._fields)


def _breakdowns(report: Report, words: Words) -> str:
    months = {f"{month:%Y-%m}": sums for month, sums in report.by_month.items()}
    return section(
        words["totals"],
        f"<h3>{escape(words['by_energy'])}</h3>",
        _grouped("energy", report.by_energy, words),
        f"<h3>{escape(words['by_month'])}</h3>",
        _grouped("month", months, words),
    )


def _grouped(name: str, groups: Mapping[str, Sums], words: Words) -> str:
    rows = ((key or None, *sums) for key, sums in groups.items())
    return table(words, (name, *SUM_NAMES), rows)


def _quality(report: Report, words: Words) -> str:
    scores = report.scores
    means = {} if scores is None else {name: getattr(scores, name) for name in SCORE_NAMES}
    shares = (
        (words[one], rounded(report.data.kg_share(one)), rounded(report.data.tkm_share(one)))
        for one in DataClass
    )
    return section(
        words["quality"],
        f"<p>{escape(words['quality_note'])}</p>",
        pairs(words, {name: rounded(mean) for name, mean in means.items()}),
        table(words, ("data_class", "kg_share", "tkm_share"), shares),
        f"<h3>{escape(words['flags'])}</h3>",
        _grouped("flag", report.by_flag, words),
    )


def _coverage(coverage: Coverage | None, words: Words) -> str:
    if coverage is None:
        return section(words["coverage"], f"<p>{escape(words['coverage_not_stated'])}</p>")
    shares = ("shipment_share", "mass_share", "category_share")
    gaps = (
        (str(reason), gap.records, gap.shipments, gap.mass_kg)
        for reason, gap in coverage.gaps.items()
    )
    return section(
        words["coverage"],
        pairs(words, {name: rounded(getattr(coverage, name)) for name in shares}),
        f"<h3>{escape(words['gaps'])}</h3>",
        table(words, ("reason", "records", "shipments", "mass_kg"), gaps),
        f"<h3>{escape(words['undated'])}</h3>",
        table(words, ("reason", "records"), [(str(one), n) for one, n in coverage.undated.items()]),
    )


def _deviations(report: Report, words: Words) -> str:
    told = [_deviation(one, report, words) for one in report.deviations]
    items = "".join(f"<li>{escape(one)}</li>\n" for one in told or [words["no_deviations"]])
    return section(words["deviations"], f"<ul>\n{items}</ul>\n")


def _deviation(deviation: Deviation, report: Report, words: Words) -> str:
    if deviation is Deviation.DEFAULTS_NOT_JUSTIFIED:
        return f"{words[deviation]} {', '.join(report.not_justified)}"
    return words[deviation]


def _sets(report: Report, words: Words) -> str:
    uses = ((*use, *sums) for use, sums in report.sets.items())
    names = ("factor_set", "factor_set_sha256", "gwp_set", *SUM_NAMES)
    return section(
        words["sets"],
        table(words, names, uses),
        _grouped("gwp_set", report.by_gwp_set, words),
        _grouped("method_version", report.by_method_version, words),
    )


def _sample(report: Report, words: Words) -> str:
    rows = ((row.tce_id, row.wtw_kgco2e, row.inputs_sha256, row.evidence) for row in report.sample)
    return section(
        words["sample"],
        f"<p>{escape(words['sample_note'])} {escape(report.about.seed)}</p>",
        table(words, ("tce_id", "wtw_kgco2e", "inputs_sha256", "evidence"), rows),
    )


def _rows(report: Report, words: Words) -> str:
    names = (
        "tce_id", "kind", "occurred_on", "mode", "hub_operation", "mass_kg", "distance_km",
        "distance_kind", "wtt_kgco2e", "ttw_kgco2e", "wtw_kgco2e", "factor_id",
    )  # fmt: skip
    is_cut = report.whole.tces > MAX_ROWS_ON_A_PAGE
    first = islice(report.rows, MAX_ROWS_ON_A_PAGE)
    return section(
        words["rows"],
        f"<p>{escape(words['rows_note'])}</p>" if is_cut else "",
        table(words, names, ([_told(row, name, words) for name in names] for row in first)),
    )


def _told(row: TceRow, name: str, words: Words) -> Cell:
    value = getattr(row, name)
    if value is None:
        return ""  # a hub has no mode and no distance
    if name in ("kind", "mode", "distance_kind"):
        return words[value]
    return value if isinstance(value, Decimal) else str(value)
