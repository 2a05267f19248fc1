"""API keys: given out once, kept as a digest, two while they change."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.partner.builders import (
    KEY,
    NOON,
    OTHER_KEY,
    credential,
    expect_problem,
    finding,
    stored,
)
from web.partner.api_key import (
    MAX_LIVE_KEYS,
    ApiKey,
    TooManyLiveKeys,
    check_key,
    check_secret,
    digest_of,
    issue,
    parse,
    rotated,
)
from web.partner.problems import ProblemName

FIND = finding(stored())


@given(random=st.binary(min_size=40, max_size=40))
def test_a_key_that_was_given_out_is_read_again(random: bytes) -> None:
    left = iter([random[:8], random[8:]])

    key = issue(lambda _count: next(left))

    assert parse(key.text) == key
    assert key.text.startswith("pk_live_")


def test_two_keys_differ() -> None:
    assert issue() != issue()


def test_a_secret_shows_in_no_trace() -> None:
    assert KEY.secret not in repr(KEY)
    assert repr(digest_of(KEY.secret)) not in repr(stored())


def test_a_key_opens_what_its_owner_may() -> None:
    assert check_key(KEY.text, find=FIND, now=NOON) == credential()


@pytest.mark.parametrize(
    "text",
    [
        "",
        "pk_live_",
        KEY.text[:-1],
        KEY.text + "A",
        KEY.text + "\n",
        KEY.text.upper(),
        KEY.text.replace("pk_live", "pk_test"),
        KEY.text.replace("_", ""),
        f"pk_live_{KEY.key_id}_{OTHER_KEY.secret}",  # another's secret
        OTHER_KEY.text,  # nobody's
        "pk_live_" + "\u0661" * 16 + "_" + KEY.secret,  # digits of another script
        "pk_live_" + "0" * 1_000_000,
    ],
)
def test_what_is_no_key_of_ours_is_invalid_and_not_told_why(text: str) -> None:
    problem = expect_problem(
        ProblemName.CREDENTIAL_INVALID, lambda: check_key(text, find=FIND, now=NOON)
    )

    assert problem.detail == "the Authorization header holds no valid credential"
    assert problem.headers["WWW-Authenticate"].startswith("Bearer ")


def test_a_hostile_secret_is_compared_and_refused() -> None:
    key = ApiKey(KEY.key_id, "\u00e9" * 43)

    expect_problem(ProblemName.CREDENTIAL_INVALID, lambda: check_secret(key, find=FIND, now=NOON))


def test_a_key_that_has_expired_says_so_to_who_knows_its_secret() -> None:
    find = finding(stored(expires_at=NOON))
    wrong = f"pk_live_{KEY.key_id}_{OTHER_KEY.secret}"

    expect_problem(ProblemName.CREDENTIAL_EXPIRED, lambda: check_key(KEY.text, find=find, now=NOON))
    expect_problem(ProblemName.CREDENTIAL_INVALID, lambda: check_key(wrong, find=find, now=NOON))


def test_a_revoked_key_is_invalid_from_that_instant() -> None:
    find = finding(stored(revoked_at=NOON))
    before = NOON - timedelta(seconds=1)

    assert check_key(KEY.text, find=find, now=before) == credential()
    expect_problem(ProblemName.CREDENTIAL_INVALID, lambda: check_key(KEY.text, find=find, now=NOON))


def test_a_rotation_leaves_both_keys_live_for_a_week_and_then_one() -> None:
    new = stored(OTHER_KEY, expires_at=NOON + timedelta(days=365))

    keys = rotated([stored()], new, now=NOON)

    assert [key.is_live(NOON + timedelta(days=6)) for key in keys] == [True, True]
    assert [key.is_live(NOON + timedelta(days=7)) for key in keys] == [False, True]


def test_a_third_live_key_is_refused_until_one_has_ended() -> None:
    two = rotated([stored()], stored(OTHER_KEY), now=NOON)
    third = stored(issue())

    with pytest.raises(TooManyLiveKeys, match=KEY.key_id):
        rotated(two, third, now=NOON)

    later = NOON + timedelta(days=8)
    live = [key for key in rotated(two, third, now=later) if key.is_live(later)]
    assert len(live) == MAX_LIVE_KEYS


def test_a_rotation_never_lengthens_a_life() -> None:
    ending = stored(expires_at=NOON + timedelta(days=1))

    old, _ = rotated([ending], stored(OTHER_KEY), now=NOON)

    assert old.expires_at == ending.expires_at
