"""``/board``: tiles, trend, breakdowns and coverage, whole or as the fragment that live needs."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from schemas.vocabulary import TransportMode
from warehouse import board
from warehouse.board import FILTER_KEY, Breakdown, Name, Part, Split
from warehouse.filter import Filter, FilterInvalid, Scope
from warehouse.metrics import Figure, State
from warehouse.sums import Query
from web.asked import Asked, filter_asked, tidy
from web.chart import Mark, spark_path, trend_chart
from web.display import NO_VALUE, Shown, day, instant, mass_of_co2e, month, percent, shown
from web.pages import is_fragment, page, reader_of
from web.services import Services

CHARTS = (("wide", 1_130.0), ("medium", 680.0), ("narrow", 300.0))
LATEST_ROWS = 8
BAR_SCALE = 100
QUICK_PERIODS = ("from=-29d", "from=mtd", "from=ytd", "from=-11m", "")
FORM_KEYS = ("cat", "base", "mode")


@dataclass(frozen=True, slots=True)
class Tile:
    """A figure as its tile shows it."""

    id: str
    name: str
    note: str
    shown: Shown
    absent: str
    reason: str
    spark: tuple[str, Mark] | None


@dataclass(frozen=True, slots=True)
class Row:
    """One row of a breakdown as its table shows it."""

    label: str
    href: str
    is_chosen: bool
    emission: Shown
    share: Shown
    intensity: Shown
    shipments: Shown
    bar: float


@dataclass(frozen=True, slots=True)
class Chip:
    """One narrowing of the filter, with the address that takes it away."""

    key: str
    text: str
    href: str


@dataclass(frozen=True, slots=True)
class Choice:
    """One option of a form field."""

    value: str
    label: str
    is_chosen: bool


class View:
    """Turns what the warehouse says into what a template prints, in one language."""

    def __init__(self, asked: Asked, language: str, text: Any, label: Any) -> None:
        """Keep the filter and the words."""
        self._asked, self._language = asked, language
        self._text, self._label = text, label
        self._names = {
            (key, name.id): name for key, names in asked.choices.items() for name in names
        }

    def tile(self, figure: Figure, months: Sequence[tuple[date, Decimal]]) -> Tile:
        """Return the tile of a figure."""
        metric = figure.metric
        open_on = self._asked.watermark_on.replace(day=1)
        # A sum over a month that is still open would look like a fall.
        closed = [v for month_on, v in months if metric.kind != "sum" or month_on < open_on]
        is_zh = self._language == "zh"
        return Tile(
            metric.id,
            metric.name_zh if is_zh else metric.name_en,
            metric.note_zh if is_zh else metric.note_en,
            shown(figure, self._language),
            "tile.not_shown" if figure.state is State.NOT_NARROWED else "tile.no_data",
            self._text(f"reason.{figure.reason}") if figure.reason else "",
            spark_path(closed),
        )

    def name(self, key: str, kind: str, name: Name) -> str:
        """Return what people call an id."""
        given = name.zh if self._language == "zh" else name.en
        return str(self._label(kind, name.id, given))

    def rows(self, parts: Breakdown) -> list[Row]:
        """Return the rows of a breakdown's table."""
        largest = max((part.emission.value or Decimal(0) for part in parts.parts), default=None)
        return [self._row(parts.by, part, largest or Decimal(1)) for part in parts.parts]

    def _row(self, by: str, part: Part, largest: Decimal) -> Row:
        wanted, key = self._asked.wanted, FILTER_KEY[by]
        value = part.emission.value or Decimal(0)
        lang = self._language
        return Row(
            label=self.name(key, by, part.name),
            href=address(wanted.narrowed(key, part.name.id)) if part.name.id else "",
            is_chosen=len(wanted.of(key)) == 1 and wanted.of(key)[0].token == part.name.id,
            emission=shown(part.emission, lang),
            share=percent(part.share, lang) if part.share is not None else Shown(NO_VALUE, "", ""),
            intensity=shown(part.intensity, lang),
            shipments=shown(part.shipments, lang),
            bar=float(max(Decimal(0), value) / largest * BAR_SCALE),
        )

    def chips(self) -> list[Chip]:
        """Return what narrows the figures now."""
        wanted = self._asked.wanted
        kinds = {key: kind for kind, key in FILTER_KEY.items()}
        return [
            Chip(
                self._text(f"filter.{key}"),
                ", ".join(
                    ("≠ " if item.excluded else "")
                    + self._item(key, kinds.get(key, key), item.token)
                    for item in items
                ),
                address(wanted.widened(key)),
            )
            for key, items in wanted.items
        ]

    def _item(self, key: str, kind: str, token: str) -> str:
        return self.name(key, kind, self._names.get((key, token), Name(token)))

    def fields(self) -> Mapping[str, list[Choice]]:
        """Return the options of the form's select fields."""
        modes = tuple(Name(mode) for mode in TransportMode)
        offered = {**self._asked.choices, "mode": modes}
        kinds = {key: kind for kind, key in FILTER_KEY.items()}
        return {key: self._options(key, kinds[key], offered[key]) for key in FORM_KEYS}

    def _options(self, key: str, kind: str, names: Sequence[Name]) -> list[Choice]:
        items = self._asked.wanted.of(key)
        now = ",".join(str(item) for item in items)
        options = [
            Choice(name.id or "", self.name(key, kind, name), name.id == now) for name in names
        ]
        if now and not any(option.is_chosen for option in options):
            words = ", ".join(self._item(key, kind, item.token) for item in items)
            options.append(Choice(now, words, is_chosen=True))
        return options


def address(wanted: Filter) -> str:
    """Return the address of the board under a filter."""
    return f"/board?{wanted.canonical}" if wanted.canonical else "/board"


def _split_shown(split: Split | None, language: str) -> dict[str, Any] | None:
    if split is None or split.wtw_kgco2e <= 0:
        return None
    share = float(split.ttw_kgco2e / split.wtw_kgco2e * BAR_SCALE)
    return {
        "ttw": mass_of_co2e(split.ttw_kgco2e, language),
        "wtt": mass_of_co2e(split.wtt_kgco2e, language),
        "ttw_share": min(max(share, 0.0), float(BAR_SCALE)),
    }


def figures(asked: Asked, view: View, query: Query, language: str, timezone: str) -> dict[str, Any]:
    """Return everything that the figures' template prints."""
    wanted = asked.wanted
    months = board.series(board.TILES, wanted, query)
    points = board.trend(wanted, query, watermark_on=asked.watermark_on)
    kept = board.coverage(query)
    return {
        "tiles": [view.tile(f, months.get(f.metric.id, ())) for f in board.tiles(wanted, query)],
        "split": _split_shown(board.emission_split(wanted, query), language),
        "scope": wanted.scope,
        "breakdowns": {
            by: view.rows(board.breakdown(wanted, by, query)) for by in board.BREAKDOWNS
        },
        "charts": [
            (kind, trend_chart(points, width=width, language=language))
            for kind, width in CHARTS
        ],
        "months": [
            (month(p.month_on, language), shown(p.emission, language),
             shown(p.intensity, language), p.is_open)
            for p in reversed(points)
        ],
        "latest": [
            (one.shipment_id, instant(one.occurred_at, language, timezone),
             view.name("cat", "category", Name(one.category)), one.mode, one.leg,
             mass_of_co2e(one.emission_wtw_kgco2e, language))
            for one in board.latest(wanted, query, until=asked.watermark_on, limit=LATEST_ROWS)
        ],
        "coverage": {
            "shipments": view.tile(kept.shipments, ()),
            "primary": view.tile(kept.primary, ()),
            "letters": view.tile(kept.dead_letters, ()),
            "rejects": kept.rejects,
        },
    }  # fmt: skip


def _frame(asked: Asked, view: View, language: str, timezone: str) -> dict[str, Any]:
    wanted, reached = asked.wanted, asked.watermark
    return {
        "problem": None,
        "chips": view.chips(),
        "fields": view.fields(),
        "scopes": [(scope, wanted.scope is scope) for scope in Scope],
        "from_on": wanted.from_on.isoformat() if wanted.from_on else "",
        "to_on": wanted.to_on.isoformat() if wanted.to_on else "",
        "period": [day(edge, language) if edge else "" for edge in (wanted.from_on, wanted.to_on)],
        "quick": QUICK_PERIODS,
        "canonical": wanted.canonical,
        "data_to": instant(reached.data_to, language, timezone) if reached else "",
        "others": replace(wanted, from_on=None, to_on=None).canonical,
    }


def _refused(invalid: FilterInvalid, text: Any) -> dict[str, Any]:
    hint = text("invalid.nearest", nearest=invalid.nearest) if invalid.nearest else ""
    why = text(f"invalid.{invalid.why}")
    return {
        "problem": f"{invalid.key}={invalid.value} {why}{hint}",
        "chips": [],
        "fields": {key: [] for key in FORM_KEYS},
        "scopes": [(scope, False) for scope in Scope],
        "from_on": "",
        "to_on": "",
        "canonical": "",
    }


def routes(services: Services) -> APIRouter:
    """Return the routes of the board."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def root() -> RedirectResponse:
        return RedirectResponse("/board", status_code=307)

    @router.get("/board")
    def show(request: Request) -> Response:
        asked_for = tidy(request.url.query)
        whole = not is_fragment(request)
        if whole and asked_for != request.url.query:
            return RedirectResponse(f"/board?{asked_for}".rstrip("?"), status_code=303)
        template = "board.html" if whole else "figures.html"
        headers = {"HX-Push-Url": f"/board?{asked_for}".rstrip("?")}
        reader = reader_of(request)
        words = reader.catalogue
        try:
            with services.one_read() as query:
                asked = filter_asked(asked_for, services, query)
                view = View(asked, reader.language, words.text, words.label)
                values = figures(asked, view, query, reader.language, services.timezone)
        except FilterInvalid as invalid:
            return page(request, services, template, status=400, **_refused(invalid, words.text))
        frame = _frame(asked, view, reader.language, services.timezone)
        return page(request, services, template, headers=headers, **frame, **values)

    return router
