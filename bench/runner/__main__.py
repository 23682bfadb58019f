"""Measures desist beside its peers and writes what came out; scripts/bench builds what this runs.

    python3 bench/runner --build FOLDER [--rounds N] [--quick] [--only WORD] [--output FILE] [--report | --dry-run]
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
    names = ", ".join(experiment.name for experiment in EXPERIMENTS)
    parser = argparse.ArgumentParser(prog="scripts/bench", description="Measures desist beside its peers.", allow_abbrev=False)
    parser.add_argument("--build", required=True, help=argparse.SUPPRESS)
    parser.add_argument("--rounds", type=int, help="default: 5, or 1 with --quick")
    parser.add_argument("--quick", action="store_true", help="short rounds, of about a minute; their figures are rough")
    parser.add_argument("--only", metavar="WORD", help=f"only experiments whose name contains it: {names}")
    parser.add_argument("--output", type=Path, help="default: bench/RESULTS.md; for --quick and --only, which never write "
                        "that one, RESULTS.md in the build folder")
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument("--report", action="store_true", help="measure nothing: write the last figures out again; with "
                         "--quick or --only, those of the last such run")
    instead.add_argument("--dry-run", action="store_true", help="only say what would be measured, and where it goes")
    chosen = parser.parse_args()

    chosen.partial = chosen.quick or chosen.only is not None
    if chosen.rounds is None:
        chosen.rounds = 1 if chosen.quick else 5
    if chosen.rounds < 1:
        parser.error(f"--rounds is at least 1, not {chosen.rounds}")
    chosen.experiments = [experiment for experiment in EXPERIMENTS if (chosen.only or "") in experiment.name]
    if chosen.only == "" or not chosen.experiments:
        parser.error(f"--only is a part of one of these names, not '{chosen.only}': {names}")
    if chosen.output is None:
        chosen.output = (Path(chosen.build) if chosen.partial else BENCH) / "RESULTS.md"
    elif chosen.output.is_dir() or not chosen.output.parent.is_dir():
        parser.error(f"--output is a file in a folder that is there, not {chosen.output}")
    elif chosen.partial and chosen.output.resolve() == BENCH / "RESULTS.md":
        parser.error("bench/RESULTS.md is for all experiments in full: not for --quick or --only")
    return chosen


def measure(programs, experiments, rounds, effort):
    taken = {"about": machine.describe(programs), "rounds": []}
    if effort is QUICK:
        taken["about"]["effort"] = f"a quick run, and rough; {QUICK.in_flight:,} in flight wherever it says 8,000"
    for number in range(rounds):
        figures = {}
        for experiment in experiments:
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


def last_figures(kept):
    try:
        return json.loads(kept.read_text())
    except FileNotFoundError:
        sys.exit(f"nothing to report: no such run has left {kept}")


def main():
    chosen = options()
    if chosen.dry_run:
        names = " ".join(experiment.name for experiment in chosen.experiments)
        print(f"{names}; rounds: {chosen.rounds}; to {chosen.output}")
        return
    programs = Programs(chosen.build)
    # Apart, so that a part never takes the place of the whole.
    kept = programs.build / f"figures-{'part' if chosen.partial else 'whole'}.json"
    if chosen.report:
        taken = last_figures(kept)
    else:
        if not programs.has_go():
            print("there is no Go here: its columns stay empty, and what is judged beside it is not judged", file=sys.stderr)
        if os.getloadavg()[0] > 0.5:
            print(f"this machine is busy (load {os.getloadavg()[0]:.1f}): the figures will show it", file=sys.stderr)
        taken = measure(programs, chosen.experiments, chosen.rounds, QUICK if chosen.quick else FULL)
        kept.write_text(json.dumps(taken, indent=1))
    chosen.output.write_text(render(taken, BENCH / "shortfalls.md"))
    print(f"written: {chosen.output}", file=sys.stderr)


main()
