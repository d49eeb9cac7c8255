#!/usr/bin/env python3
"""Puts generated C++ into the pages that show it, between `<!-- excerpt: WHAT -->` and `<!-- end -->`.

    generate_excerpts.py             compiles examples/01-digits with build/bin/nnc and rewrites the pages
    generate_excerpts.py --check     changes nothing; names the pages that show other code and exits 1 if there are any

WHAT is `kernel N` (function N, counted from 0, with the line above it), `tile N` (from its loop over rows on), or
`program N` (the first N launches).
"""

import re
import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PAGES = ["README.md", "docs/generated-code.md"]
MARK = re.compile(r"(<!-- excerpt: (\w+) (\w+) -->\n)(.*?)(<!-- end -->)", re.DOTALL)


def compile_example() -> str:
    with tempfile.TemporaryDirectory() as folder:
        subprocess.run([ROOT / "build/bin/nnc", "compile", "examples/01-digits/digits.onnx", "-o", f"{folder}/digits",
                        "--target=x86-64-v4", "--selftest=false"], cwd=ROOT, check=True, stderr=subprocess.DEVNULL)
        return Path(folder, "digits/digits.cpp").read_text()


def find_kernel(code: str, number: str) -> str:
    kernels = re.findall(r"^// [^\n]*\nstatic void .*?^\}$", code[code.index("namespace kernels {"):], re.MULTILINE | re.DOTALL)
    if int(number) >= len(kernels):
        raise SystemExit(f"digits.cpp has {len(kernels)} kernels, no number {number}")
    return kernels[int(number)]


def find_tile(code: str, number: str) -> str:
    """From the loop over rows to the end of a kernel, with the line above the kernel."""
    kernel = find_kernel(code, number)
    return kernel.partition("\n")[0] + "\n  ...\n" + kernel[kernel.index("  for (Index y"):]


def find_program(code: str, launches: str) -> str:
    body = re.search(r"^void launchAll\(.*?^\}$", code, re.MULTILINE | re.DOTALL)
    parts = body[0].split("\n\n")
    return "\n\n".join(parts[: 1 + int(launches)]) + "\n  ...\n}"


def fill(page: str, code: str) -> str:
    finders = {"kernel": find_kernel, "tile": find_tile, "program": find_program}

    def replace(match: re.Match) -> str:
        return f"{match[1]}```cpp\n{finders[match[2]](code, match[3])}\n```\n{match[5]}"

    return MARK.sub(replace, page)


def main(arguments: list[str]) -> int:
    code, stale = compile_example(), []
    for name in PAGES:
        page = (ROOT / name).read_text()
        if (filled := fill(page, code)) != page:
            stale.append(name)
            if "--check" not in arguments:
                (ROOT / name).write_text(filled)
    for name in stale:
        print(f"{name} shows other code than nnc writes" if "--check" in arguments else f"written: {name}")
    return 1 if stale and "--check" in arguments else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
