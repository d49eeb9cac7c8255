# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""A table of results of a smooth function:  make_table.py OUT.csv ROWS [SEED]"""

import sys

import numpy as np

random = np.random.default_rng(int(sys.argv[3]) if len(sys.argv) > 3 else 0)
a, b = random.random((2, int(sys.argv[2])))
kind = random.integers(0, 2, len(a))
y = np.sin(4 * a) + b ** 2 + .5 * kind
with open(sys.argv[1], "w") as file:
    file.write("a,b,kind,constant,y,twice\n")
    for row in zip(a, b, kind, y):
        file.write(f"{row[0]!r},{row[1]!r},{('steel', 'brass')[row[2]]},7,{row[3]!r},{2 * row[3]!r}\n".replace("np.float64(", "").replace(")", ""))
