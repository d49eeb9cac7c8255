# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""What is true of every commit: formatted sources, generated pages that match, links that lead somewhere."""

import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
LINK = re.compile(r"\[[^\]]*\]\(([^)#\s]+)[^)]*\)")
# Folders of a developer's machine, which no file of the repository may name.
PRIVATE_PATH = re.compile(r"/(work|root|home/\w+)/(?!\.\.\.)")


def list_files(*patterns: str) -> list[Path]:
    listing = subprocess.run(["git", "ls-files", *patterns], cwd=ROOT, check=True, text=True, stdout=subprocess.PIPE)
    return [ROOT / line for line in listing.stdout.splitlines() if (ROOT / line).is_file()]


def run(*command: str | Path) -> subprocess.CompletedProcess:
    return subprocess.run(command, cwd=ROOT, text=True, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)


def test_sources_are_formatted():
    result = run("scripts/format.sh", "--check")
    assert result.returncode == 0, result.stdout


def test_generated_documents_are_fresh():
    result = run(sys.executable, "scripts/generate_docs.py", "--check")
    assert result.returncode == 0, result.stdout


@pytest.mark.parametrize("page", list_files("*.md"), ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page: Path):
    targets = [target for target in LINK.findall(page.read_text()) if "://" not in target]
    missing = [target for target in targets if not (page.parent / target).exists()]
    assert not missing


def test_files_name_no_private_folder():
    text_suffixes = {".md", ".py", ".sh", ".cpp", ".h", ".td", ".txt", ".cmake", ".json", ".mlir", ".test", ".yaml"}
    wrong = [path.relative_to(ROOT) for path in list_files()
             if path.suffix in text_suffixes and path != Path(__file__)
             and PRIVATE_PATH.search(path.read_text(errors="replace"))]
    assert not wrong


def test_sources_begin_with_their_licence():
    sources = [path for path in list_files("*.cpp", "*.h", "*.td") if "examples" not in path.parts]
    wrong = [path.relative_to(ROOT) for path in sources
             if not path.read_text().startswith("// SPDX-License-Identifier: ")]
    assert not wrong


@pytest.mark.parametrize("script", list_files("scripts/*.sh", ".ci/run"), ids=lambda script: script.name)
def test_shell_scripts_parse(script: Path):
    result = run("bash", "-n", script)
    assert result.returncode == 0, result.stdout


def test_pages_show_the_code_that_nnc_writes():
    result = run(sys.executable, "scripts/generate_excerpts.py", "--check")
    assert result.returncode == 0, result.stdout
