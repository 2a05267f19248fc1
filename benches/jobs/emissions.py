"""The product's own emission agent on realistic legs, with exact decimals."""

import asyncio

from benches.jobs.agent import serve
from benches.measure import Stopwatch, task
from emissions.read import load_book
from runtime.broker import Publisher
from runtime.settings import Settings
from streams.agents import EmissionAgent


def main() -> None:
    """Answer legs until the last emission is acknowledged; they go to a prefix of this round."""
    mine = task()
    publisher = Publisher(mine.bootstrap, prefix=mine.target)
    agent = EmissionAgent(publisher=publisher, book=load_book(), settings=Settings())
    asyncio.run(serve(mine, Stopwatch(mine), {mine.source: agent}, counted=mine.source))


if __name__ == "__main__":
    main()
