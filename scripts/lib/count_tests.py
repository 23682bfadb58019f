#!/usr/bin/env python3
"""Adds up what a `meson test` run ran: count_tests.py BUILD. A doctest program counts its test cases, any other test
counts as one, and so does a program that ended without its summary. Prints "N passed, N failed" (and "N skipped")."""

import json
import re
import sys
from pathlib import Path

SUMMARY = re.compile(r"\[doctest\] test cases:\s*(\d+)\s*\|\s*(\d+) passed\s*\|\s*(\d+) failed\s*\|\s*(\d+) skipped")
ESCAPES = re.compile(r"\x1b\[[0-9;]*m")


def main() -> int:
    passed = failed = skipped = 0
    for line in (Path(sys.argv[1]) / "meson-logs" / "testlog.json").read_text().splitlines():
        test = json.loads(line)
        summary = SUMMARY.search(ESCAPES.sub("", test.get("stdout", "")))
        good = test["result"] in ("OK", "EXPECTEDFAIL")
        if summary is not None:
            passed += int(summary.group(2))
            bad = int(summary.group(3))
            # A sanitizer, or a crash at exit, fails a program whose cases all passed.
            failed += bad if bad > 0 or good else 1
        elif test["result"] == "SKIP":
            skipped += 1
        elif good:
            passed += 1
        else:
            failed += 1
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 1 if failed or not passed else 0


if __name__ == "__main__":
    sys.exit(main())
