"""Where and with what the figures were taken."""

import os
import platform
import re
import subprocess
from pathlib import Path


def first_line(*argv):
    try:
        return subprocess.run(argv, stdout=subprocess.PIPE, text=True, check=True).stdout.splitlines()[0]
    except (OSError, subprocess.CalledProcessError, IndexError):
        return "not here"


def cpu_model():
    match = re.search(r"^model name\s*:\s*(.+)$", Path("/proc/cpuinfo").read_text(), re.MULTILINE)
    return match[1] if match else platform.machine()


def debian_version(package):
    return first_line("dpkg-query", "-W", "-f", "${Version}\n", package)


def describe(programs):
    system = platform.freedesktop_os_release()
    return {
        "machine": f"{cpu_model()}, {os.cpu_count()} cores",
        "system": f"{system['PRETTY_NAME']}, Linux {platform.release()}",
        "load before": f"{os.getloadavg()[0]:.2f} runnable on average over the last minute, before the start",
        "desist": f"{first_line(str(programs.build / 'source/cli/desist'), 'version')}, built as a release with "
                  f"{first_line(os.environ.get('CXX', 'c++'), '--version')}",
        "Go": first_line("go", "version").removeprefix("go version ") if programs.has_go() else "not here: skipped",
        "cpp-httplib": debian_version("libcpp-httplib-dev"),
    }
