#!/usr/bin/env python3
"""How far can the typical order of a region be trusted? Prints the median of its orders, and the interval that 95 of 100
samples of its customers agree on, as JSON. (A bootstrap: the median is taken again and again, each time of as many
customers, drawn with replacement.)

It is real work, done by several processes: this one forks WORKERS children, each computes its share of the samples and
sends them back through a pipe. A given region always gets the same answer.

    spread.py REGION
"""

import json
import os
import random
import sqlite3
import sys
from pathlib import Path

DATABASE = Path(__file__).resolve().parent / "orders.db"
WORKERS = 4
SAMPLES = 50  # of each worker


def orders_of_customers(region):
    """The cents of every order, a list for each customer."""
    query = "select customer, cents from orders where region = ? order by customer, id"
    customers = {}
    with sqlite3.connect(f"file:{DATABASE}?mode=ro", uri=True) as database:
        for customer, cents in database.execute(query, (region,)):
            customers.setdefault(customer, []).append(cents)
    return list(customers.values())


def median(values):
    values.sort()
    return values[len(values) // 2]


def medians(customers, seed):
    rng = random.Random(seed)
    for _ in range(SAMPLES):
        drawn = rng.choices(customers, k=len(customers))
        yield median([cents for orders in drawn for cents in orders])


def start_worker(customers, seed):
    """Forks a child that writes its medians, one a line. Returns its pid and the end of the pipe to read from."""
    reading, writing = os.pipe()
    pid = os.fork()
    if pid != 0:
        os.close(writing)
        return pid, reading
    status = 1
    try:
        os.close(reading)
        with os.fdopen(writing, "w") as pipe:
            for value in medians(customers, seed):
                print(value, file=pipe)
        status = 0
    finally:
        os._exit(status)


def main():
    if len(sys.argv) != 2:
        sys.exit("usage: spread.py REGION")
    region = sys.argv[1]
    if not DATABASE.exists():
        sys.exit(f"no {DATABASE.name}: ./make-database builds it")
    customers = orders_of_customers(region)
    if not customers:
        sys.exit(f"no orders in {region}")
    workers = [start_worker(customers, seed) for seed in range(WORKERS)]
    samples = []
    for pid, reading in workers:
        with os.fdopen(reading) as pipe:
            samples += [int(line) for line in pipe]
        if os.waitpid(pid, 0)[1] != 0:
            sys.exit(f"worker {pid} failed")
    samples.sort()
    edge = len(samples) // 40
    print(json.dumps({
        "region": region,
        "customers": len(customers),
        "median_cents": median([cents for orders in customers for cents in orders]),
        "interval_cents": [samples[edge], samples[-1 - edge]],
        "samples": len(samples),
        "processes": WORKERS + 1,
    }))


if __name__ == "__main__":
    main()
