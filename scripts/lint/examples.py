#!/usr/bin/env python3
"""What examples/ promises: the small ones are small, all use only what is installed, and the README shows the embedded
server as it is built. Prints each place; exit 1 if any."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
EXAMPLES = ROOT / "examples"

# Lines that a program stays below.
BELOW = {"embed/embed.cpp": 40} | {path.name: 60 for path in EXAMPLES.glob("*.cpp")}
OWN_INCLUDE = re.compile(r'#include "([^"]+)"')
OWN_HEADER = re.compile(r"#include [<\"](context|work|store|sources|front|server|cli)/")


def main() -> int:
    problems = []
    for name, limit in sorted(BELOW.items()):
        lines = len((EXAMPLES / name).read_text().splitlines())
        if lines >= limit:
            problems.append(f"examples/{name}: {lines} lines; it is to stay below {limit}")
    for path in sorted(EXAMPLES.glob("**/*.[ch]pp")):
        relative = path.relative_to(ROOT)
        for number, line in enumerate(path.read_text().splitlines(), 1):
            own = OWN_INCLUDE.match(line)
            if OWN_HEADER.match(line) or (own and not (path.parent / own.group(1)).is_file()):
                problems.append(f"{relative}:{number}: not installed: an example includes <desist/...>: {line}")
        listed = "](" + path.relative_to(EXAMPLES).as_posix() + ")"
        if path.suffix == ".cpp" and listed not in (EXAMPLES / "README.md").read_text():
            problems.append(f"{relative}: examples/README.md does not name it")
    if "```cpp\n" + (EXAMPLES / "embed/embed.cpp").read_text() + "```\n" not in (ROOT / "README.md").read_text():
        problems.append("README.md: shows another examples/embed/embed.cpp than the one that is built")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
