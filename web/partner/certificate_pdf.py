"""A signed treatment certificate as pages for people, in Chinese and English.

What is drawn is read out of the signed bytes, so that the page shows nothing that was not signed.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from io import BytesIO
from typing import Any
from xml.sax.saxutils import escape

from reportlab.lib.colors import HexColor
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.cidfonts import UnicodeCIDFont
from reportlab.platypus import LongTable, Paragraph, SimpleDocTemplate, Spacer, TableStyle

from recycling.canonical import read_canonical
from recycling.certificate_check import read_certificate
from recycling.facts import CHINA
from recycling.mass_balance import percent
from runtime.signing import Signed
from web.catalogue import LANGUAGES, Catalogue, catalogue_of

HAN = "STSong-Light"  # one that readers bring: no font file is shipped
LATIN, BOLD, FIXED = "Helvetica", "Helvetica-Bold", "Courier"
MARGIN = 15 * mm
PADDING = 6  # that a page's frame has on each side
WIDTH = A4[0] - 2 * (MARGIN + PADDING)
GREEN, GREY, PALE = HexColor("#1b5e43"), HexColor("#5f6b66"), HexColor("#eef4f1")
NUMBERS = frozenset(
    {
        "fractions.mass", "balance.of_input", "balance.limit", "units.mass",
        "gas.recovered", "gas.destroyed", "gas.reclaimed", "gas.vented",
    }
)  # fmt: skip
_BEYOND_LATIN = re.compile(r"[^\x00-\xff]+")
_TEXT = ParagraphStyle("text", fontName=LATIN, fontSize=7.5, leading=10)
_SMALL = ParagraphStyle("small", parent=_TEXT, fontSize=6.5)
_RIGHT = ParagraphStyle("right", parent=_TEXT, alignment=2)
_LABEL = ParagraphStyle("label", parent=_SMALL, leading=8.5, textColor=GREY)
_RIGHT_LABEL = ParagraphStyle("right label", parent=_LABEL, alignment=2)
_HEAD = ParagraphStyle("head", parent=_TEXT, fontName=BOLD, fontSize=9, leading=12,
                       textColor=GREEN, spaceBefore=6, spaceAfter=2)  # fmt: skip
_TITLE = ParagraphStyle("title", parent=_HEAD, fontSize=17, leading=22)
_CODE = ParagraphStyle("code", parent=_SMALL, fontName=FIXED, fontSize=6.5)
_ROWS = TableStyle(
    [
        ("LINEBELOW", (0, 0), (-1, -1), 0.25, HexColor("#c9d5cf")),
        ("VALIGN", (0, 0), (-1, -1), "TOP"),
        ("TOPPADDING", (0, 0), (-1, -1), 1.5),
        ("BOTTOMPADDING", (0, 0), (-1, -1), 1.5),
        ("LEFTPADDING", (0, 0), (-1, -1), 3),
        ("RIGHTPADDING", (0, 0), (-1, -1), 3),
    ]
)
# Plain cells, which are quicker than paragraphs by far; the longest code, 80 characters, fits.
_UNIT_COLUMNS = TableStyle(
    [
        ("FONT", (0, 1), (0, -1), FIXED, 6, 10),
        ("FONT", (2, 1), (2, -1), LATIN, 6.5, 10),
        ("ALIGN", (2, 1), (2, -1), "RIGHT"),
    ]
)
Read = Mapping[str, Any]


def certificate_pdf(signed: Signed) -> bytes:
    """Return a PDF of A4 pages; the same signed certificate gives the same bytes.

    Raises
    ------
    NotCanonical
        If what was signed is not the canonical form of a document.
    CertificateRefused
        If it is no certificate, or one that contradicts itself.
    """
    told = read_certificate(read_canonical(signed.payload))
    pdfmetrics.registerFont(UnicodeCIDFont(HAN))
    _, pages = _drawn(told, signed, pages=0)  # once to count them
    raw, _ = _drawn(told, signed, pages=pages)
    return raw


def _drawn(told: Read, signed: Signed, *, pages: int) -> tuple[bytes, int]:
    file = BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=MARGIN,
        rightMargin=MARGIN,
        topMargin=MARGIN,
        bottomMargin=MARGIN,
        title=f"{_english().text('title')} {told['certificate_id']}",
        subject=signed.payload_sha256,
        invariant=1,  # no clock and no random id
    )
    foot = partial(_foot, told=told, pages=pages)
    document.build([*_story(told, signed)], onFirstPage=foot, onLaterPages=foot)
    return file.getvalue(), document.page


def _story(told: Read, signed: Signed) -> Iterable[Any]:
    yield Paragraph(_both("title"), _TITLE)
    yield Paragraph(_both("lead"), _TEXT)
    yield Spacer(0, 4)
    yield from _about(told)
    yield from _balance(told)
    yield from _fractions(told)
    yield from _gases(told)
    yield from _signature(told, signed)
    yield from _units(told)


def _english() -> Catalogue:
    return catalogue_of("en", "certificate")


def _texts(message_id: str, **values: object) -> str:
    """Return a text in every language, one after the other."""
    return "  ".join(
        catalogue_of(language, "certificate").text(message_id, **values) for language in LANGUAGES
    )


def _both(message_id: str) -> str:
    return _mixed(_texts(message_id))


def _word(kind: str, word: str) -> str:
    """Return what people call a word of ours, in every language, or the word as it is."""
    named = [catalogue_of(language, "certificate").label(kind, word) for language in LANGUAGES]
    return _mixed("  ".join(dict.fromkeys(named)))


def _mixed(text: str) -> str:
    """Return ``text`` as markup, each run that the Latin font lacks in the Chinese one."""
    return _BEYOND_LATIN.sub(
        lambda run: f'<font name="{HAN}">{run[0]}</font>', escape(text.replace("\n", " "))
    )


def _foot(canvas: Any, document: Any, *, told: Read, pages: int) -> None:
    number = f"{told['certificate_id']}   {_texts('page.number', page=document.page, pages=pages)}"
    line = Paragraph(_mixed(number), ParagraphStyle("foot", parent=_LABEL, alignment=1))
    line.wrap(WIDTH, MARGIN)
    line.drawOn(canvas, MARGIN, 8 * mm)


def _day(at: datetime) -> str:
    return f"{at.astimezone(CHINA):%Y-%m-%d %H:%M} UTC+8"


def _table(rows: Sequence[Sequence[Any]], widths: Sequence[int], *, heads: int = 1) -> LongTable:
    scale = WIDTH / sum(widths)
    table = LongTable(rows, colWidths=[w * scale for w in widths], repeatRows=heads, style=_ROWS)
    if heads:
        table.setStyle(TableStyle([("BACKGROUND", (0, 0), (-1, heads - 1), PALE)]))
    return table


def _heads(*message_ids: str) -> list[Paragraph]:
    """Return the heads of columns; those of numbers stand on the right, as numbers do."""
    return [
        Paragraph(_both(one), _RIGHT_LABEL if one in NUMBERS else _LABEL) for one in message_ids
    ]


def _number(value: Decimal, unit: str) -> Paragraph:
    return Paragraph(f"{value:,f} {unit}", _RIGHT)


def _about(told: Read) -> Iterable[Any]:
    def party(kind: str) -> str:
        name = told.get(f"{kind}_name")
        return f"{name} ({told[f'{kind}_id']})" if name else str(told[f"{kind}_id"])

    licences = "; ".join(
        f"{one['licence_id']} {one['valid_from_on']} .. {one['valid_to_on']}"
        for one in told["licences"]
    )
    rules = ", ".join(f"{one['rule']} {one['version']}" for one in told["rules"])
    facts = [
        ("about.certificate", told["certificate_id"]), ("about.batch", told["batch_id"]),
        ("about.dismantler", party("dismantler")), ("about.site", party("site")),
        ("about.licence", licences), ("about.issuer", told["issuer_id"]),
        ("about.opened", _day(told["opened_at"])), ("about.closed", _day(told["closed_at"])),
        ("about.balanced", _day(told["balanced_at"])),
        ("about.certified", _day(told["certified_at"])),
        ("balance.units", str(len(told["units"]))), ("rules.title", rules),
    ]  # fmt: skip
    cells = [
        [Paragraph(_both(name), _LABEL), Paragraph(_mixed(value), _TEXT)] for name, value in facts
    ]
    pairs = [left + right for left, right in zip(cells[::2], cells[1::2], strict=True)]
    yield _table(pairs, (22, 68, 26, 64), heads=0)


def _balance(told: Read) -> Iterable[Any]:
    input_kg = told["input_kg"]
    averaged_kg = sum(
        (one["mass_kg"] for one in told["units"] if one["mass_basis"] == "class_average"),
        Decimal(0),
    )
    rows = [
        ("balance.input", input_kg, ""),
        ("balance.output", told["output_kg"], ""),
        ("balance.losses", told["losses_kg"], told["loss_limit_share"]),
        ("balance.gap", told["gap_kg"], told["gap_limit_share"]),
        ("balance.class_average", averaged_kg, ""),
    ]
    yield Paragraph(_both("balance.title"), _HEAD)
    yield _table(
        [
            _heads("balance.part", "fractions.mass", "balance.of_input", "balance.limit"),
            *(
                [
                    Paragraph(_both(name), _TEXT),
                    _number(mass_kg, "kg"),
                    Paragraph(percent(mass_kg, input_kg), _RIGHT),
                    Paragraph(percent(limit, Decimal(1)) if limit else "", _RIGHT),
                ]
                for name, mass_kg, limit in rows
            ),
        ],
        (80, 35, 35, 30),
    )


def _fractions(told: Read) -> Iterable[Any]:
    yield Paragraph(_both("fractions.title"), _HEAD)
    rows = [
        [
            Paragraph(_word("material", one["material"]), _TEXT),
            _number(one["mass_kg"], "kg"),
            Paragraph(percent(one["mass_kg"], told["input_kg"]), _RIGHT),
            Paragraph(one["operation_code"], _TEXT),
            Paragraph(_mixed(one["destination_id"]), _SMALL),
            Paragraph(one.get("hazardous_code", ""), _TEXT),
            Paragraph(_mixed(one.get("consignee_id", "")), _SMALL),
        ]
        for one in told["fractions"]
    ]
    total = [Paragraph(_both("fractions.sum"), _TEXT), _number(told["output_kg"], "kg")]
    heads = _heads(
        "fractions.material", "fractions.mass", "balance.of_input", "fractions.operation",
        "fractions.destination", "fractions.hazardous", "fractions.consignee",
    )  # fmt: skip
    share = Paragraph(percent(told["output_kg"], told["input_kg"]), _RIGHT)
    yield _table([heads, *rows, [*total, share, "", "", "", ""]], (42, 24, 24, 18, 27, 24, 27))


def _gases(told: Read) -> Iterable[Any]:
    yield Paragraph(_both("gas.title"), _HEAD)
    if not told["refrigerants"]:
        yield Paragraph(_both("gas.none"), _TEXT)
        return
    fates = ("recovered", "destroyed", "reclaimed", "vented")
    yield _table(
        [
            _heads("gas.gas", *(f"gas.{fate}" for fate in fates)),
            *(
                [Paragraph(one["gas"], _TEXT), *(_number(one[f"{fate}_g"], "g") for fate in fates)]
                for one in told["refrigerants"]
            ),
        ],
        (1, 1, 1, 1, 1),
    )


def _units(told: Read) -> Iterable[Any]:
    yield Paragraph(_both("units.title"), _HEAD)
    # The same few words stand in thousands of rows: each is drawn up once.
    words: dict[tuple[str, str], Paragraph] = {}
    for one in told["units"]:
        for kind, word in (("category", one["category"]), ("basis", one["mass_basis"])):
            words.setdefault((kind, word), Paragraph(_word(kind, word), _SMALL))
    table = _table(
        [
            _heads("units.code", "units.category", "units.mass", "units.basis"),
            *(
                [
                    one["code"],
                    words["category", one["category"]],
                    f"{one['mass_kg']:,f} kg",
                    words["basis", one["mass_basis"]],
                ]
                for one in told["units"]
            ),
        ],
        (120, 32, 18, 30),
    )
    table.setStyle(_UNIT_COLUMNS)
    yield table


def _signature(told: Read, signed: Signed) -> Iterable[Any]:
    yield Paragraph(_both("signature.title"), _HEAD)
    rows = [
        ("signature.kid", signed.kid),
        ("signature.sha256", signed.payload_sha256),
        ("signature.check", f"loopline verify {told['certificate_id']}.json --keys keys.json"),
    ]
    yield _table(
        [[Paragraph(_both(name), _LABEL), Paragraph(escape(value), _CODE)] for name, value in rows],
        (60, 120),
        heads=0,
    )
