#!/usr/bin/env bash
# Disassembles a model's code for each machine and compiler: spills.sh MODEL FOLDER MOST [FLAG]. MOST is spills.py's, FLAG
# one of nnc compile.
set -euo pipefail
model=$1 folder=$2 most=$3
shift 3
examine() {
  local target=$1
  shift
  echo "$target $1"
  "$@" -std=c++17 -O2 -c "$folder/$target/net.cpp" -o "$folder/net.o"
  python3 "$(dirname "$0")/spills.py" "$folder/net.o" "$most"
}
for target in x86-64-v2 x86-64-v3 x86-64-v4 armv8; do
  nnc compile "$model" -o "$folder/$target" --name net --target $target --selftest=false "$@" 2>/dev/null
  if [[ $target == armv8 ]]; then
    examine $target aarch64-linux-gnu-g++-12 -march=armv8-a
    examine $target clang++-22 --target=aarch64-linux-gnu -march=armv8-a
  else
    examine $target g++ -march=$target
    examine $target clang++-22 -march=$target
  fi
done
