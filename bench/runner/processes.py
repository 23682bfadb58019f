"""Starting what is measured and what measures, and reading what the kernel counts about it."""

import json
import os
import re
import subprocess
import tempfile
import time
from pathlib import Path

TICKS = os.sysconf("SC_CLK_TCK")
PATIENCE = 20

# The probe server's and the peers' words, and those of desist's log.
LISTENING = re.compile(r'listening on (\S+)|"event":"listening","address":"([^"]+)","port":(\d+)')


class Server:
    """A running server, from when it listens until the end of the block."""

    def __init__(self, argv):
        # A file, not a pipe: nobody has to read on for the server to write on.
        self._output = tempfile.TemporaryFile(mode="w+")
        self._process = subprocess.Popen(argv, stdout=self._output, stderr=self._output)
        try:
            self.address = self._await_address()
        except BaseException:
            self._end()
            raise

    def _await_address(self):
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            self._output.seek(0)
            said = self._output.read()
            if match := LISTENING.search(said):
                return match[1] or f"{match[2]}:{match[3]}"
            if self._process.poll() is not None:
                raise RuntimeError(f"{self._process.args[0]} has ended: {said}")
            time.sleep(0.01)
        raise RuntimeError(f"{self._process.args[0]} does not listen: {said}")

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._end()

    def _end(self):
        self._process.terminate()
        try:
            self._process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._output.close()

    def status(self):
        """Of /proc/PID/status: resident size, its peak and page tables in KiB, and the number of threads."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        fields = dict(line.split(":", 1) for line in lines)
        return {name: int(fields[name].split()[0]) for name in ("VmRSS", "VmHWM", "VmPTE", "Threads")}

    def cpu_seconds(self):
        fields = Path(f"/proc/{self._process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / TICKS


def output_of(argv):
    return subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True).stdout


def json_of(argv):
    """The JSON that a program prints."""
    return json.loads(output_of(argv))
