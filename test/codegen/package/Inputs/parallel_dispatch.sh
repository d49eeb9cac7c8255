#!/usr/bin/env bash
# parallel_dispatch.sh FOLDER COMPILER: compiles FOLDER/three.cpp and says what it uses of AVX and AVX-512, and where.
set -euo pipefail
folder=$1 compiler=$2
"$compiler" -std=c++17 -O2 -Wall -Wextra -Wconversion -Wshadow -pedantic -Werror -c "$folder/three.cpp" -o "$folder/three.o"
llvm-objdump -d --no-show-raw-insn "$folder/three.o" > "$folder/three.s"
# The functions whose instructions match a pattern.
list_functions() {
  awk -v pattern="$1" '/^[0-9a-f]+ </ { name = $2 } $0 ~ pattern { print name }' "$folder/three.s" | sort -u
}
echo "$(list_functions '%[yz]mm' | grep -vc 'x86_64_v[34]' || true) functions outside of v3 and v4 use AVX"
for variant in x86_64_v4 x86_64_v3; do
  # A mangled name holds each part behind its length; loops are lambdas within kernels. Numbers tell equal names apart.
  kernels=$(list_functions %zmm | grep "$variant" | grep -oE '(conv2d|depthwise_layer|linear_layer|pool_layer|softmax_layer|winograd_layer)(_[0-9]+)*E' |
    sed -E 's/(_[0-9]+)*E$//' | sort -u | xargs || true)
  echo "zmm in $variant: ${kernels:-none}"
done
