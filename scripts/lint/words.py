#!/usr/bin/env python3
"""Left-over marks, and habits that CONTRIBUTING rules out and a machine can see. Prints each place; exit 1 if any."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

EVERYWHERE = {
    r"\b(TODO|FIXME|XXX|HACK)\b": "a left-over mark: do it, or write it down where users look",
    r"\.detach\(\)": "a detached thread belongs to nobody",
    r"(?<![\w.])new [A-Z_a-z:]+[({;]": "a naked new: use make_unique or make_shared, or say why with lint:allow-new",
    r"catch \(\.\.\.\) *\{ *\}": "a swallowed exception",
}
IN_TESTS = {
    r"\b(sleep_for|sleep_until|usleep|nanosleep)\((?!ctx|scope|stopped|context)": "tests wait on conditions (eventually), they do not sleep",
}
SLEEP_ALLOWED = {"tests/support/eventually.hpp"}


def main() -> int:
    problems = []
    for folder in ("include", "source", "tests", "examples", "bench"):
        for path in sorted((ROOT / folder).glob("**/*.[ch]pp")):
            relative = path.relative_to(ROOT).as_posix()
            rules = dict(EVERYWHERE)
            if folder == "tests" and relative not in SLEEP_ALLOWED:
                rules.update(IN_TESTS)
            for number, line in enumerate(path.read_text().splitlines(), 1):
                code = line.split("//")[0] if "TODO" not in line else line
                for pattern, why in rules.items():
                    if re.search(pattern, code) and "lint:allow" not in line:
                        problems.append(f"{relative}:{number}: {why}\n    {line.strip()}")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
