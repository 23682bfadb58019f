#!/usr/bin/env python3
"""What a request and a Context operation cost, in counts: counts.py allocations|syscalls|instructions PROGRAM.

Times drown in a busy machine's noise; counts do not. Each is taken twice, for few and for many, and the difference is
divided: what starting and ending cost falls out. A bound stands a fifth or so above what was counted when it was set,
with g++ 12 and clang 14 at -O2; where a change costs more than that, find out why before the bound is moved.

Exits 77 (skipped) where the tool that counts is not installed."""

import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

ALLOCATIONS_PER_REQUEST = 23
SYSCALLS_PER_REQUEST = {"epoll_wait": 1.1, "recvfrom": 1.1, "sendmsg": 1.1, "epoll_ctl": 0.01, "others": 0.1}
INSTRUCTIONS = {
    "derive_and_cancel": 800,
    "derive_with_timeout": 1200,
    "cancel_a_child": 720,
    "poll": 10,
    "hook": 280,
    "value_behind_ten": 75,
}
REQUEST = b"GET /hello HTTP/1.1\r\nHost: test\r\nUser-Agent: counts\r\nAccept: */*\r\n\r\n"
FEW, MANY = 200, 1200


def need(tool: str) -> None:
    if shutil.which(tool) is None:
        print(f"{tool} is not installed: nothing is counted")
        sys.exit(77)


def ask(port: int, times: int) -> None:
    """On one kept connection, one request after the other."""
    with socket.create_connection(("127.0.0.1", port), timeout=60) as connection:
        for _ in range(times):
            connection.sendall(REQUEST)
            answer = b""
            while not answer.endswith(b"hello, world"):
                piece = connection.recv(4096)
                if not piece:
                    sys.exit(f"the server closed the connection after {answer!r}")
                answer += piece


def program_under(tool: int) -> int:
    """strace runs the program as its child; valgrind becomes it."""
    children = Path(f"/proc/{tool}/task/{tool}/children").read_text().split()
    return int(children[0]) if children else tool


def serve_under(tool: list[str], program: str, times: int) -> None:
    """Has the program answer so many requests under the tool, and ends it."""
    with subprocess.Popen([*tool, program, "--listen", "127.0.0.1:0"], stdout=subprocess.PIPE, text=True) as server:
        try:
            line = server.stdout.readline()
            ask(int(line.rsplit(":", 1)[1]), times)
        finally:
            os.kill(program_under(server.pid), signal.SIGTERM)
        if server.wait(timeout=60) != 0:
            sys.exit(f"{' '.join(tool)} ended with {server.returncode}")


def per_request(count) -> float:
    return (count(MANY) - count(FEW)) / (MANY - FEW)


def judge(what: str, seen: float, bound: float) -> bool:
    good = seen <= bound
    print(f"{what}: {seen:.2f}, at most {bound}{'' if good else '   <-- too many'}")
    return good


def allocations(program: str) -> bool:
    need("valgrind")

    def count(times: int) -> int:
        with tempfile.NamedTemporaryFile() as log:
            serve_under(["valgrind", f"--log-file={log.name}"], program, times)
            text = Path(log.name).read_text()
        return int(re.search(r"total heap usage: ([\d,]+) allocs", text).group(1).replace(",", ""))

    return judge("allocations a request", per_request(count), ALLOCATIONS_PER_REQUEST)


def syscalls(program: str) -> bool:
    need("strace")
    totals = {}
    for times in (FEW, MANY):
        with tempfile.NamedTemporaryFile() as log:
            serve_under(["strace", "--follow-forks", "--summary-only", "--output", log.name], program, times)
            text = Path(log.name).read_text()
        # "% time, seconds, usecs/call, calls, errors (where there are any), syscall"
        rows = (line.split() for line in text.splitlines())
        totals[times] = {row[-1]: int(row[3]) for row in rows if len(row) >= 5 and row[3].isdigit()}
    seen = {
        name: (totals[MANY].get(name, 0) - totals[FEW].get(name, 0)) / (MANY - FEW)
        for name in totals[MANY]
        if name not in ("futex", "total")  # a futex call is luck: how two threads meet
    }
    rest = sum(value for name, value in seen.items() if name not in SYSCALLS_PER_REQUEST)
    seen["others"] = rest
    return all([judge(f"{name} a request", seen.get(name, 0), bound) for name, bound in SYSCALLS_PER_REQUEST.items()])


def instructions(program: str) -> bool:
    need("valgrind")

    def count(operation: str, times: int) -> int:
        tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null", program, operation, str(times)]
        done = subprocess.run(tool, stderr=subprocess.PIPE, text=True, check=True)
        return int(re.search(r"Collected : (\d+)", done.stderr).group(1))

    def each(operation: str) -> float:
        return (count(operation, 3000) - count(operation, 1000)) / 2000

    return all([judge(f"instructions: {name}", each(name), bound) for name, bound in INSTRUCTIONS.items()])


if __name__ == "__main__":
    counters = {"allocations": allocations, "syscalls": syscalls, "instructions": instructions}
    sys.exit(0 if counters[sys.argv[1]](sys.argv[2]) else 1)
