# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The lessons of examples/ do what their pages say."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
DIGITS = ROOT / "examples/01-digits"


def run(*command: str | Path) -> str:
    result = subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert result.returncode == 0, result.stdout
    return result.stdout


@pytest.fixture(scope="module")
def digits(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("digits") / "out"
    run(ROOT / "build/bin/nnc", "compile", DIGITS / "digits.onnx", "-o", folder)
    return folder


@pytest.mark.parametrize("compiler", ["g++", "clang++-22"])
def test_digits_are_recognised(digits: Path, compiler: str):
    sources = [digits / "digits.cpp", *digits.glob("digits_weights.S")]
    flags = json.loads((digits / "report.json").read_text())["flags"].split()
    program = digits.parent / compiler
    run(compiler, "-std=c++17", *flags, f"-I{digits}", DIGITS / "main.cpp", *sources, "-o", program)
    assert "358 of 360 right" in run(program, DIGITS / "held_out.csv")


def test_digits_are_those_of_pytorch():
    assert "held-out accuracy: 358 of 360" in run(sys.executable, DIGITS / "check.py")
