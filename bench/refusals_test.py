"""What the tools of the benchmark do with a command line that cannot be meant: they say what would be right, exit with 2,
and leave everything as it was.

    python3 bench/refusals_test.py BUILD
"""

import json
import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BENCH = Path(__file__).resolve().parent
BUILD = Path(sys.argv.pop(1)).resolve()
NOBODY = "127.0.0.1:1"

sys.path.insert(0, str(BENCH / "runner"))
sys.dont_write_bytecode = True
from experiments import EXPERIMENTS


def run(*argv, **options):
    return subprocess.run([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=60, **options)


def results():
    """What bench/RESULTS.md holds, and since when."""
    file = BENCH / "RESULTS.md"
    return (file.read_bytes(), file.stat().st_mtime_ns) if file.exists() else None


class Load(unittest.TestCase):
    def refused(self, says, *arguments):
        with self.subTest(arguments=arguments):
            ended = run(BUILD / "bench/load/load", *arguments)
            self.assertEqual(ended.returncode, 2, ended.stderr)
            self.assertIn(says, ended.stderr)

    def test_a_number_is_whole_and_in_its_range(self):
        options = {"leave": ["clients", "leave", "pace-us"], "hold": ["clients"], "hello": ["connections", "ms"], "process": ["count"]}
        for mode, names in options.items():
            for name in names:
                least = 0 if name == "pace-us" else 1
                for value in (str(least - 1), "-5", "abc", "12x", " 3", "+3", "1.5", "", "1000000001", "99999999999999999999"):
                    self.refused(f"--{name} is a whole number from {least} to 1000000000, not '{value}'",
                                 mode, "--server", NOBODY, f"--{name}", value)

    def test_a_server_is_an_address_and_a_port(self):
        for value in ("x", "", "127.0.0.1", "127.0.0.1:", "127.0.0.1:80x", "127.0.0.1:-1", "127.0.0.1:0", "127.0.0.1:65536",
                      "localhost:80"):
            self.refused("--server is an IPv4 address and a port", "leave", "--server", value)

    def test_a_mode_and_options_are_those_that_there_are(self):
        self.refused("leave, hold, hello or process")
        self.refused("leave, hold, hello or process", "leave", "--server")
        self.refused("leave, hold, hello and process", "nosuch", "--server", NOBODY)
        self.refused("missing: --server", "leave")
        self.refused("missing: --socket", "process", "--server", NOBODY)
        self.refused("not an option: clients", "leave", "--server", NOBODY, "clients", "3")
        self.refused("given twice: --clients", "leave", "--server", NOBODY, "--clients", "3", "--clients", "4")
        self.refused("unknown: --count", "hold", "--server", NOBODY, "--count", "3")
        self.refused("--by is fin or rst", "leave", "--server", NOBODY, "--by", "x")

    def test_a_file_in_the_place_of_the_socket_stays(self):
        with tempfile.NamedTemporaryFile() as file:
            ended = run(BUILD / "bench/load/load", "process", "--server", NOBODY, "--socket", file.name)
            self.assertEqual(ended.returncode, 1)
            self.assertIn("Address already in use", ended.stderr)
            self.assertTrue(os.path.isfile(file.name))

    def test_what_fails_later_is_told_apart(self):
        ended = run(BUILD / "bench/load/load", "hello", "--server", NOBODY)
        self.assertEqual((ended.returncode, ended.stderr), (1, "load: connect: Connection refused\n"))


class HttplibPeer(unittest.TestCase):
    def test_wants_a_number_of_threads(self):
        for value in ("0", "-1", "12x", "abc", "", "65536"):
            with self.subTest(value=value):
                ended = run(BUILD / "bench/peers/httplib/httplib_peer", value)
                self.assertEqual(ended.returncode, 2)
                self.assertTrue(ended.stderr.startswith("usage: httplib_peer THREADS"))


class Bench(unittest.TestCase):
    """scripts/bench, with stand-ins for what installs and builds."""

    def setUp(self):
        scratch = tempfile.TemporaryDirectory()
        self.addCleanup(scratch.cleanup)
        self.scratch = Path(scratch.name)
        self.called = self.scratch / "called"
        for name in ("apt-get", "dpkg-query", "sudo", "meson", "ninja", "go"):
            program = self.scratch / name
            program.write_text(f'#!/bin/sh\necho "{name} $*" >>"{self.called}"\nexit 1\n')
            program.chmod(0o755)
        self.before = results()

    def bench(self, *arguments):
        path = f"{self.scratch}:{os.environ['PATH']}"
        return run(BENCH.parent / "scripts/bench", *arguments, env={**os.environ, "PATH": path})

    def runner(self, *arguments):
        """What scripts/bench runs, in a build folder of the test's own."""
        return run(sys.executable, BENCH / "runner", "--build", self.scratch, *arguments)

    def refused(self, says, *arguments):
        with self.subTest(arguments=arguments):
            ended = self.bench(*arguments)
            self.assertEqual(ended.returncode, 2, ended.stderr)
            self.assertIn(says, ended.stderr)
            self.assertFalse(self.called.exists(), "something was installed or built")
            self.assertEqual(results(), self.before)

    def test_less_than_one_round_is_none(self):
        for rounds in ("0", "-3"):
            self.refused("--rounds is at least 1", "--rounds", rounds)
            self.refused("--rounds is at least 1", "--rounds", rounds, "--quick")
        self.refused("--rounds", "--rounds", "many")

    def test_an_experiment_that_there_is_not_is_answered_by_those_that_there_are(self):
        names = ", ".join(experiment.name for experiment in EXPERIMENTS)
        for word in ("nosuch", ""):
            self.refused(names, "--only", word)

    def test_a_part_is_never_written_over_the_whole(self):
        self.refused("bench/RESULTS.md is for all", "--quick", "--output", "bench/RESULTS.md")
        self.refused("bench/RESULTS.md is for all", "--only", "hello", "--output", "bench/../bench/RESULTS.md")
        for part in (["--quick"], ["--only", "hello"], ["--quick", "--only", "hello"]):
            self.assertTrue(self.runner("--dry-run", *part).stdout.endswith(f"to {self.scratch}/RESULTS.md\n"))
        self.assertTrue(self.runner("--dry-run").stdout.endswith(f"to {BENCH}/RESULTS.md\n"))

    def test_a_folder_that_is_not_there_is_noticed_before_anything_is_measured(self):
        self.refused("--output", "--output", self.scratch / "nosuch/RESULTS.md")
        self.refused("--output", "--output", self.scratch)

    def test_the_figures_of_a_part_are_no_report_of_the_whole(self):
        taken = {"about": {}, "rounds": [{"desist": {"memory": 12.5}}]}
        (self.scratch / "figures-part.json").write_text(json.dumps(taken))
        whole = self.runner("--report")
        self.assertEqual(whole.returncode, 1)
        self.assertIn("nothing to report", whole.stderr)
        self.assertEqual(results(), self.before)
        part = self.runner("--report", "--only", "memory")
        self.assertEqual(part.returncode, 0, part.stderr)
        self.assertIn("12.5", (self.scratch / "RESULTS.md").read_text())
        self.assertEqual(results(), self.before)

    def test_what_is_right_goes_on_to_install(self):
        self.bench("--only", "hello", "--rounds", "1")
        self.assertTrue(self.called.exists())


if __name__ == "__main__":
    unittest.main()
