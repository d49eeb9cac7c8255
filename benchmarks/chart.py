#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Bars of the time of the fastest peer over ours, from what run.py wrote:  chart.py networks.json chart.svg"""

import html
import json
import sys
from pathlib import Path

WIDTH, LEFT, RIGHT, ROW, BAR, TOP = 760, 250, 60, 26, 9, 54
COLORS = ["#3b6ea8", "#c27a2c"]


def text(x: float, y: float, content: str, anchor: str = "start", size: int = 12) -> str:
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}" fill="#444">'
            f"{html.escape(content)}</text>")


def get_ratio(result: dict, compiler: str) -> float:
    return min(result["peers_ms"].values()) / result["compilers_ms"][compiler]


def make_row(index: int, result: dict, compilers: list[str], scale: float) -> list[str]:
    y = TOP + index * ROW
    lines = [text(LEFT - 8, y + BAR + 4, result["name"].split("/")[-1], "end")]
    for number, compiler in enumerate(compilers):
        ratio = get_ratio(result, compiler)
        bar = y + number * BAR
        lines.append(f'<rect x="{LEFT}" y="{bar}" width="{ratio * scale:.1f}" height="{BAR - 1}" fill="{COLORS[number]}"/>')
        lines.append(text(LEFT + ratio * scale + 4, bar + BAR - 1, f"{ratio:.2f}", size=9))
    return lines


def make_legend(compilers: list[str], title: str) -> list[str]:
    lines = [text(8, 18, title, size=14)]
    for number, compiler in enumerate(compilers):
        x = LEFT + number * 110
        lines += [f'<rect x="{x}" y="28" width="12" height="12" fill="{COLORS[number]}"/>', text(x + 18, 38, compiler)]
    return lines


def make_chart(results: list[dict], title: str) -> str:
    compilers = list(results[0]["compilers_ms"])
    largest = max(get_ratio(result, compiler) for result in results for compiler in compilers)
    scale = (WIDTH - LEFT - RIGHT) / largest
    height = TOP + len(results) * ROW + 24
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" '
             f'viewBox="0 0 {WIDTH} {height}" font-family="sans-serif">',
             f'<rect width="{WIDTH}" height="{height}" fill="#fff"/>']
    lines += make_legend(compilers, title)
    for index, result in enumerate(results):
        lines += make_row(index, result, compilers, scale)
    one = LEFT + scale
    lines.append(f'<line x1="{one:.1f}" y1="{TOP - 6}" x2="{one:.1f}" y2="{height - 18}" stroke="#888" stroke-dasharray="4 3"/>')
    lines.append(text(one, height - 6, "1: as fast as the fastest engine", "middle", 10))
    return "\n".join(lines + ["</svg>"]) + "\n"


def main(source: str, target: str) -> int:
    results = json.loads(Path(source).read_text())["rows"]
    title = "Time of the fastest of onnxruntime and OpenVINO over that of the generated C++, one thread"
    Path(target).write_text(make_chart(results, title))
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
