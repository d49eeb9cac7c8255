#!/usr/bin/env bash
# Installs what is missing, builds everything and runs every test. The last line is
# `N passed, N failed` (`, N skipped` where there are any), summed over the runners; the exit code is 0
# only if something passed, nothing failed, and no runner broke.
set -euo pipefail
cd "$(dirname "$0")/.."
source scripts/stages.sh

jobs=$(nproc)
results=build/test-results

# run_tests NAME COMMAND...: a runner's exit code goes to a file beside its report, for the summary.
run_tests() {
  local name=$1 code=0
  shift
  run "$@" || code=$?
  echo "$code" >"$results/$name.exit"
}

begin_stages 5

stage "install packages and the Python environment"
run scripts/install-dependencies.sh
export PATH="$PWD/.venv/bin:$PATH"

stage "build everything"
[[ -f build/build.ninja ]] || run cmake --preset dev
run cmake --build --preset dev
rm -rf $results
mkdir -p $results

stage "unit tests"
run_tests ctest ctest --test-dir build --parallel "$jobs" --output-on-failure --progress --output-junit "$PWD/$results/ctest.xml"

stage "tests in text"
run_tests lit lit -s -v --workers "$jobs" --xunit-xml-output $results/lit.xml build/test

stage "tests in Python: the repository's format, documents, examples and benchmarks, and python/"
run_tests pytest pytest -q -rs --junitxml $results/pytest.xml test/repository test/python

end_stages
python scripts/summarize_tests.py $results ctest lit pytest
