#!/usr/bin/env bash
# Runs clang-tidy (the pinned one of .venv) with the checks of .clang-tidy; fails on any warning.
#
#   scripts/tidy.sh                 the sources that differ from main, committed or not
#   scripts/tidy.sh --all           every source that the build knows
#   scripts/tidy.sh FILE...         these; a header is checked through the sources that include it
#
# Needs a configured build (build/compile_commands.json) whose generated headers exist, for instance
# after `cmake --preset dev && cmake --build --preset dev`. NNC_BUILD names another build folder.
set -euo pipefail
cd "$(dirname "$0")/.."

build=${NNC_BUILD:-build}
if [[ ! -f $build/compile_commands.json ]]; then
  echo "tidy: no $build/compile_commands.json: configure first (cmake --preset dev)" >&2
  exit 2
fi

if [[ ${1:-} == --all ]]; then
  mapfile -t files < <(git ls-files '*.cpp' '*.h')
elif (($#)); then
  files=("$@")
else
  base=$(git merge-base main HEAD 2>/dev/null || git rev-parse HEAD)
  mapfile -t files < <({ git diff --name-only --diff-filter=d "$base"
                         git ls-files --others --exclude-standard; } | grep -E '\.(cpp|h)$' | sort -u)
fi

exec .venv/bin/python scripts/tidy.py "$build" "${files[@]}"
