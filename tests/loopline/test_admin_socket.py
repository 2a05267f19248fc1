"""The admin socket: reached in any folder, and nobody there is said."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from loopline.admin_socket import AdminAway, admin_app, ask, bound
from loopline.administration import Administration, AdminRefused


class Echo(Administration):
    """Says back what it was told."""

    def __init__(self) -> None:
        """Hold nothing."""

    def run(self, verb: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
        """Return what was told, or refuse."""
        if verb == "no":
            raise AdminRefused("not today")
        return {"verb": verb, **told}


async def asked(folder: Path, verb: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
    server = uvicorn.Server(uvicorn.Config(admin_app(Echo()), log_config=None, lifespan="off"))
    with bound(folder) as listening:
        serving = asyncio.create_task(server.serve([listening]))
        try:
            return await asyncio.to_thread(ask, folder, verb, told)
        finally:
            server.should_exit = True
            await serving


@pytest.mark.parametrize("depth", [0, 12])
async def test_a_verb_is_answered_however_deep_the_folder_lies(tmp_path: Path, depth: int) -> None:
    folder = tmp_path.joinpath(*["a-long-folder-name"] * depth)
    folder.mkdir(parents=True, exist_ok=True)

    assert await asked(folder, "yes", {"n": 1}) == {"verb": "yes", "n": 1}
    with pytest.raises(AdminRefused, match="not today"):
        await asked(folder, "no", {})


def test_nobody_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(AdminAway, match="nobody answers"):
        ask(tmp_path, "yes", {})
