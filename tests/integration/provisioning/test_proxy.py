"""The faulty link: what it forwards is exact, what it breaks breaks as a network would."""

import asyncio
import hashlib
from collections.abc import AsyncIterator

import pytest

from provisioning.demo.ports import free_port
from provisioning.demo.proxy import FaultyLink

pytestmark = pytest.mark.slow
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@pytest.fixture
async def echo_port() -> AsyncIterator[int]:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while chunk := await reader.read(65536):
                writer.write(chunk)
                await writer.drain()
        except ConnectionError:
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(echo, "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1]
    server.close()


@pytest.fixture
async def link(echo_port: int) -> AsyncIterator[FaultyLink]:
    link = FaultyLink(target_port=echo_port)
    await link.start()
    yield link
    await link.stop()


async def connect(link: FaultyLink) -> Streams:
    return await asyncio.open_connection("127.0.0.1", link.port)


async def echoes(streams: Streams, text: bytes = b"hello") -> bool:
    streams[1].write(text)
    return await asyncio.wait_for(streams[0].readexactly(len(text)), 2) == text


async def test_megabytes_pass_unaltered_and_the_end_arrives(link: FaultyLink) -> None:
    sent = b"".join(hashlib.sha256(bytes([n % 256])).digest() * 1000 for n in range(100))
    reader, writer = await connect(link)
    receiving = asyncio.create_task(reader.read(-1))
    writer.write(sent)
    writer.write_eof()
    assert await asyncio.wait_for(receiving, 10) == sent
    writer.close()


async def test_cut_ends_connections_and_refuses_new_ones_until_restored(link: FaultyLink) -> None:
    old = await connect(link)
    assert await echoes(old)
    await link.cut()
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(old[0].read(1), 2)
    with pytest.raises(ConnectionRefusedError):
        await connect(link)
    await link.restore()
    new = await connect(link)
    assert await echoes(new)
    old[1].close()
    new[1].close()


async def test_reset_ends_connections_once(link: FaultyLink) -> None:
    old = await connect(link)
    assert await echoes(old)
    await link.reset()
    assert link.connections == 0
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(old[0].read(1), 2)
    new = await connect(link)
    assert await echoes(new)
    old[1].close()
    new[1].close()


async def test_a_blackhole_holds_everything_up_and_loses_nothing(link: FaultyLink) -> None:
    old = await connect(link)
    assert await echoes(old)
    link.blackhole()
    new = await connect(link)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(asyncio.gather(*(held(one) for one in (old, new))), 0.3)
    await link.restore()
    for reader, writer in (old, new):
        assert await asyncio.wait_for(reader.readexactly(4), 2) == b"held"
        writer.close()


async def held(streams: Streams) -> bytes:
    streams[1].write(b"held")
    return await streams[0].read(1)


@pytest.mark.parametrize("up", [True, False])
async def test_a_blackhole_of_one_direction_holds_the_answer_up(link: FaultyLink, up: bool) -> None:
    streams = await connect(link)
    assert await echoes(streams)
    link.blackhole(up=up, down=not up)
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(held(streams), 0.3)
    await link.restore()
    assert await asyncio.wait_for(streams[0].readexactly(4), 2) == b"held"
    streams[1].close()


async def test_a_blackhole_can_be_cut(link: FaultyLink) -> None:
    old = await connect(link)
    link.blackhole()
    await asyncio.sleep(0.05)
    await link.cut()
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(old[0].read(1), 2)
    old[1].close()


async def test_delay_delays(link: FaultyLink) -> None:
    streams = await connect(link)
    link.delay(0.2)
    clock = asyncio.get_running_loop().time
    begin = clock()
    assert await echoes(streams)
    assert clock() - begin >= 0.4
    streams[1].close()


async def test_without_a_target_the_client_is_reset() -> None:
    link = FaultyLink(target_port=free_port())
    await link.start()
    reader, writer = await connect(link)
    with pytest.raises(ConnectionResetError):
        await asyncio.wait_for(reader.read(1), 2)
    writer.close()
    await link.stop()
