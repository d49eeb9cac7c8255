#!/usr/bin/env bash
# Formats every tracked C++ file with the pinned clang-format of .venv.
#
#   scripts/format.sh                    changes the files
#   scripts/format.sh --check            changes nothing, shows what it would change and fails
#   scripts/format.sh [--check] FILE...  only these
set -euo pipefail
cd "$(dirname "$0")/.."

check=false
if [[ ${1:-} == --check ]]; then
  check=true
  shift
fi

files=("$@")
((${#files[@]})) || mapfile -t files < <(git ls-files '*.cpp' '*.h')

# One process for all files tells quickly whether any differs.
if $check && .venv/bin/clang-format --dry-run -Werror "${files[@]}" 2>/dev/null; then
  echo "format: ${#files[@]} files are in order"
  exit 0
fi

wrong=0
for file in "${files[@]}"; do
  formatted=$(.venv/bin/clang-format "$file" && echo .) || exit 2
  cmp -s "$file" <(printf %s "${formatted%.}") && continue
  wrong=$((wrong + 1))
  if $check; then
    diff -u --label "$file" --label "$file (formatted)" "$file" <(printf %s "${formatted%.}") || true
  else
    printf %s "${formatted%.}" >"$file"
    echo "formatted $file"
  fi
done

if $check && ((wrong)); then
  echo "format: $wrong of ${#files[@]} files differ; run scripts/format.sh" >&2
  exit 1
fi
echo "format: ${#files[@]} files are in order"
