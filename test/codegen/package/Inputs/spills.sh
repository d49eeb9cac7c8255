#!/usr/bin/env bash
# Disassembles a model's code for each machine and compiler: spills.sh MODEL FOLDER. The direct convolution: Winograd's
# transforms are straight-line code with more values than registers by nature.
set -euo pipefail
examine() {
  echo "$1 $2"
  nnc compile "$model" -o "$folder/$1" --name net --target "$1" --selftest=false --exact 2>/dev/null
  "$2" -std=c++17 -O2 "$3" -c "$folder/$1/net.cpp" -o "$folder/net.o"
  python3 "$(dirname "$0")/spills.py" "$folder/net.o"
}
model=$1 folder=$2
for target in x86-64-v2 x86-64-v3 x86-64-v4; do
  examine $target g++ -march=$target
  examine $target clang++-22 -march=$target
done
examine armv8 aarch64-linux-gnu-g++-12 -march=armv8-a
