"""``/v1/partners``: the platform tells who its partners are and what they may do."""

from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ledger.desk.partner import PartnerState, partner_told
from ledger.desk.partner_profile import PARTNER, PROFILE
from ledger.records import Ref
from recycling.evidence import ID, may, one_of, schema_of
from recycling.vocabulary import Role
from web.partner.answers import told
from web.partner.credential import Scope
from web.partner.kept import (
    DOCUMENT,
    kept_row,
    object_of,
    read_fields,
    shown_noun,
    told_page,
    versions_to_go_on_from,
)
from web.partner.openapi import answer, reading_doc, writing_doc
from web.partner.order_of_checks import Admitted, Rule, check_role
from web.partner.reading_routes import LIST_PARAMETERS, PAGE
from web.partner.services import PartnerServices
from web.partner.writing import actor_of, admit, ask_ledger, read_value

PATH = "/v1/partners"
PLATFORM = frozenset({Role.PLATFORM})
RULE = Rule(scope=Scope.PARTNERS, roles=PLATFORM)
PARTNER_ID = may("partner_id", ID)
STATE = may("state", one_of(*PartnerState))


def routes(services: PartnerServices) -> APIRouter:
    """Return the routes of partners."""
    router = APIRouter(tags=["partners"])
    _add_list(router, services)
    _add_one(router, services)
    _add_new(router, services)
    _add_change(router, services)
    return router


def _reader(request: Request, services: PartnerServices) -> Admitted:
    admitted = admit(request, RULE, services)
    check_role(admitted, admitted.credential.roles)
    return admitted


def _state(text: str) -> str:
    if text not in tuple(PartnerState):
        raise ValueError(f"must be one of {', '.join(PartnerState)}")
    return text


def _add_list(router: APIRouter, services: PartnerServices) -> None:
    @router.get(
        PATH,
        operation_id="list_partners",
        summary="List partners",
        response_model=None,
        openapi_extra=reading_doc(
            answer(200, "one page", PAGE),
            parameters=[one for one in LIST_PARAMETERS if one["name"] != "updated_after"],
            scope=RULE.scope,
            of_one=False,
        ),
    )
    async def listed(request: Request) -> Response:
        admitted = _reader(request, services)
        return await told_page(services, request, admitted, PARTNER, filters={"status": _state})


def _add_one(router: APIRouter, services: PartnerServices) -> None:
    @router.get(
        f"{PATH}/{{id}}",
        operation_id="get_partner",
        summary="Read one partner",
        response_model=None,
        openapi_extra=reading_doc(
            answer(200, "as it is now", DOCUMENT), scope=RULE.scope, of_one=True
        ),
    )
    async def read(request: Request) -> Response:
        admitted = _reader(request, services)
        ref = Ref(PARTNER, request.path_params["id"])
        row = await kept_row(services, admitted.credential, ref)
        return told(shown_noun(row), admitted, version=row.version)


def _add_new(router: APIRouter, services: PartnerServices) -> None:
    @router.post(
        PATH,
        operation_id="partner_add",
        summary="Add a partner with its whole profile",
        response_model=None,
        openapi_extra=writing_doc(
            schema_of((PARTNER_ID, *PROFILE)),
            success=answer(201, "added", DOCUMENT),
            scope=RULE.scope,
            of_one=False,
            roles=["platform"],
        ),
    )
    async def add(request: Request) -> Response:
        admitted = admit(request, RULE, services)
        value = await read_value(request, admitted)
        profile = dict(object_of(value))
        given = {"partner_id": profile.pop("partner_id")} if "partner_id" in profile else {}
        partner_id = read_fields((PARTNER_ID,), given).get("partner_id")
        command = partner_told(
            partner_id, profile, by=actor_of(admitted.credential), must_exist=False
        )
        return await ask_ledger(services, request, admitted, command, body=value, collection=PATH)


def _add_change(router: APIRouter, services: PartnerServices) -> None:
    schema = schema_of((STATE, *PROFILE))
    schema["description"] = "RFC 7396: what is not named stays, null takes away."
    schema["required"] = []

    @router.patch(
        f"{PATH}/{{id}}",
        operation_id="partner_change",
        summary="Change a partner's profile, or suspend it",
        response_model=None,
        openapi_extra=writing_doc(
            schema,
            success=answer(200, "changed", DOCUMENT),
            scope=RULE.scope,
            of_one=True,
            needs_if_match=True,
            roles=["platform"],
        ),
    )
    async def change(request: Request) -> Response:
        admitted = admit(request, RULE, services)
        value = await read_value(request, admitted)
        changed = dict(object_of(value))
        ref = Ref(PARTNER, request.path_params["id"])
        row = await kept_row(services, admitted.credential, ref)
        state = changed.pop("state", None) or row.state
        command = partner_told(
            row.id,
            merged(row.body, changed),
            by=actor_of(admitted.credential),
            state=state if isinstance(state, str) else str(state),
            must_exist=True,
        )
        return await ask_ledger(
            services,
            request,
            admitted,
            command,
            body=value,
            target=ref,
            if_match=versions_to_go_on_from(admitted, row),
        )


def merged(before: Any, changed: Any) -> dict[str, Any]:
    """Return a body after a merge patch of one level: null takes a field away.

    Examples
    --------
    >>> merged({"a": 1, "b": 2}, {"b": None, "c": 3})
    {'a': 1, 'c': 3}
    """
    return {name: one for name, one in {**before, **changed}.items() if one is not None}
