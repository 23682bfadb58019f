"""Measures desist beside its peers and writes what came out; scripts/bench builds what this runs.

    python3 bench/runner --build FOLDER [--rounds N] [--quick] [--only WORD] [--output FILE] [--report]
"""

import argparse
import json
import os
import sys
import time
from pathlib import Path

import machine
from experiments import EXPERIMENTS, FULL, QUICK
from report import render
from subjects import NAMES, Programs

BENCH = Path(__file__).resolve().parent.parent


def options():
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures desist beside its peers.")
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--quick", action="store_true", help="one short round, of about a minute; its figures are rough")
    parser.add_argument("--only", default="", metavar="WORD", help="only experiments whose name contains it: "
                        + ", ".join(experiment.name for experiment in EXPERIMENTS))
    parser.add_argument("--output", type=Path, help="default: bench/RESULTS.md; for --quick and --only, RESULTS.md in "
                        "the build folder")
    parser.add_argument("--report", action="store_true", help="measure nothing: write the last figures out again")
    return parser.parse_args()


def measure(programs, rounds, effort, only):
    taken = {"about": machine.describe(programs), "rounds": []}
    if effort is QUICK:
        taken["about"]["effort"] = f"a quick run, and rough; {QUICK.in_flight:,} in flight wherever it says 8,000"
    chosen = [experiment for experiment in EXPERIMENTS if only in experiment.name]
    for number in range(rounds):
        figures = {}
        for experiment in chosen:
            subjects = programs.peers(*experiment.subjects)
            first = number % len(subjects)
            for subject in subjects[first:] + subjects[:first]:
                start = time.monotonic()
                values = experiment.run(programs, subject, effort)
                figures.setdefault(subject, {}).update(values)
                shown = ", ".join(f"{row} {value:.6g}" for row, value in values.items())
                print(f"round {number + 1}/{rounds}  {experiment.name}, {NAMES[subject]} "
                      f"({time.monotonic() - start:.1f} s): {shown}", file=sys.stderr)
        taken["rounds"].append(figures)
    return taken


def main():
    chosen = options()
    programs = Programs(chosen.build)
    kept = programs.build / "figures.json"
    if chosen.report:
        taken = json.loads(kept.read_text())
    else:
        if not programs.has_go():
            print("there is no Go here: its columns stay empty, and what is judged beside it is not judged", file=sys.stderr)
        if os.getloadavg()[0] > 0.5:
            print(f"this machine is busy (load {os.getloadavg()[0]:.1f}): the figures will show it", file=sys.stderr)
        rounds, effort = (1, QUICK) if chosen.quick else (chosen.rounds, FULL)
        taken = measure(programs, rounds, effort, chosen.only)
        kept.write_text(json.dumps(taken, indent=1))
    partial = chosen.quick or chosen.only
    output = chosen.output or (programs.build if partial else BENCH) / "RESULTS.md"
    output.write_text(render(taken, BENCH / "shortfalls.md"))
    print(f"written: {output}", file=sys.stderr)


main()
