"""Jobs: files of pickups that are taken now and worked through later."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from pathlib import Path, PurePosixPath
from typing import Any

from ledger.records import Aggregate
from recycling.facts import Actor
from recycling.vocabulary import Role
from web.partner.pickup_file import ENDINGS
from web.partner.upload_store import keep

KIND = "job"
RESULTS_ENDING = "results.json"


class JobState(StrEnum):
    """How far a job is."""

    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"


class Mode(StrEnum):
    """Whether one refused row undoes the others."""

    ROLLBACK = "rollback"
    PROCEED = "proceed"


class RowOutcome(StrEnum):
    """What became of a row."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"
    ROLLED_BACK = "rolled_back"


class JobFileLost(Exception):
    """The file of a job is not what was posted; the message names it."""


def actor_of_job(job: Aggregate) -> Actor:
    """Return as whom the rows of a job are asked: as whoever posted it."""
    roles = frozenset(map(Role, job.body["roles"]))
    return Actor(party_id=job.body["partner_id"] or job.tenant, roles=roles)


def keep_file(folder: Path, raw: bytes, ending: str) -> str:
    """Keep a file so that it is there after a power cut; return its SHA-256. Blocking."""
    sha256 = hashlib.sha256(raw).hexdigest()
    keep(folder, _path_of(sha256, ending), raw)
    return sha256


def read_file(folder: Path, sha256: str, ending: str) -> bytes:
    """Return a file that was kept. Blocking.

    Raises
    ------
    JobFileLost
        If it is not there, or was changed.
    """
    path = folder / _path_of(sha256, ending)
    raw = path.read_bytes() if path.is_file() else b""
    if hashlib.sha256(raw).hexdigest() != sha256:
        raise JobFileLost(f"{path} is not what was kept; restore it from a backup")
    return raw


def posted_file(folder: Path, job: Aggregate) -> bytes:
    """Return what was posted. Blocking."""
    return read_file(folder, job.body["sha256"], ENDINGS[job.body["media_type"]])


def results_of(folder: Path, job: Aggregate) -> Sequence[Mapping[str, Any]]:
    """Return what became of every row; nothing while the job is not done. Blocking."""
    sha256 = job.body.get("results_sha256")
    if sha256 is None:
        return ()
    found: list[Mapping[str, Any]] = json.loads(read_file(folder, sha256, RESULTS_ENDING))
    return found


def _path_of(sha256: str, ending: str) -> PurePosixPath:
    return PurePosixPath("jobs", sha256[:2], f"{sha256}.{ending}")
