# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Imports models and says for each whether that worked, with the reasons where not: import_all.py NNC_TRANSLATE MODEL...

Exits 1 where nnc-translate ends by a signal or gives no reason.
"""
import pathlib
import subprocess
import sys


def main():
    program, failures = sys.argv[1], 0
    for model in map(pathlib.Path, sys.argv[2:]):
        result = subprocess.run([program, "--import-onnx", model, "-o", "/dev/null"],
                                capture_output=True, text=True)
        reasons = [line.split("error: ", 1)[1] for line in result.stderr.splitlines()
                   if "error: " in line]
        if result.returncode == 0:
            print(f"{model.name}: imported")
        elif result.returncode == 1 and reasons:
            print(f"{model.name}: refused: {'; '.join(sorted(set(reasons)))[:300]}")
        else:
            failures += 1
            print(f"{model.name}: BROKEN: exit {result.returncode}: {result.stderr[:300]}")
    return failures != 0


if __name__ == "__main__":
    sys.exit(main())
