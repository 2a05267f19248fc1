"""Every operation of the API, as its OpenAPI document and its list of routes name it."""

from dataclasses import dataclass
from itertools import count
from typing import Any

from fastapi import FastAPI
from prometheus_client import CollectorRegistry

from tests.web.partner.bodies import MEDIA_TYPES, QUERIES, body_of
from tests.web.partner.room import Room
from web.partner.app import create_partner_app, openapi_of
from web.partner.services import PartnerServices

UNDOCUMENTED = frozenset({"/openapi.json"})


@dataclass(frozen=True)
class Operation:
    """One method of one path, and what the document says of it."""

    method: str
    path: str
    doc: Any

    @property
    def id(self) -> str:
        return str(self.doc["operationId"])

    @property
    def noun(self) -> str:
        """The first word after ``/v1/``."""
        return self.path.removeprefix("/v1/").partition("/")[0].partition(":")[0]

    @property
    def is_of_one(self) -> bool:
        return "{" in self.path

    @property
    def is_open(self) -> bool:
        """Whether nobody is asked who they are."""
        return bool(self.doc.get("security") == [])

    @property
    def statuses(self) -> frozenset[int]:
        return frozenset(map(int, self.doc["responses"]))

    def at(self, noun_id: str) -> str:
        """The address of one thing."""
        for name in ("{id}", "{no}"):
            if name in self.path:
                return self.path.replace(name, noun_id)
        return self.path

    def ask(self, room: Room, headers: dict[str, str], noun_id: str = "", **more: Any) -> Any:
        """Return the answer to a request that the wall can read; ``body`` replaces its own."""
        told = {"Idempotency-Key": more.pop("key", f"k{next(_NUMBERS)}"), **headers}
        if self.method == "PATCH":
            told = {"If-Match": "*", **told}
        path = self.at(noun_id) + QUERIES.get(self.id, "") + more.pop("query", "")
        content: dict[str, Any] = {}
        if "requestBody" in self.doc:
            body = more.pop("body") if "body" in more else body_of(self.id)
            if isinstance(body, bytes):
                content["content"] = body
                told = {"Content-Type": MEDIA_TYPES.get(self.id, "application/json"), **told}
            else:
                content["json"] = body
        return room.client.request(self.method, path, headers=told, **content)


_NUMBERS = count(1)


def operations_of(document: Any) -> tuple[Operation, ...]:
    """Return every operation that a document names."""
    return tuple(
        Operation(method.upper(), path, doc)
        for path, methods in document["paths"].items()
        for method, doc in methods.items()
    )


def routed(app: FastAPI) -> set[tuple[str, str]]:
    """Return every method and path that the application answers."""
    routes: list[Any] = list(app.routes)
    return {
        (method, route.path)
        for route in routes
        for method in set(route.methods or ()) - {"HEAD"}
        if route.path not in UNDOCUMENTED
    }


def document() -> Any:
    """Return the document of an application that can serve nobody."""
    told: dict[str, Any] = dict.fromkeys(PartnerServices.__dataclass_fields__)
    services = PartnerServices(**{**told, "product_version": "v1", "registry": CollectorRegistry()})
    return openapi_of(create_partner_app(services))
