"""Connections of the partner API send what is written at once."""

import asyncio
import socket

from loopline.partner_api import listening_at


async def test_a_connection_holds_no_write_back() -> None:
    """Head and body of an answer are two writes: the second must not wait for the first's ack."""
    delays: list[int] = []

    async def answer(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        accepted = writer.get_extra_info("socket")
        delays.append(accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY))
        writer.close()

    listening = listening_at("127.0.0.1", 0)
    async with await asyncio.start_server(answer, sock=listening):
        reader, writer = await asyncio.open_connection(*listening.getsockname()[:2])
        assert await reader.read() == b""
        writer.close()
    assert delays == [1]
