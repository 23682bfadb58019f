"""What is done to each subject in each round. An experiment gives figures: {row: value}, for one subject."""

import json
import subprocess
from dataclasses import dataclass
from typing import Callable

from processes import json_of, output_of
from subjects import DESIST, GO, HTTPLIB, STOP_SOURCE, Programs

# Mapped for each thread, on x86-64 and arm64 alike; counted in no figure of the process itself.
KERNEL_STACK_KIB = 16


@dataclass(frozen=True)
class Effort:
    """How long a round takes: a full one, or one that only shows that all of it works."""

    context_seconds: float
    leaving_one_by_one: int
    hello_ms: int
    processes: int
    in_flight: int


FULL = Effort(context_seconds=0.5, leaving_one_by_one=1000, hello_ms=3000, processes=200, in_flight=8000)
QUICK = Effort(context_seconds=0.05, leaving_one_by_one=300, hello_ms=1000, processes=50, in_flight=2000)


@dataclass(frozen=True)
class Experiment:
    name: str
    subjects: tuple[str, ...]
    run: Callable[[Programs, str, Effort], dict[str, float]]


def contexts(programs, subject, effort):
    if subject == GO:
        lines = output_of([programs.go, "context", "--seconds", str(effort.context_seconds)]).splitlines()
        figures = {line["name"]: line["ns"] for line in map(json.loads, lines)}
        figures["poll"] = min(figures["poll"], figures.pop("poll_select"))
        return figures
    report = json_of([programs.context_bench, "--benchmark_format=json", f"--benchmark_filter=^{subject}/",
                      f"--benchmark_min_time={effort.context_seconds}"])
    return {run["name"].split("/")[1]: run["real_time"] for run in report["benchmarks"]}


def leaving(row, clients, *, by="fin", one_by_one=False, path="/wait/", suffix=""):
    """Clients that wait leave, all at once or a millisecond apart."""

    def run(programs, subject, effort):
        count = min(clients, 1000 if clients <= 1000 else effort.in_flight)
        argv = [programs.load, "leave", "--clients", str(count), "--by", by, "--path", path, "--suffix", suffix]
        if one_by_one:
            argv += ["--pace-us", "1000", "--leave", str(effort.leaving_one_by_one)]
        with programs.waiting_server(subject) as server:
            times = json_of([*argv, "--server", server.address])
        which = "median" if one_by_one else "p99"
        return {f"{row}_told": times["told"][which], f"{row}_awake": times["awake"][which]}

    return Experiment(row, (DESIST, GO), run)


def short_requests(connections):
    row = f"hello_{connections}"

    def run(programs, subject, effort):
        with programs.hello_server(subject, connections) as server:
            argv = [programs.load, "hello", "--server", server.address,
                    "--connections", str(connections), "--ms", str(effort.hello_ms)]
            load = subprocess.Popen(argv, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
            with load:
                load.stderr.readline()  # "warm"
                before = server.cpu_seconds()
                printed = load.stdout.read()
                spent = server.cpu_seconds() - before
            if load.returncode != 0:
                raise subprocess.CalledProcessError(load.returncode, argv)
        result = json.loads(printed)
        return {row: result["per_second"], f"{row}_cpu": spent * 1e6 / result["answers"]}

    return Experiment(row, (DESIST, GO, HTTPLIB), run)


def memory(programs, subject, effort):
    with programs.waiting_server(subject) as server:
        before = server.status()
        argv = [programs.load, "hold", "--server", server.address, "--clients", str(effort.in_flight)]
        with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as load:
            said = load.stdout.readline()
            during = server.status()
            load.stdin.close()
        if said != "holding\n" or load.returncode != 0:
            raise subprocess.CalledProcessError(load.returncode, argv)

    def each(kib):
        return kib / effort.in_flight

    return {
        "memory": each(during["VmHWM"] - before["VmRSS"]),
        "memory_kernel_stacks": each((during["Threads"] - before["Threads"]) * KERNEL_STACK_KIB),
        "memory_page_tables": each(during["VmPTE"] - before["VmPTE"]),
    }


def processes(programs, subject, effort):
    with programs.process_server(subject) as server:
        times = json_of([programs.load, "process", "--server", server.address, "--socket", programs.reports,
                         "--count", str(effort.processes)])
    return {"process_signalled": times["signalled"]["median"]}


EXPERIMENTS = [
    Experiment("contexts", (DESIST, STOP_SOURCE, GO), contexts),
    leaving("paced_fin", 1000, one_by_one=True),
    leaving("paced_rst", 1000, one_by_one=True, by="rst"),
    leaving("paced_8000_fin", 8000, one_by_one=True),
    leaving("paced_8000_rst", 8000, one_by_one=True, by="rst"),
    leaving("once_fin", 1000),
    leaving("once_rst", 1000, by="rst"),
    leaving("once_8000_fin", 8000),
    leaving("once_8000_rst", 8000, by="rst"),
    leaving("once_fan", 100, path="/fan/", suffix="?n=10"),
    Experiment("processes", (DESIST, GO), processes),
    Experiment("memory", (DESIST, GO), memory),
    short_requests(64),
    short_requests(1000),
]
