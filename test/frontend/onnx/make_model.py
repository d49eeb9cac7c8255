# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Makes the small models that the tests of the ONNX frontend read.

    make_model.py NAME FILE       one model
    make_model.py --good FOLDER   every model that other engines run, too, as FOLDER/NAME.onnx
    make_model.py --bad FOLDER    every model that nnc refuses
"""
import pathlib
import sys

import broken_models
import models


def write(make, path):
    made = make(path) if make.__code__.co_argcount else make()
    if made is not None:
        path.write_bytes(made if isinstance(made, bytes) else made.SerializeToString())


def main():
    sets = {"--good": models.MODELS, "--bad": broken_models.MODELS}
    target = pathlib.Path(sys.argv[2])
    if sys.argv[1] in sets:
        target.mkdir(parents=True, exist_ok=True)
        for name, make in sets[sys.argv[1]].items():
            write(make, target / f"{name}.onnx")
    else:
        write((models.MODELS | models.TEXT_MODELS | broken_models.MODELS)[sys.argv[1]], target)


if __name__ == "__main__":
    main()
