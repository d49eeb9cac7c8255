#!/usr/bin/env bash
# sweep.sh FOLDER: builds sweep.cpp in each form that runtime/vec.h has, with and without fused multiply-add, and runs what
# this processor can run.
set -euo pipefail
folder=$1
here=$(dirname "$0")
# sweep TITLE STRIDE RUNNER COMPILER FLAGS...
sweep() {
  local title=$1 stride=$2 runner=$3
  shift 3
  "$@" -std=c++17 -O2 -Wall -Wextra -Wconversion -Wno-unused-function -Wno-psabi -I"$here/../../../runtime" "$here/sweep.cpp" -o "$folder/sweep"
  echo "== $title"
  # shellcheck disable=SC2086
  $runner "$folder/sweep" "$stride"
}
has() { grep -qw "$1" /proc/cpuinfo; }
sweep "SSE2, g++" 2039 "" g++
if has avx2 && has fma; then
  sweep "AVX2, g++" 2039 "" g++ -march=x86-64-v3
fi
if has avx512vl; then
  sweep "AVX-512, g++" 2039 "" g++ -march=x86-64-v4
  sweep "AVX-512, clang++" 2039 "" clang++-22 -march=x86-64-v4
fi
sweep "arrays, g++" 2039 "" g++ -DNNC_NO_VECTOR_EXTENSION
sweep "arrays, clang++" 2039 "" clang++-22 -DNNC_NO_VECTOR_EXTENSION
sweep "NEON, g++" 65521 "qemu-aarch64 -L /usr/aarch64-linux-gnu" aarch64-linux-gnu-g++-12
