"""The rows of the result: what each figure means, and what desist is to reach."""

from dataclasses import dataclass


@dataclass(frozen=True)
class AtMost:
    """So much, whatever the peers do."""

    bound: float

    def text(self, unit):
        return f"≤ {self.bound:g} {unit}"

    def met(self, figure, _):
        return figure <= self.bound


@dataclass(frozen=True)
class OfGoAtMost:
    part: float

    def text(self, _):
        return f"≤ {self.part:g} × Go"

    def met(self, figure, go):
        return None if go is None else figure <= self.part * go


@dataclass(frozen=True)
class OfGoAtLeast:
    part: float

    def text(self, _):
        return f"≥ {self.part:g} × Go"

    def met(self, figure, go):
        return None if go is None else figure >= self.part * go


@dataclass(frozen=True)
class Row:
    key: str
    title: str
    unit: str
    aim: AtMost | OfGoAtMost | OfGoAtLeast | None = None


@dataclass(frozen=True)
class Section:
    title: str
    note: str
    rows: list[Row]


def leaving_rows(title, key, told, awake):
    return [Row(f"{key}_told", f"{title}: told", "µs", told), Row(f"{key}_awake", f"{title}: awake", "µs", awake)]


PACED_TOLD = OfGoAtMost(0.7)
ONCE_TOLD = OfGoAtMost(0.3)
ONCE_AWAKE = OfGoAtMost(1.0)

SECTIONS = [
    Section("Inside the process", "Nanoseconds for one operation, in a process that has threads.", [
        Row("derive_cancel", "derive a child, cancel it", "ns", AtMost(90)),
        Row("cancel_1000", "cancel with 1,000 children, per child", "ns", AtMost(40)),
        Row("cancel_100000", "cancel with 100,000 children, per child", "ns", AtMost(40)),
        Row("poll", "poll", "ns", AtMost(1)),
        Row("timeout_cancel_100000", "derive with a timeout, cancel; 100,000 timers pending", "ns", AtMost(200)),
        Row("value_10_values", "value behind 10 other values", "ns", AtMost(10)),
        Row("value_10_scopes", "value behind 10 derived levels", "ns", AtMost(10)),
    ]),
    Section(
        "A client leaves, one at a time, a millisecond apart",
        "From the client's `close()` until the work is *told* (desist: the hook runs) and *awake* (the waiting thread or "
        "goroutine runs). Go has no hook on the cancelling side: there, told is awake. Medians.",
        [
            *leaving_rows("1,000 in flight, FIN", "paced_fin", PACED_TOLD, None),
            *leaving_rows("1,000 in flight, RST", "paced_rst", PACED_TOLD, None),
            *leaving_rows("8,000 in flight, FIN", "paced_8000_fin", PACED_TOLD, None),
            *leaving_rows("8,000 in flight, RST", "paced_8000_rst", PACED_TOLD, None),
            Row("process_signalled", "one process in flight: it has SIGTERM", "µs", OfGoAtMost(0.6)),
        ]),
    Section("All clients leave at once", "The same, closed as fast as one thread can; 99th percentiles.", [
        *leaving_rows("1,000 clients, FIN", "once_fin", ONCE_TOLD, ONCE_AWAKE),
        *leaving_rows("1,000 clients, RST", "once_rst", ONCE_TOLD, ONCE_AWAKE),
        *leaving_rows("8,000 clients, FIN", "once_8000_fin", None, None),
        *leaving_rows("8,000 clients, RST", "once_8000_rst", None, None),
        *leaving_rows("100 clients with 10 tasks each, the last task", "once_fan", None, None),
    ]),
    Section(
        "Memory, 8,000 waiting requests",
        "For each request: how far the peak resident size (VmHWM) rises above the size at rest; and what the kernel holds "
        "beside it, which no process is charged for: 16 KiB of stack a thread, and page tables.",
        [
            Row("memory", "peak resident", "KiB", OfGoAtMost(1.0)),
            Row("memory_kernel_stacks", "kernel stacks", "KiB"),
            Row("memory_page_tables", "page tables", "KiB"),
        ]),
    Section(
        "Short requests on kept connections",
        "`GET /hello`, each connection asking again as soon as it is answered; client and server share the machine. "
        "cpp-httplib has a thread for each connection, since its pool leaves the others unanswered.",
        [
            Row("hello_64", "64 connections, answers", "/s", OfGoAtLeast(1.3)),
            Row("hello_64_cpu", "64 connections, the server's CPU time for one", "µs"),
            Row("hello_1000", "1,000 connections, answers", "/s", OfGoAtLeast(1.0)),
            Row("hello_1000_cpu", "1,000 connections, the server's CPU time for one", "µs"),
        ]),
]
