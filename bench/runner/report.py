"""RESULTS.md from the figures of all rounds."""

from pathlib import Path
from statistics import median

from rows import SECTIONS
from subjects import DESIST, GO, NAMES


def written(value):
    if value is None:
        return ""
    if value >= 1000:
        return f"{value:,.0f}"
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


class Figures:
    """rounds: a list of {subject: {row: value}}."""

    def __init__(self, rounds):
        self.rounds = rounds

    def all_of(self, subject, row):
        return [figures[subject][row] for figures in self.rounds if row in figures.get(subject, {})]

    def median(self, subject, row):
        values = self.all_of(subject, row)
        return median(values) if values else None

    def subjects(self, section):
        return [subject for subject in NAMES if any(self.all_of(subject, row.key) for row in section.rows)]

    def ratio(self, row):
        figure, go = self.median(DESIST, row), self.median(GO, row)
        return figure / go if figure is not None and go else None

    def met(self, row):
        """None where there is nothing to judge."""
        figure = self.median(DESIST, row.key)
        return None if row.aim is None or figure is None else row.aim.met(figure, self.median(GO, row.key))


def table(heads, lines):
    yield "| " + " | ".join(heads) + " |"
    yield "|---|" + "---:|" * (len(heads) - 1)
    for line in lines:
        yield "| " + " | ".join(line) + " |"


def section_lines(section, figures):
    subjects = figures.subjects(section)
    if not subjects:
        return
    yield from (f"## {section.title}", "", section.note, "")
    lines = []
    for row in section.rows:
        if figures.median(DESIST, row.key) is None:
            continue
        verdict = {True: "met", False: "**not met**", None: ""}[figures.met(row)]
        ratio = figures.ratio(row.key)
        if row.aim is None and ratio is not None and ratio > 100:
            ratio = None  # of next to nothing
        lines.append([f"{row.title}, {row.unit}", *(written(figures.median(subject, row.key)) for subject in subjects),
                      "" if ratio is None else f"{ratio:.2f}", row.aim.text(row.unit) if row.aim else "", verdict])
    yield from table(["", *(NAMES[subject] for subject in subjects), "desist / Go", "aim", ""], lines)
    yield ""


def shortfall_lines(figures, reasons):
    yield from ("## What falls short", "")
    aimed = [(section, row) for section in SECTIONS for row in section.rows if row.aim]
    missed = [(section, row) for section, row in aimed if figures.met(row) is False]
    unjudged = sum(figures.met(row) is None for _, row in aimed)
    for section, row in missed:
        got = f"{written(figures.median(DESIST, row.key))} {row.unit}"
        go = figures.median(GO, row.key)
        beside = "" if go is None else f" beside Go's {written(go)}"
        yield f"- {section.title}; {row.title}: {got}{beside}, where {row.aim.text(row.unit)} is the aim."
    if not missed:
        yield "Nothing of what could be judged."
    if unjudged:
        yield from ("", f"Not judged, because it or its peer was not measured: {unjudged} of {len(aimed)} aims.")
    yield from ("", reasons.strip(), "")


def spread_lines(figures):
    yield from ("## How much the rounds differ", "", "Lowest and highest of all rounds.", "")
    lines = []
    for row in (row for section in SECTIONS for row in section.rows):
        spans = [figures.all_of(subject, row.key) for subject in NAMES]
        if any(spans):
            lines.append([f"`{row.key}`, {row.unit}",
                          *(f"{written(min(span))} to {written(max(span))}" if span else "" for span in spans)])
    yield from table(["", *NAMES.values()], lines)


def render(taken, reasons_file):
    figures = Figures(taken["rounds"])
    count = len(figures.rounds)
    intro = [
        "# Results", "",
        "Written by `scripts/bench`; [shortfalls.md](shortfalls.md) holds the words on what falls short. "
        f"Each figure is the median of {count} round{'s' * (count != 1)}; in each round all subjects were measured, one "
        "after the other, in turn the first.", "",
    ]
    about = [f"- {name}: {value}" for name, value in taken["about"].items()]
    sections = [line for section in SECTIONS for line in section_lines(section, figures)]
    reasons = Path(reasons_file).read_text()
    return "\n".join([*intro, *about, "", *sections, *shortfall_lines(figures, reasons), *spread_lines(figures)]) + "\n"
