#!/usr/bin/env bash
# build_kernel.sh NNC MODEL NAME COMPILER FOLDER: generates the package FOLDER/NAME from MODEL, builds it as the package says into
# FOLDER/NAME.o, and writes FOLDER/NAME.inc, the line of the table in main.cpp.
set -euo pipefail
nnc=$1 model=$2 name=$3 compiler=$4 folder=$5
"$nnc" compile "$model" -o "$folder/$name" --name "$name" --selftest=false 2>/dev/null
read_field() { sed -n "s/^  \"$1\": \"\?\([^\",]*\)\"\?,\$/\1/p" "$folder/$name/report.json"; }
read -ra flags <<<"$(read_field flags)"
sources=("$folder/$name/$name.cpp")
[[ ! -e $folder/$name/${name}_weights.S ]] || sources+=("$folder/$name/${name}_weights.S")
"$compiler" -std=c++17 "${flags[@]}" -fPIC -I"$folder/$name" -r -nostdlib "${sources[@]}" -o "$folder/$name.o"
cat >"$folder/$name.inc" <<END
KERNEL($name, "$(basename "$model" .mlir)/$(basename "$compiler")", $(read_field flops), $(read_field weights))
END
