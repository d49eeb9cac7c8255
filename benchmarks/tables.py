# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Tables in Markdown, and results in JSON with the machine they are from."""

import json
import platform
import subprocess
from pathlib import Path


def print_header(columns: list[str]) -> list[str]:
    """Prints the first lines of a table, and returns them."""
    lines = ["| " + " | ".join(columns) + " |", "| --- |" + " ---: |" * (len(columns) - 1)]
    print("\n".join(lines), flush=True)
    return lines


def print_row(cells: list[str]) -> str:
    """A row as soon as it is known: a table of all models takes minutes. Returns the line."""
    line = "| " + " | ".join(cells) + " |"
    print(line, flush=True)
    return line


def replace_section(page: Path, name: str, lines: list[str]) -> None:
    """Writes lines between `<!-- figures: NAME -->` and the next `<!-- end -->` of a page."""
    begin, end, text = f"<!-- figures: {name} -->\n", "<!-- end -->", page.read_text()
    if begin not in text:
        raise SystemExit(f"{page.name} has no line '{begin.strip()}'")
    before, rest = text.split(begin)
    _, after = rest.split(end, 1)
    page.write_text(before + begin + "\n".join(["", *lines, "", ""]) + end + after)


def format_bytes(count: int) -> str:
    for unit, size in (("MB", 1e6), ("kB", 1e3)):
        if count >= size:
            return f"{count / size:.1f} {unit}"
    return f"{count} B"


def describe_processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.split(":", 1)[1].strip()
    return platform.processor()


def describe_compiler(compiler: str) -> str:
    said = subprocess.run([compiler, "--version"], text=True, stdout=subprocess.PIPE).stdout
    return said.splitlines()[0] if said else compiler


def write_json(path: str | None, content: dict) -> None:
    if path:
        Path(path).parent.mkdir(parents=True, exist_ok=True)
        Path(path).write_text(json.dumps({"processor": describe_processor()} | content, indent=1) + "\n")
