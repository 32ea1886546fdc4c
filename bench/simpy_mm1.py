"""M/M/1 at load 0.9 in SimPy, for comparison: prints events a second of CPU time, two events a customer.

Written as SimPy's own examples are: a source process that starts a process for each customer, which holds a
Resource for an exponential service. Sojourns are added up, no histogram.

Usage: simpy_mm1.py CUSTOMERS. Exit status 77 where SimPy is not installed.
"""
import random
import sys
import time

try:
    import simpy
except ImportError:
    sys.exit(77)


def customer(env, server, draw, sojourns):
    arrived = env.now
    with server.request() as request:
        yield request
        yield env.timeout(draw(1.0))
    sojourns.append(env.now - arrived)


def source(env, server, draw, sojourns, customers):
    for _ in range(customers):
        yield env.timeout(draw(0.9))
        env.process(customer(env, server, draw, sojourns))


def main():
    customers = int(sys.argv[1])
    env = simpy.Environment()
    server = simpy.Resource(env, capacity=1)
    sojourns = []
    draw = random.Random(1).expovariate
    env.process(source(env, server, draw, sojourns, customers))
    begin = time.process_time()
    env.run()
    seconds = time.process_time() - begin
    print(f"{2 * customers / seconds:.0f} {sum(sojourns) / customers:.3f}")


main()
