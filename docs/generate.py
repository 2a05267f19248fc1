"""Writes `docs/reference/`: run `.venv/bin/python docs/generate.py` after a change of its source.

A test compares the committed files with `reference()`, so that they cannot drift.
"""

import argparse
import json
import sys
import tomllib
from collections.abc import Iterator, Mapping
from inspect import getdoc
from pathlib import Path
from typing import Any

import typer
from fastapi import FastAPI
from pydantic import AliasChoices, BaseModel

from loopline import __main__ as command
from recycling.charts import api_commands, mermaid, states_json
from recycling.tables import TABLES
from runtime.settings import Settings
from schemas.export import GENERATED, REFERENCE, exported
from web.app import create_app
from web.live import LiveFeed
from web.partner.app import create_partner_app
from web.partner.problems import KINDS
from web.partner.services import PartnerServices
from web.problems import URN
from web.services import Services

RELEASED = "docs/released/partner-api.json"
ROOT = Path(__file__).resolve().parents[1]


def reference() -> Mapping[str, str]:
    """Return the text of each generated file, by its path from the top of the repository."""
    return {
        **exported(),
        f"{REFERENCE}/cli.md": "\n".join(_cli_page()) + "\n",
        f"{REFERENCE}/http.md": "\n".join(_http_page()) + "\n",
        f"{REFERENCE}/metrics.md": "\n".join(_metrics_page()) + "\n",
        f"{REFERENCE}/partner-api.json": _as_json(partner_document()),
        f"{REFERENCE}/partner-api.md": "\n".join(_partner_page(partner_document())) + "\n",
        f"{REFERENCE}/settings.md": "\n".join(_settings_page()) + "\n",
        f"{REFERENCE}/takeback-states.md": "\n".join(_states_page()) + "\n",
    }


def verbs() -> Iterator[tuple[str, Any]]:
    """Yield every command that a person may call, with the words that call it."""
    yield from _verbs_of("loopline", typer.main.get_command(command.all_commands()))


def _verbs_of(name: str, group: Any) -> Iterator[tuple[str, Any]]:
    for word, found in group.commands.items():
        if hasattr(found, "commands"):
            yield from _verbs_of(f"{name} {word}", found)
        elif not found.hidden:
            yield f"{name} {word}", found


def _cli_page() -> Iterator[str]:
    yield "# Command line"
    yield ""
    yield GENERATED
    yield ""
    yield "Exit codes: 0 done, 1 a check failed, 2 bad input, 3 the surroundings refuse."
    for name, verb in verbs():
        yield ""
        yield f"## {name}"
        yield ""
        yield " ".join((verb.help or "").split())
        if verb.params:
            yield ""
            yield "| argument or option | default | what it does |"
            yield "|---|---|---|"
            for parameter in verb.params:
                yield f"| {_words(parameter)} | {_default(parameter)} | {parameter.help or ''} |"


def _words(parameter: Any) -> str:
    names = [*parameter.opts, *parameter.secondary_opts]
    if parameter.param_type_name == "argument":
        names = [parameter.name.upper()]
    return ", ".join(f"`{name}`" for name in names)


def _default(parameter: Any) -> str:
    if parameter.required:
        return "required"
    if parameter.default in (None, False) or callable(parameter.default):
        return ""
    return f"`{parameter.default}`"


def offline_app() -> FastAPI:
    """Return the application as it would serve, with services that nobody will ask."""

    def nobody(*_: Any, **__: Any) -> Any:
        raise RuntimeError("the reference is written without a running stack")

    return create_app(
        Services(
            publish=nobody,
            query=nobody,
            now=nobody,
            durable=False,
            live=LiveFeed(epoch="reference"),
            health=tuple,
            product_version="reference",
            timezone="Asia/Shanghai",
        )
    )


def routes(app: FastAPI) -> Iterator[tuple[str, Any]]:
    """Yield every route of ``app`` as ``METHOD path``."""
    every: list[Any] = [*app.routes]
    for found in every:
        inner = getattr(found, "original_router", None)
        for route in [found] if inner is None else inner.routes:
            for method in sorted(set(getattr(route, "methods", None) or {"GET"}) - {"HEAD"}):
                yield f"{method} {route.path}", route


def _http_page() -> Iterator[str]:
    app = offline_app()
    described = app.openapi()["paths"]
    yield "# HTTP"
    yield ""
    yield GENERATED
    yield ""
    yield "A refusal is `application/problem+json` and names field and value."
    for name, route in sorted(routes(app), key=lambda item: item[1].path):
        yield ""
        yield f"## {name}"
        yield ""
        yield " ".join(_told(route).split())
        method, _, path = name.partition(" ")
        answers = described.get(path, {}).get(method.lower(), {})
        yield from _parameters(answers.get("parameters", []))
        yield from _answers(answers.get("responses", {}))


def _told(route: Any) -> str:
    endpoint = getattr(route, "endpoint", None)
    if endpoint is None:
        return "Files of the pages."
    if route.path == "/openapi.json":
        return "This interface for machines."
    # A page's function says nothing of itself; its file does.
    return getdoc(endpoint) or (getdoc(sys.modules[endpoint.__module__]) or "").partition("\n")[0]


def _parameters(parameters: list[dict[str, Any]]) -> Iterator[str]:
    if parameters:
        yield ""
        yield "| parameter | in | required |"
        yield "|---|---|---|"
    for one in parameters:
        yield f"| `{one['name']}` | {one['in']} | {'yes' if one.get('required') else ''} |"


def _answers(responses: Mapping[str, dict[str, Any]]) -> Iterator[str]:
    if responses:
        yield ""
        yield "| status | means |"
        yield "|---|---|"
    for status, answer in sorted(responses.items()):
        means = str(answer["description"])
        yield f"| {status} | {'answered' if means == 'Successful Response' else means} |"


def partner_document() -> dict[str, Any]:
    """Return the OpenAPI document of the partner API, as a process of any version serves it."""
    nobody: Any = None
    names = (name for name in PartnerServices.__dataclass_fields__ if name != "registry")
    services = PartnerServices(**{name: nobody for name in names} | {"product_version": "v1"})
    app = create_partner_app(services)
    route = next(one for one in app.routes if getattr(one, "path", "") == "/openapi.json")
    endpoint: Any = route.endpoint  # type: ignore[attr-defined]  # a route of FastAPI
    document: dict[str, Any] = json.loads(endpoint().body)
    return document


def _as_json(document: Mapping[str, Any]) -> str:
    return json.dumps(document, ensure_ascii=False, indent=1, sort_keys=True) + "\n"


def _partner_page(document: Mapping[str, Any]) -> Iterator[str]:
    yield "# Partner API"
    yield ""
    yield GENERATED
    yield ""
    yield "For machines: [partner-api.json](partner-api.json), OpenAPI 3.1, served at"
    yield "`/openapi.json`. How to begin: [partners.md](../partners.md). Scope `-` is any"
    yield "credential, `none` is nobody asked; where no role is named, any may ask. States are"
    yield "those that a command is allowed from. Every refusal is `application/problem+json`."
    yield ""
    yield "| route | what it does | scope | roles | states | answers |"
    yield "|---|---|---|---|---|---|"
    for path, methods in document["paths"].items():
        for method, one in methods.items():
            yield _partner_row(f"{method.upper()} {path}", one)
    yield ""
    yield "## Problems"
    yield ""
    yield f"`type` is `{URN}` and the name."
    yield ""
    yield "| name | status | means |"
    yield "|---|---|---|"
    for name, kind in KINDS.items():
        yield f"| `{name}` | {kind.status} | {kind.title} |"


def _partner_row(route: str, one: Mapping[str, Any]) -> str:
    scope = "none" if one.get("security") == [] else one.get("x-scope", "-")
    cells = (
        f"`{route}`",
        one["summary"],
        scope,
        ", ".join(one.get("x-roles", ())),
        ", ".join(one.get("x-states", ())),
        ", ".join(sorted(one["responses"])),
    )
    return f"| {' | '.join(cells)} |"


def variables(model: type[BaseModel], prefix: str = "LOOPLINE_") -> Iterator[tuple[str, Any]]:
    """Yield every environment variable that the settings are read from."""
    for name, field in model.model_fields.items():
        inner = field.annotation
        if isinstance(inner, type) and issubclass(inner, BaseModel):
            yield from variables(inner, f"{prefix}{name.upper()}__")
        elif isinstance(field.validation_alias, AliasChoices):
            yield str(field.validation_alias.choices[0]), field
        else:
            yield prefix + name.upper(), field


def _settings_page() -> Iterator[str]:
    yield "# Settings"
    yield ""
    yield GENERATED
    yield ""
    yield "Environment variables, read once when a process starts; a bad one ends it."
    for name, field in variables(Settings):
        default = "none" if field.default in (None, "") else f"`{field.default}`"
        limits = ", ".join(_limit(limit) for limit in field.metadata)
        yield ""
        yield f"## {name}"
        yield ""
        yield f"Default {default}{f'; {limits}' if limits else ''}."


def _limit(limit: Any) -> str:
    for name, words in (("ge", "at least"), ("le", "at most"), ("pattern", "matching")):
        if hasattr(limit, name):
            return f"{words} `{getattr(limit, name)}`"
    return str(limit)


def _metrics_page() -> Iterator[str]:
    yield "# Metrics"
    yield ""
    yield GENERATED
    yield ""
    yield "One definition per number, from `warehouse/metrics.toml`."
    metrics = tomllib.loads((ROOT / "warehouse/metrics.toml").read_text(encoding="utf-8"))
    for name, metric in metrics["metric"].items():
        below = f" / `{metric['denominator']}`" if "denominator" in metric else ""
        yield ""
        yield f"## {name}"
        yield ""
        yield f"{metric['name_en']} ({metric['name_zh']}). {metric['note_en']}"
        yield ""
        yield (
            f"Unit `{metric['unit']}`, {metric['kind']} of {metric['source']}: "
            f"`{metric['numerator']}`{below}. Version {metric['version']}."
        )


def _states_page() -> Iterator[str]:
    yield "# States of take-back"
    yield ""
    yield GENERATED
    yield ""
    yield "`-` is not yet existing. A pair of state and command that no row names is refused with"
    yield "`transition-not-allowed` and what the state allows; nothing is written."
    for table in TABLES.values():
        document = states_json(table)
        yield ""
        yield f"## {table.kind}"
        yield ""
        yield (
            f"{len(document['states'])} states, {len(table.commands)} commands, "
            f"{document['legal_pairs']} of {document['pairs']} pairs legal. "
            f"Final: {', '.join(document['final_states'])}."
        )
        for guard in document["first"]:
            yield f"Before any row: {guard['asks']}."
        yield from _moves_of(document["moves"])
        yield ""
        yield "```mermaid"
        yield mermaid(table).rstrip()
        yield "```"
    yield ""
    yield "## Commands that people send"
    yield ""
    yield "| command | route | roles |"
    yield "|---|---|---|"
    for table in TABLES.values():
        for one in api_commands(table):
            yield f"| {one.kind} {one.command} | `POST {one.path}` | {', '.join(one.roles)} |"


def _moves_of(moves: list[dict[str, Any]]) -> Iterator[str]:
    yield ""
    yield "| from | command | roles | guards | evidence | to | event | EPCIS |"
    yield "|---|---|---|---|---|---|---|---|"
    for move in moves:
        flag = "".join(f" {sign}{move[key]}" for sign, key in (("+", "adds"), ("-", "drops"))
                       if move[key])  # fmt: skip
        cells = (
            ", ".join(move["from"]),
            move["command"],
            ", ".join(move["roles"]),
            "; ".join(guard["asks"] for guard in move["guards"]),
            ", ".join(f"{f['name']}{'' if f['required'] else '?'}" for f in move["evidence"]),
            ", ".join(move["to"]) + flag,
            move["event"],
            move["epcis"] or "none",
        )
        yield f"| {' | '.join(cells)} |"


def main() -> None:
    """Write what differs, and take away generated schemas that no topic has any more."""
    parser = argparse.ArgumentParser(description=__doc__)
    told = "keep the partner API as it is, as what later ones may only add to"
    parser.add_argument("--release", action="store_true", help=told)
    wanted = dict(reference())
    if parser.parse_args().release:
        wanted[RELEASED] = wanted[f"{REFERENCE}/partner-api.json"]
    for path, text in wanted.items():
        file = ROOT / path
        if not file.is_file() or file.read_text(encoding="utf-8") != text:
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text, encoding="utf-8")
            sys.stdout.write(f"{path}\n")
    for file in (ROOT / REFERENCE / "schemas").glob("*.json"):
        if file.relative_to(ROOT).as_posix() not in wanted:
            file.unlink()


if __name__ == "__main__":
    main()
