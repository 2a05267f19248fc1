"""600 requests a minute for each credential, told at each answer; memory is bounded."""

from hypothesis import given
from hypothesis import strategies as st

from tests.web.partner.builders import name_of
from web.partner.limiter import Limiter
from web.partner.problems import ProblemName


def test_what_is_left_is_told_as_draft_11_writes_it() -> None:
    limiter = Limiter()

    limiter.take("a", 100.0)
    headers = limiter.take("a", 118.0).headers

    assert headers == {
        "RateLimit-Policy": '"default";q=600;w=60',
        "RateLimit": '"default";r=598;t=42',
    }


def test_the_601st_request_of_a_minute_waits_for_the_next() -> None:
    limiter = Limiter()
    taken = [limiter.take("a", 0.5) for _ in range(601)]

    last = taken[-1]
    problem = last.refusal

    assert [one.allowed for one in taken] == [True] * 600 + [False]
    assert name_of(problem) == ProblemName.RATE_LIMITED
    assert problem.headers["Retry-After"] == "60"
    assert problem.headers["RateLimit"] == '"default";r=0;t=60'
    assert not limiter.take("a", 60.4).allowed
    assert limiter.take("a", 60.5).allowed


def test_one_credential_does_not_use_up_anothers() -> None:
    limiter = Limiter(quota=1)

    assert limiter.take("a", 0).allowed
    assert not limiter.take("a", 1).allowed
    assert limiter.take("b", 1).allowed


@given(keys=st.lists(st.integers(0, 50), max_size=200))
def test_memory_is_bounded_whoever_asks(keys: list[int]) -> None:
    limiter = Limiter(quota=3, max_counted=5)

    for second, key in enumerate(keys):
        limiter.take(str(key), second)
        assert len(limiter) <= 5


@given(
    asked=st.lists(st.tuples(st.sampled_from("ab"), st.floats(0, 30)), max_size=100),
    quota=st.integers(1, 5),
)
def test_no_window_gives_more_than_its_quota(asked: list[tuple[str, float]], quota: int) -> None:
    limiter = Limiter(quota=quota, window_s=10)
    now_s, allowed = 0.0, {"a": 0, "b": 0}

    for key, pause_s in asked:
        now_s += pause_s
        taken = limiter.take(key, now_s)
        allowed[key] += taken.allowed
        assert 0 <= taken.remaining < quota
        assert 0 < taken.resets_in_s <= 10
        assert allowed[key] <= quota * (now_s // 10 + 1) + quota
