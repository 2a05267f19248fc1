"""Channels by any of their names, from packaged data."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType

from schemas.vocabulary import Channel


@cache
def channel_names() -> Mapping[str, Channel]:
    """Return every name of every channel, its own word among them.

    Raises
    ------
    ValueError
        If a channel has no row, or two have one name.
    """
    text = resources.files("recycling").joinpath("channels.toml").read_text(encoding="utf-8")
    rows = tomllib.loads(text)
    if set(rows) != set(Channel):
        raise ValueError(
            f"channels.toml differs from Channel in {sorted(set(rows) ^ set(Channel))}"
        )
    names = {str(channel): channel for channel in Channel}
    for word, aliases in rows.items():
        for alias in aliases:
            if alias in names:
                raise ValueError(f"channels.toml: {alias} names two channels")
            names[alias] = Channel(word)
    return MappingProxyType(names)


def channel_of(name: str) -> Channel | None:
    """Return the channel that goes by ``name``, or None.

    Examples
    --------
    >>> channel_of("海信商城"), channel_of("web_shop"), channel_of("webshop")
    (<Channel.WEB_SHOP: 'web_shop'>, <Channel.WEB_SHOP: 'web_shop'>, None)
    """
    return channel_names().get(name)
