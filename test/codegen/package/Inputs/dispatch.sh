#!/usr/bin/env bash
# dispatch.sh FOLDER COMPILER: builds the package `net` for x86-64, runs its self-test on emulated processors, and each
# variant that these have by choice at compile time.
set -euo pipefail
folder=$1 compiler=$2
build() {
  "$compiler" -std=c++17 -O2 -Wall -Wextra -Wconversion -Wshadow -pedantic -Werror -I"$folder" "$@"
}
sources=("$folder/net.cpp" "$folder/net_selftest.cpp")
build -c "$folder/net.cpp" -o "$folder/net.o"
echo "$(nm "$folder/net.o" | grep -c ' [Wu] ' || true) shared functions"
echo "$(llvm-objdump -d --no-show-raw-insn "$folder/net.o" | awk '/^[0-9a-f]+ </ { name = $2 } /%[yz]mm/ { print name }' |
  sort -u | grep -vc 'x86_64_v[34]' || true) functions outside of v3 and v4 use AVX"

cat > "$folder/name.cpp" <<'CPP'
#include "net.h"
#include <cstdio>
int main() { std::puts(*net_variant() != 0 ? net_variant() : "none"); }
CPP
build "$folder/name.cpp" "$folder/net.o" -o "$folder/name"
build "${sources[@]}" -o "$folder/selftest"
for processor in Nehalem Haswell qemu64; do
  echo "$processor $(qemu-x86_64 -cpu $processor "$folder/name" 2> "$folder/warnings.txt")"
  qemu-x86_64 -cpu $processor "$folder/selftest" "$folder" 2> "$folder/warnings.txt" || true
done
for level in 2 3; do
  build -DNET_VARIANT=$level "$folder/name.cpp" "$folder/net.cpp" -o "$folder/name"
  echo "forced $("$folder/name")"
  build -DNET_VARIANT=$level "${sources[@]}" -o "$folder/selftest"
  qemu-x86_64 -cpu max "$folder/selftest" "$folder" 2> "$folder/warnings.txt"
done
