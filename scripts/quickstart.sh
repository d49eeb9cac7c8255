#!/usr/bin/env bash
# From a clean clone on Debian 12 to a trained network running as C++: installs what is needed, builds
# nnc, compiles examples/01-digits to C++, builds that with g++, runs it on images the network has not
# seen, checks it against the reference and times it beside onnxruntime. Safe to run again.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/stages.sh

example=examples/01-digits
out=out/digits

build_nnc() {
  [[ -f build/build.ninja ]] || run cmake --preset dev
  run cmake --build --preset dev --target nnc nnc-opt
}

# The sources of the generated library; weights beyond a few KiB come as an assembler file.
list_sources() {
  ls "$out"/digits.cpp "$out"/digits_weights.S 2>/dev/null || true
}

# The compiler flags for the machine that the code was generated for.
get_flags() {
  .venv/bin/python -c 'import json, sys; print(json.load(open(sys.argv[1]))["flags"])' "$out/report.json"
}

begin_stages 8

stage "install packages and the Python environment"
run scripts/install-dependencies.sh
export PATH="$PWD/.venv/bin:$PWD/build/bin:$PATH"

stage "build nnc"
build_nnc

stage "compile the network to C++"
run nnc compile $example/digits.onnx -o $out
run ls -l $out

mapfile -t sources < <(list_sources)
read -ra flags < <(get_flags)
stage "build the C++ with g++"
run g++ -std=c++17 "${flags[@]}" -I$out $example/main.cpp "${sources[@]}" -o out/digits_demo

stage "run it on 360 images that the network has not seen"
run out/digits_demo $example/held_out.csv

stage "build and run the self-test that came with it"
run g++ -std=c++17 "${flags[@]}" -I$out $out/digits_selftest.cpp "${sources[@]}" -o out/digits_selftest
run out/digits_selftest $out

stage "check the C++ against the reference"
run nnc check $example/digits.onnx --per-layer

stage "time it beside onnxruntime"
run nnc bench $example/digits.onnx

end_stages
