# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Results at all combinations of 9, 7 and 3 numbers:  make_grid.py OUT.csv [NOISE]"""

import itertools
import sys

import numpy as np

random, noise = np.random.default_rng(0), float(sys.argv[2]) if len(sys.argv) > 2 else 0
with open(sys.argv[1], "w") as file:
    file.write("a,b,c,y\n")
    for a, b, c in itertools.product(np.linspace(0, 1, 9), np.linspace(0, 1, 7), (0, .5, 1)):
        file.write(f"{a:.17g},{b:.17g},{c},{np.sin(3 * a) * np.exp(b) + c + noise * random.standard_normal():.17g}\n")
