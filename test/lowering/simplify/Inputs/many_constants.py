# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""many_constants.py N: a function that returns N transposed constants, of which number I begins with I."""

import sys

count = int(sys.argv[1])
types = ", ".join(["tensor<2x3xf32>"] * count)
print(f"func.func @main() -> ({types}) {{")
for i in range(count):
    print(f"  %w{i} = arith.constant dense<[[{i}.0, 1.0], [2.0, 3.0], [4.0, 5.0]]> : tensor<3x2xf32>")
    print(f"  %t{i} = nnc.transpose %w{i} [1, 0] : tensor<3x2xf32> -> tensor<2x3xf32>")
    print(f"  %r{i} = arith.negf %t{i} : tensor<2x3xf32>")
print("  return " + ", ".join(f"%r{i}" for i in range(count)) + f" : {types}\n}}")
