"""A TCP relay on the loopback that delays each direction: a far server.

Nothing is lost, reordered or slowed down otherwise; what came in is sent on
after the delay.  Delay.round_trip() measures what a round trip really takes.
"""

import asyncio
import selectors
import socket
import statistics
import threading
import time

ADDRESS = "127.0.0.1"
TCP_QUICKACK = getattr(socket, "TCP_QUICKACK", 12)


async def echo(reader, writer):
    while data := await reader.read(4096):
        writer.write(data)
    writer.close()


def prompt(writer):
    """Neither we nor the peer's Nagle wait for anybody."""
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    sock.setsockopt(socket.IPPROTO_TCP, TCP_QUICKACK, 1)


class Delay:
    """Relays to a port of the loopback until closed; a context manager."""

    def __init__(self, port, seconds):
        self.target, self.seconds = port, seconds
        # select counts microseconds where epoll rounds up to milliseconds
        self.loop = asyncio.SelectorEventLoop(selectors.SelectSelector())
        self.thread = threading.Thread(target=self.loop.run_forever,
                                       daemon=True)
        self.thread.start()
        self.port = self._listen(self._serve)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._call(self._end())
        self.loop.call_soon_threadsafe(self.loop.stop)
        self.thread.join()
        self.loop.close()

    def _call(self, task):
        return asyncio.run_coroutine_threadsafe(task, self.loop).result(30)

    def _listen(self, serve):
        server = self._call(asyncio.start_server(serve, ADDRESS, 0))
        return server.sockets[0].getsockname()[1]

    async def _end(self):
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _serve(self, reader, writer):
        there, to_there = await asyncio.open_connection(ADDRESS, self.target)
        await asyncio.gather(self._pump(reader, writer, to_there),
                             self._pump(there, to_there, writer))

    async def _pump(self, reader, source, writer):
        queue = asyncio.Queue()
        sender = asyncio.ensure_future(self._send(queue, writer))
        data = b"-"
        try:
            while data:
                prompt(source)
                data = await reader.read(65536)
                queue.put_nowait((self.loop.time() + self.seconds, data))
        except ConnectionError:
            queue.put_nowait((0, b""))
        await sender

    async def _send(self, queue, writer):
        """An end of file is delayed as well."""
        while True:
            due, data = await queue.get()
            await asyncio.sleep(max(0, due - self.loop.time()))
            if not data:
                break
            writer.write(data)
        if writer.can_write_eof():
            try:
                writer.write_eof()
            except OSError:
                pass            # the other end has gone first

    def round_trip(self, times=21):
        """Seconds, the median of so many single octets and back."""
        mine, took = self.target, []
        self.target = self._listen(echo)
        with socket.create_connection((ADDRESS, self.port)) as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            for _ in range(times):
                begun = time.monotonic()
                sock.sendall(b"x")
                sock.recv(1)
                took.append(time.monotonic() - begun)
        self.target = mine
        return statistics.median(took)
