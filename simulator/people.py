"""People who do not exist: the names, phones and addresses that the demo's consumers give."""

from collections.abc import Mapping
from random import Random

SURNAMES = ("Wang", "Li", "Zhang", "Liu", "Chen", "Yang", "Zhao", "Huang", "Zhou", "Wu")
GIVEN = ("Xiaoming", "Jianguo", "Meili", "Haiyan", "Zhiqiang", "Yuting", "Fang", "Lei", "Jing")
ROADS = ("Zhuzhou", "Hongqi", "Jiefang", "Renmin", "Zhongshan", "Xianggang", "Donghai")


def person(seed: int, number: int) -> Mapping[str, str]:
    """Return who wishes for the order of a number."""
    rng = Random(f"{seed}:person:{number}")
    return {
        "name": f"{rng.choice(SURNAMES)} {rng.choice(GIVEN)}",
        "phone": f"1{rng.choice('3578')}{rng.randrange(10**9):09d}",
        "address": (
            f"{rng.randint(1, 999)} {rng.choice(ROADS)} Road, building "
            f"{rng.randint(1, 60)}, flat {rng.randint(101, 3299)}"
        ),
    }
