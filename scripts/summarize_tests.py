#!/usr/bin/env python3
"""summarize_tests.py FOLDER RUNNER...: sums what test runners reported, for scripts/test.sh.

Each RUNNER left RUNNER.xml (JUnit's format) and RUNNER.exit (its exit code) in FOLDER. Prints the tests that
failed and, last, `N passed, N failed` (`, N skipped` where there are any). A runner that left no report, that
ran nothing, or that failed without a failed test counts as one failure.
"""

import sys
import xml.etree.ElementTree as ElementTree
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Counts:
    passed: int = 0
    skipped: int = 0
    failed: list[str] = field(default_factory=list)


def count_cases(report: Path) -> Counts:
    counts = Counts()
    for case in ElementTree.parse(report).iter("testcase"):
        outcomes = {child.tag for child in case}
        if outcomes & {"failure", "error"} or case.get("status") == "fail":
            counts.failed.append(f"{case.get('classname')}: {case.get('name')}")
        elif "skipped" in outcomes:
            counts.skipped += 1
        else:
            counts.passed += 1
    return counts


def read_runner(folder: Path, runner: str) -> Counts:
    try:
        code = int((folder / f"{runner}.exit").read_text())
        counts = count_cases(folder / f"{runner}.xml")
    except (OSError, ValueError, ElementTree.ParseError) as error:
        return Counts(failed=[f"{runner}: no report: {error}"])
    if code != 0 and not counts.failed:
        counts.failed.append(f"{runner}: ended with exit code {code}, but reports no failed test")
    if counts.passed == 0 and not counts.failed:
        counts.failed.append(f"{runner}: ran no test")
    return counts


def main(folder: str, *runners: str) -> int:
    all_counts = {runner: read_runner(Path(folder), runner) for runner in runners}
    for runner, counts in all_counts.items():
        print(f"{runner}: {counts.passed} passed, {len(counts.failed)} failed, {counts.skipped} skipped")
        for name in counts.failed:
            print(f"    FAILED {name}")
    passed = sum(counts.passed for counts in all_counts.values())
    failed = sum(len(counts.failed) for counts in all_counts.values())
    skipped = sum(counts.skipped for counts in all_counts.values())
    print(f"{passed} passed, {failed} failed" + (f", {skipped} skipped" if skipped else ""))
    return 0 if passed and not failed else 1


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
