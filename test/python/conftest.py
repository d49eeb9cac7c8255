# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Lets the tests import nnc from python/."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "python"))
