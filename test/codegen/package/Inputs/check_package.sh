#!/usr/bin/env bash
# check_package.sh FOLDER NAME [FLAGS...]: builds the package with both compilers, with every warning an error and each of FLAGS,
# and runs its self-test. Without FLAGS: plain, profiled and under sanitizers.
set -euo pipefail
folder=$1 name=$2
shift 2
sanitizers="-O1 -fsanitize=address,undefined -fno-sanitize-recover=all"
[[ $# -gt 0 ]] || set -- "-O2" "-O2 -DNNC_PROFILE" "$sanitizers"
warnings="-Wall -Wextra -Wconversion -Wshadow -pedantic -Werror"
sources=("$folder/$name.cpp" "$folder/${name}_selftest.cpp")
[[ -f $folder/${name}_weights.S ]] && sources+=("$folder/${name}_weights.S")
for compiler in g++ clang++-22; do
  for flags in "$@"; do
    # shellcheck disable=SC2086
    $compiler -std=c++17 $warnings $flags -I"$folder" "${sources[@]}" -o "$folder/selftest"
    "$folder/selftest" "$folder"
  done
done
