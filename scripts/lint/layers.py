#!/usr/bin/env python3
"""Who may include whom. Each folder of source/ is a layer; a layer may use the layers named for it, and what those may
use. A public header belongs to the layer that implements it. Prints every include that breaks this; exit 1 if any."""

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent.parent

USES = {
    "context": set(),
    "work": {"context"},
    "store": {"work"},
    "sources": {"store"},
    "front": {"work"},
    "server": {"front", "store"},
    "cli": {"server", "sources"},
}

# include/desist/NAME.hpp -> the layer that implements it.
PUBLIC = {
    "context": ["api", "cause", "clock", "context", "on_stop", "value"],
    "work": ["after_stop", "error", "journal", "latch", "live_tree", "parker", "pool", "queue", "race", "reader",
             "semaphore", "sleep", "task_group", "wait_any", "wait_list", "waits", "worker"],
    "store": ["all", "payload", "query", "store"],
    "sources": ["command", "process", "sqlite"],
    "front": ["limits"],
    "server": ["server", "signals"],
}

# Third-party headers and the one place that may include them.
ONLY_IN = {
    "httplib.h": ["source/front/httplib_bridge.cpp"],
    "sqlite3.h": ["source/sources/"],
    "re2/re2.h": ["source/server/", "source/cli/"],
    "toml++/toml.h": ["source/cli/"],
    "CLI/": ["source/cli/"],
    "nlohmann/": ["source/store/", "source/sources/", "source/server/", "source/cli/"],
}

INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def closure(layer: str) -> set[str]:
    reached = {layer}
    for lower in USES[layer]:
        reached |= closure(lower)
    return reached


def main() -> int:
    layer_of_public = {name: layer for layer, names in PUBLIC.items() for name in names}
    problems = []
    for path in sorted([*ROOT.glob("source/**/*.[ch]pp"), *ROOT.glob("include/**/*.hpp")]):
        relative = path.relative_to(ROOT).as_posix()
        if relative.startswith("include/"):
            layer = layer_of_public.get(path.stem)
            if layer is None:
                problems.append(f"{relative}:1: not listed in scripts/lint/layers.py: say which layer implements it")
                continue
        else:
            layer = path.relative_to(ROOT / "source").parts[0]
        allowed = closure(layer)
        for number, line in enumerate(path.read_text().splitlines(), 1):
            match = INCLUDE.match(line)
            if match is None:
                continue
            quote, name = match.groups()
            where = f"{relative}:{number}"
            if quote == '"':
                first = name.split("/")[0]
                target = layer_of_public.get(Path(name).stem) if first == "desist" else first
                if target not in USES:
                    problems.append(f'{where}: "{name}" belongs to no layer')
                elif target not in allowed:
                    problems.append(f"{where}: {layer} may not include {target} ({name})")
                elif first != "desist" and relative.startswith("include/"):
                    problems.append(f"{where}: a public header may include public headers only, not {name}")
            for prefix, places in ONLY_IN.items():
                if name.startswith(prefix) and not any(relative.startswith(place) for place in places):
                    problems.append(f"{where}: <{name}> may be included only in {', '.join(places)}")
    for problem in problems:
        print(problem)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main())
