# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
# Tests in text. `lit build/test` runs all of them, `lit build/test --filter Conv` some.
#
#   %python     the virtual environment's Python
#   %light      folder of the models that ship in the onnx package
#   %models     folder of models that are not part of this repository (NNC_MODELS, or ../shared/data/models); tests that
#               need it say `REQUIRES: models`, and are unsupported without it
import glob
import os
import sys

import lit.formats

config.name = "nnc"
config.test_format = lit.formats.ShTest(execute_external=False)
config.suffixes = [".mlir", ".test"]
config.excludes = ["unit", "Inputs", "lit.cfg.py", "lit.site.cfg.py"]
config.test_source_root = os.path.join(config.nnc_source_dir, "test")
config.test_exec_root = os.path.join(config.nnc_binary_dir, "test")
config.environment["PATH"] = os.pathsep.join(
    [config.nnc_tools_dir, config.llvm_tools_dir, config.environment["PATH"]])

site_packages = glob.glob(os.path.join(config.nnc_source_dir, ".venv", "lib", "python3*", "site-packages"))[0]
models = os.environ.get(
    "NNC_MODELS", os.path.join(config.nnc_source_dir, os.pardir, "shared", "data", "models"))
if os.path.isdir(models):
    config.available_features.add("models")

config.substitutions += [
    ("%python", os.path.join(config.nnc_source_dir, ".venv", "bin", "python")),
    ("%light", os.path.join(site_packages, "onnx", "backend", "test", "data", "light")),
    ("%models", os.path.realpath(models)),
]
