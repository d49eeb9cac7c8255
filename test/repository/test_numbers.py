# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The errors of runtime/math.h are the same wherever they are stated: its comments, the sweep, the report, the page."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
NAMES = ["exp", "log", "tanh", "erf", "sigmoid", "pow"]


def find(pattern: str, path: str) -> re.Match:
    match = re.search(pattern, (ROOT / path).read_text(), re.DOTALL)
    assert match, f"{path} does not say {pattern}"
    return match


def test_bounds_agree():
    page = find(r"exp, log, tanh, erf, sigmoid, pow:[^|]*\|[^|]*\| ([^|]*) ulp \|", "docs/generated-code.md").group(1)
    stated = re.split(r", | and ", page)
    for name, bound in zip(NAMES, stated, strict=True):
        find(rf"within {re.escape(bound)} ulp[^\n]*\n(///[^\n]*\n)?template <class V> NNC_INLINE V {name}\(", "runtime/math.h")
        find(rf'sweep(Pow)?\(("{name}", )?{re.escape(bound)}, stride', "test/runtime/Inputs/sweep.cpp")
        find(rf'{{"{name}", +"{re.escape(bound)}"}}', "codegen/package/Numbers.cpp")
