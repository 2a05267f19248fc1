"""Why a record or request was not answered: one closed list, one exception that carries it."""

from decimal import Decimal
from enum import StrEnum

MAX_SHOWN_CHARACTERS = 200


class Reason(StrEnum):
    """Reason codes of dead letters, rejected lines and problem documents."""

    BAD_JSON = "bad_json"
    SCHEMA = "schema"
    TOO_LARGE = "too_large"
    UNIT_BOUND = "unit_bound"
    NOT_FINITE = "not_finite"
    VOCABULARY = "vocabulary"
    TIME_FUTURE = "time_future"
    EVENT_ID_REUSED = "event_id_reused"
    CORRECTION_TARGET_UNKNOWN = "correction_target_unknown"
    SEQUENCE_CONFLICT = "sequence_conflict"
    COLUMN_COUNT = "column_count"
    ENCODING = "encoding"
    DATE_INVALID = "date_invalid"
    FLAG_UNKNOWN = "flag_unknown"
    KEY_DUPLICATE = "key_duplicate"
    MASS_MISSING = "mass_missing"
    MASS_NOT_POSITIVE = "mass_not_positive"
    MASS_POINTER_BROKEN = "mass_pointer_broken"
    MODE_MISSING = "mode_missing"
    MODE_UNKNOWN = "mode_unknown"
    ORIGIN_UNKNOWN = "origin_unknown"
    PLACE_UNKNOWN = "place_unknown"
    REGION_UNKNOWN = "region_unknown"
    DISTANCE_MISSING = "distance_missing"
    DISTANCE_ZERO = "distance_zero"
    DISTANCE_BELOW_GREAT_CIRCLE = "distance_below_great_circle"
    DISTANCE_IMPLAUSIBLE = "distance_implausible"
    FACTOR_NOT_FOUND = "factor_not_found"
    FACTOR_INCOMPLETE = "factor_incomplete"
    SET_NOT_APPROVED = "set_not_approved"
    SAME_APPROVER = "same_approver"
    BASIS_MISMATCH = "basis_mismatch"
    DAF_UNKNOWN = "daf_unknown"
    RESULT_TOO_LARGE = "result_too_large"
    METER_WENT_BACK = "meter_went_back"
    ALLOCATION_BASIS_EMPTY = "allocation_basis_empty"
    CATEGORY_UNRESOLVED = "category_unresolved"
    GWP_UNKNOWN = "gwp_unknown"
    MASS_BALANCE = "mass_balance"
    MIXED_BASIS = "mixed_basis"
    BUG = "bug"


def shown(value: object) -> str:
    """Return ``value`` as text for a message, cut so that a hostile megabyte stays readable."""
    text = str(value) if isinstance(value, str | Decimal) else repr(value)
    if len(text) > MAX_SHOWN_CHARACTERS:
        text = f"{text[:MAX_SHOWN_CHARACTERS]}... ({len(text)} characters)"
    return text.encode("utf-8", "backslashreplace").decode("utf-8")


class Refused(Exception):
    """A record or request that cannot be answered; the message names the field and its value."""

    def __init__(self, reason: Reason, detail: str) -> None:
        """Keep the closed code for machines and the sentence for people."""
        super().__init__(detail)
        self.reason = reason
        self.detail = detail
