"""People who do not exist: the names, phones and addresses that the demo's consumers give."""

from collections.abc import Mapping
from random import Random

SURNAMES = ("Wang", "Li", "Zhang", "Liu", "Chen", "Yang", "Zhao", "Huang", "Zhou", "Wu")
GIVEN = ("Xiaoming", "Jianguo", "Meili", "Haiyan", "Zhiqiang", "Yuting", "Fang", "Lei", "Jing")
ROADS = ("Zhuzhou", "Hongqi", "Jiefang", "Renmin", "Zhongshan", "Xianggang", "Donghai")


def person(rng: Random, adcode: str) -> Mapping[str, str]:
    """Return somebody who wants an old appliance collected in a region."""
    return {
        "name": f"{rng.choice(SURNAMES)} {rng.choice(GIVEN)}",
        "phone": f"1{rng.choice('3578')}{rng.randrange(10**9):09d}",
        "address": (
            f"{adcode}, {rng.randint(1, 999)} {rng.choice(ROADS)} Road, building "
            f"{rng.randint(1, 60)}, flat {rng.randint(101, 3299)}"
        ),
    }
