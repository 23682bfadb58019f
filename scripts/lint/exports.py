#!/usr/bin/env python3
"""What the library offers to programs, and nothing else.

    exports.py                  every public class, and every public function that is not inline, says DESIST_API
    exports.py LIBRARY NM       what the shared library exports is desist's own, and not the private part of a class

Prints each place or symbol; exit 1 if any."""

import re
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

# The layout makes these tests sound: at the left margin stand declarations of namespace scope only. Templates are
# compiled by who uses them; an enumeration has nothing to export.
CLASS = re.compile(r"^(class|struct)\s(?!.*;)")
NOT_A_FUNCTION = re.compile(
    r"^(\[\[\w+\]\] )?(class|struct|enum|namespace|using|template|inline|constexpr|concept|friend|typedef|static_assert|public|private|#|/|\}|\{|\)| |$)")

# Public in name only: counted in line, and without a member outside of a header.
PLAIN = {"NodeHead"}

# Classes whose type has to be one for the library and the program.
POLYMORPHIC = re.compile(r"^class DESIST_API (?:\[\[nodiscard\]\] )?(\w+)(?: final)? : public|\bvirtual ~(\w+)\(", re.M)
PRIVATE_PART = re.compile(r"::(Impl|State)\b")
OURS = re.compile(r"^(?:(?:vtable|typeinfo|typeinfo name|VTT) for )?desist::")


def undeclared() -> list[str]:
    problems = []
    for path in sorted((ROOT / "include").glob("**/*.hpp")):
        of_template = False
        for number, line in enumerate(path.read_text().splitlines(), 1):
            where = f"{path.relative_to(ROOT).as_posix()}:{number}"
            if CLASS.match(line):
                name = re.sub(r"\[\[.*?\]\]|DESIST_API|class|struct", "", line).split()[0]
                if not of_template and "DESIST_API" not in line and name not in PLAIN:
                    problems.append(f"{where}: a public class without DESIST_API: {name}")
            elif not NOT_A_FUNCTION.match(line) and not of_template and "DESIST_API" not in line:
                if re.match(r"^[\w\[].*[(=;]", line):
                    problems.append(f"{where}: a public function or object without DESIST_API: {line.strip()}")
            of_template = line.startswith("template") or (of_template and line.startswith(" "))
    return problems


def exported(library: str, nm: str) -> list[str]:
    listed = subprocess.run([nm, "--dynamic", "--defined-only", "--demangle", library], check=True, capture_output=True,
                            text=True).stdout.splitlines()
    names = [line.split(maxsplit=2)[2] for line in listed]
    if not names:
        return [f"{library} exports nothing at all"]
    problems = [f"exported, and not of desist: {name}" for name in names if not OURS.match(name)]
    problems += [f"exported, and private: {name}" for name in names if PRIVATE_PART.search(name.split("(")[0])]
    for path in sorted((ROOT / "include").glob("**/*.hpp")):
        for derived, base in POLYMORPHIC.findall(path.read_text()):
            if (wanted := f"typeinfo for desist::{derived or base}") not in names:
                problems.append(f"not exported: {wanted}")
    return problems


def main() -> int:
    problems = exported(*sys.argv[1:3]) if len(sys.argv) == 3 else undeclared()
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
