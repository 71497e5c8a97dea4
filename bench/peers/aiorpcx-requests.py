"""N requests of an aiorpcX client to an aiorpcX server over loopback, FLIGHT at a time; prints a line of JSON.

  aiorpcx-requests.py N FLIGHT
"""
import asyncio, json, logging, resource, sys, time
import aiorpcx

logging.basicConfig(level=logging.CRITICAL)
n, flight = int(sys.argv[1]), int(sys.argv[2])


class Session(aiorpcx.RPCSession):
    cost_hard_limit = 0
    initial_concurrent = flight
    sent_request_timeout = 600
    processing_timeout = 600

    async def handle_request(self, request):
        async def total(a, b):
            return a + b

        return await aiorpcx.handler_invocation(total, request)()


async def main():
    server = await aiorpcx.serve_rs(Session, '127.0.0.1', 0)
    port = server.sockets[0].getsockname()[1]
    async with aiorpcx.connect_rs('127.0.0.1', port, session_factory=Session) as session:
        # How many it sends at a time is its own to adapt; here it begins with all.
        session._outgoing_concurrency.set_target(flight)
        numbers = iter(range(n))

        async def one_after_the_other():
            for i in numbers:
                assert await session.send_request('sum', [i, 1]) == i + 1

        began, cpu = time.perf_counter(), time.process_time()
        await asyncio.gather(*(one_after_the_other() for _ in range(flight)))
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
    server.close()
    rss = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps(dict(n=n, seconds=seconds, per_s=n / seconds, cpu_s=cpu, rss_mb=rss)))


asyncio.run(main())
