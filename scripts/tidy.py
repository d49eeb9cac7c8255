#!/usr/bin/env python3
"""tidy.py BUILD FILE...: runs clang-tidy over the files, several at a time. Use tidy.sh."""

import json
import os
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
CLANG_TIDY = ROOT / ".venv/bin/clang-tidy"

# A precompiled header is readable only for the compiler that wrote it, and would hide a missing include.
PRECOMPILED = re.compile(r"-Xclang -include(-pch)? -Xclang \S+|-Winvalid-pch"
                         r"|-fpch-instantiate-templates|-Xclang -fno-pch-timestamp")


def strip_precompiled_headers(build: Path) -> tuple[Path, set[Path]]:
    """Writes a compile_commands.json that clang-tidy can use: (its folder, the sources in it)."""
    commands = json.loads((build / "compile_commands.json").read_text())
    for entry in commands:
        entry["command"] = PRECOMPILED.sub("", entry["command"])
    folder = build / "tidy"
    folder.mkdir(exist_ok=True)
    (folder / "compile_commands.json").write_text(json.dumps(commands, indent=1))
    return folder, {Path(entry["directory"], entry["file"]).resolve() for entry in commands}


def sources_for(path: Path, known: set[Path]) -> set[Path]:
    """A source stands for itself, a header for the sources that include it by its path."""
    if path.suffix != ".h":
        return {path}
    include = f'#include "{path.relative_to(ROOT)}"'
    return {source for source in known if source.is_file() and include in source.read_text()}


def tidy(source: Path, folder: Path) -> bool:
    result = subprocess.run([CLANG_TIDY, "--quiet", "-p", folder, source], cwd=ROOT, text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    print(f"{'ok  ' if result.returncode == 0 else 'FAIL'} {source.relative_to(ROOT)}", flush=True)
    if result.returncode:
        print(result.stdout, flush=True)
    return result.returncode == 0


def main(build: str, *files: str) -> int:
    folder, known = strip_precompiled_headers(Path(build).resolve())
    wanted = set().union(*(sources_for(Path(file).resolve(), known) for file in files))
    for source in sorted(wanted - known):
        print(f"skip {source.relative_to(ROOT)}: not part of the build")
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        results = list(pool.map(lambda source: tidy(source, folder), sorted(wanted & known)))
    print(f"tidy: {sum(results)} of {len(results)} files are clean")
    return 0 if all(results) else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
