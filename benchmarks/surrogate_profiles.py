# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Accuracy profiles of surrogates (Dolan and More, 2002), and their picture."""

import numpy as np

from chart import text
from surrogate_peers import METHODS

RATIOS = np.geomspace(1, 10, 101)
WIDTH, HEIGHT, LEFT, BOTTOM, RIGHT, TOP = 760, 380, 50, 40, 170, 20
COLORS = ["#c33", "#2a6fb0", "#5aa9e6", "#8ac", "#383", "#7b5", "#a6a", "#e90", "#864"]


def get_profile(rows: list[dict], method: str) -> np.ndarray:
    """Shares of the problems whose error is at most so many times the least of all methods."""
    shares = []
    for row in rows:
        errors = row["errors"] | {"nnc": row["nnc"]}
        shares.append(errors.get(method, np.inf) / min(errors.values()))
    return (np.array(shares)[:, None] <= RATIOS).mean(0)


def place_ratio(ratio: float) -> float:
    return LEFT + np.log10(ratio) * (WIDTH - LEFT - RIGHT)


def place_share(share: float) -> float:
    return HEIGHT - BOTTOM - share * (HEIGHT - BOTTOM - TOP)


def draw_axes() -> list[str]:
    lines = []
    for share in (0, .25, .5, .75, 1):
        y = place_share(share)
        lines += [f'<line x1="{LEFT}" x2="{WIDTH - RIGHT}" y1="{y}" y2="{y}" stroke="#ddd"/>', text(LEFT - 6, y + 4, f"{share:g}", "end")]
    lines += [text(place_ratio(ratio), HEIGHT - BOTTOM + 16, str(ratio), "middle") for ratio in (1, 2, 3, 5, 10)]
    return [*lines, text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 6, "error at most so many times the least of all methods", "middle")]


def draw_profiles(rows: list[dict]) -> str:
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" font-family="sans-serif" font-size="12">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="#fff"/>', *draw_axes()]
    profiles = {method: get_profile(rows, method) for method in ("nnc", *METHODS)}
    for index, method in enumerate(sorted(profiles, key=lambda method: -profiles[method].mean())):
        color = COLORS[list(profiles).index(method)]
        points = " ".join(f"{place_ratio(ratio):.1f},{place_share(share):.1f}" for ratio, share in zip(RATIOS, profiles[method]))
        lines += [f'<polyline points="{points}" fill="none" stroke="{color}" stroke-width="{3 if method == "nnc" else 1.5}"/>',
                  f'<text x="{WIDTH - RIGHT + 12}" y="{40 + 18 * index}" fill="{color}">{method}</text>']
    return "\n".join([*lines, "</svg>", ""])
