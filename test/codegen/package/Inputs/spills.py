# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Vectors on the stack in the inner loops of an object file: spills.py OBJECT [MOST].

An inner loop is what lies between the target of a backward jump and the jump, without such a loop inside, that
multiplies vectors, with more than MOST multiplications none. Prints a line a loop: its function, instructions,
multiplications, and accesses relative to the stack pointer (at -O2 the frame pointer is a register like others), of vectors
and of others (a loop's end, an address). Exit code 1 where there is one of a vector, or no loop at all.
"""

import re
import subprocess
import sys

MULTIPLY = re.compile(r"\bv?f(?:n?m(?:add|sub)\d*[ps]s|mla|mls)\b|\bv?mulps\b|\bfmul\b")
STACK = re.compile(r"%[er]sp\b|\[sp[,\]]")
VECTOR = re.compile(r"%[xyz]mm\d|\b[qvsd]\d+\b")
JUMP = re.compile(r"^(?:j\w+|b\.\w+|b|cbn?z|tbn?z)\b.*?0x([0-9a-f]+)")


def disassemble(path: str) -> list[tuple[int, str, str]]:
    """(address, instruction, function) of each line."""
    text = subprocess.run(["llvm-objdump", "-d", "--no-show-raw-insn", path], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    lines, function = [], ""
    for line in text.splitlines():
        if start := re.match(r"[0-9a-f]+ <(.+)>:", line):
            function = start.group(1)
        elif instruction := re.match(r"\s*([0-9a-f]+):\s+(.*)", line):
            lines.append((int(instruction.group(1), 16), " ".join(instruction.group(2).split()), function))
    return lines


def find_inner_loops(lines: list[tuple[int, str, str]]) -> list[list[tuple[int, str, str]]]:
    places = {address: index for index, (address, _, _) in enumerate(lines)}
    loops = []
    for index, (address, instruction, _) in enumerate(lines):
        target = JUMP.match(instruction)
        begin = places.get(int(target.group(1), 16)) if target else None
        if begin is not None and begin <= index:
            loops.append((begin, index))
    return [lines[a:b + 1] for a, b in loops if not any(a <= c and d <= b and (a, b) != (c, d) for c, d in loops)]


def main() -> int:
    most = int(sys.argv[2]) if len(sys.argv) > 2 else sys.maxsize
    spilled, found = 0, 0
    for loop in find_inner_loops(disassemble(sys.argv[1])):
        multiplications = sum(bool(MULTIPLY.search(text)) for _, text, _ in loop)
        stack = [text for _, text, _ in loop if STACK.search(text)]
        vectors = sum(bool(VECTOR.search(text)) for text in stack)
        if not 4 <= multiplications <= most:
            continue
        found += 1
        spilled += vectors > 0
        print(f"{loop[0][2]}: {len(loop)} instructions, {multiplications} multiplications, "
              f"on the stack {vectors} vectors and {len(stack) - vectors} others")
        for text in stack:
            print(f"    {text}")
    print(f"{found} inner loops, {spilled} with spilled vectors")
    return 1 if spilled or not found else 0


if __name__ == "__main__":
    sys.exit(main())
