#!/usr/bin/env python3
"""Links between the documents lead somewhere: to a file or folder of the project, and to a heading that is there."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
FENCE = re.compile(r"^```.*?^```", re.DOTALL | re.MULTILINE)


def prose(path: Path) -> str:
    """Its text without code blocks; as many lines."""
    return FENCE.sub(lambda block: "\n" * block.group().count("\n"), path.read_text())


def anchors(path: Path) -> set[str]:
    """What its headings are called in links: as GitHub and Doxygen name them."""
    headings = re.findall(r"^#+ +(.*)$", prose(path), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


def documents() -> list[Path]:
    listed = subprocess.run(["git", "ls-files", "-co", "--exclude-standard", "*.md"], cwd=ROOT, capture_output=True, text=True)
    if listed.returncode == 0:
        return [ROOT / name for name in listed.stdout.splitlines() if (ROOT / name).exists()]
    return [path for folder in ("*.md", "docs/**/*.md", "examples/**/*.md", "bench/**/*.md") for path in ROOT.glob(folder)]


def main() -> int:
    problems = []
    for path in documents():
        for number, line in enumerate(prose(path).splitlines(), 1):
            for link in LINK.findall(line):
                if re.match(r"[a-z]+:", link):
                    continue
                name, _, anchor = link.partition("#")
                target = path.parent / name if name else path
                if not target.exists():
                    problems.append(f"{path.relative_to(ROOT)}:{number}: {link}: there is no such file")
                elif anchor and anchor not in anchors(target):
                    problems.append(f"{path.relative_to(ROOT)}:{number}: {link}: there is no such heading")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
