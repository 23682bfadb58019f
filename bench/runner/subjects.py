"""What is compared: how each subject's servers and programs are started."""

import os
import tempfile
from pathlib import Path

from processes import Server

DESIST, STOP_SOURCE, GO, HTTPLIB = "desist", "stop_source", "go", "httplib"
NAMES = {DESIST: "desist", GO: "Go", STOP_SOURCE: "`std::stop_source`", HTTPLIB: "cpp-httplib"}

DESIST_CONFIG = """
[server]
listen = "127.0.0.1:0"
[log]
format = "json"
[source.child]
type = "command"
argv = ["{child}", "{socket}", "{{id}}"]
[[route]]
path = "/process/{{id}}"
source = "child"
"""


class Programs:
    """The programs in a build folder, and Go's where it has been built."""

    def __init__(self, build):
        self.build = Path(build).resolve()
        self.load = self._path("bench/load/load")
        self.context_bench = self._path("bench/context_bench")
        self.sigterm_child = self._path("bench/sigterm_child")
        self.go = self._path("bench/peer_go")
        self._scratch = tempfile.TemporaryDirectory(prefix="desist-bench-")
        self.reports = os.path.join(self._scratch.name, "reports")

    def _path(self, relative):
        return str(self.build / relative)

    def has_go(self):
        return os.access(self.go, os.X_OK)

    def peers(self, *subjects):
        """Those of the subjects that are here."""
        return [subject for subject in subjects if subject != GO or self.has_go()]

    def waiting_server(self, subject):
        """One that serves /wait, /fan, /hello, /inflight and /stops."""
        if subject == DESIST:
            return Server([self._path("examples/probe_server"), "--listen", "127.0.0.1:0"])
        return Server([self.go, "serve", "--listen", "127.0.0.1:0"])

    def hello_server(self, subject, connections):
        if subject == HTTPLIB:
            return Server([self._path("bench/peers/httplib/httplib_peer"), str(connections)])
        return self.waiting_server(subject)

    def process_server(self, subject):
        """One whose /process/ID runs the child that reports."""
        if subject == GO:
            return Server([self.go, "serve", "--child", self.sigterm_child, "--socket", self.reports])
        config = Path(self._scratch.name) / "desist.toml"
        config.write_text(DESIST_CONFIG.format(child=self.sigterm_child, socket=self.reports))
        return Server([self._path("source/cli/desist"), "serve", str(config)])
