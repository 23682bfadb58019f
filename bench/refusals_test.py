"""What the tools of the benchmark do with a command line that cannot be meant: they say what would be right, exit with 2,
and leave everything as it was.

    python3 bench/refusals_test.py BUILD
"""

import os
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

BUILD = Path(sys.argv.pop(1)).resolve()
NOBODY = "127.0.0.1:1"


def run(*argv, **options):
    return subprocess.run([str(word) for word in argv], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                          text=True, timeout=60, **options)


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


if __name__ == "__main__":
    unittest.main()
