#!/usr/bin/env bash
# exits.sh CODE COMMAND...: runs the command; fails unless it exits with exactly that code.
expected=$1
shift
"$@"
code=$?
[[ $code -eq $expected ]] && exit 0
echo "expected exit code $expected, got $code"
exit 1
