#!/usr/bin/env bash
# parallel.sh FOLDER COMPILER FLAGS...: builds FOLDER/one and FOLDER/three with the program that compares them, and runs it.
set -euo pipefail
folder=$1
shift
"$@" -std=c++17 -pthread -Wall -Wextra -Wconversion -Wshadow -pedantic -Werror -I"$folder/one" -I"$folder/three" \
  "$(dirname "$0")/parallel.cpp" "$folder"/{one/one,three/three}{.cpp,_weights.S} -o "$folder/program"
"$folder/program"
