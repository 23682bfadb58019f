#!/usr/bin/env python3
"""The documents say what is so: each C++ block stands, word for word, in a source that is built and tested, and each test that
a promise names is there. A line `// …` in a block leaves something out. Prints what does not hold; exit 1 if anything."""

import re
import sys
import textwrap
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
BLOCK = re.compile(r"^```cpp\n(.*?)^```", re.DOTALL | re.MULTILINE)
LEFT_OUT = re.compile(r"^ *// …\n", re.MULTILINE)
LITERAL = r'"((?:[^"\\]|\\.)*)"'
TEST_NAME = re.compile(rf"TEST_CASE\(\s*((?:{LITERAL}\s*)+)\)")
NAMED_TEST = re.compile(r"(?<![*\w])\*([^*\n]+)\*(?!\*)")


def lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def stands_in(part: list[str], source: list[str]) -> bool:
    """Whether these lines stand there one after the other, however far they are indented."""
    return any(source[at : at + len(part)] == part for at in range(len(source) - len(part) + 1))


def main() -> int:
    problems = []
    sources = [
        lines(path.read_text()) for folder in ("tests/docs", "examples") for path in sorted((ROOT / folder).glob("**/*.[ch]pp"))
    ]
    for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("**/*.md"))]:
        text = path.read_text()
        for block in BLOCK.finditer(text):
            parts = [lines(part) for part in LEFT_OUT.split(block.group(1))]
            if not any(all(stands_in(part, source) for part in parts) for source in sources):
                number = text.count("\n", 0, block.start()) + 1
                problems.append(f"{path.relative_to(ROOT)}:{number}: no tested source holds\n{textwrap.indent(block.group(1), '    ')}")

    names = set()
    for path in (ROOT / "tests").glob("**/*.cpp"):
        for case in TEST_NAME.finditer(path.read_text()):
            names.add("".join(re.findall(LITERAL, case.group(1))))
    promises = ROOT / "docs/promises.md"
    for number, line in enumerate(promises.read_text().splitlines(), 1):
        for name in NAMED_TEST.findall(line):
            if name not in names:
                problems.append(f"{promises.relative_to(ROOT)}:{number}: there is no test named: {name}")

    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
