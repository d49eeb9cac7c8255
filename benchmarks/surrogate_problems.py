# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Problems for surrogates: test functions of the literature, and the tables of shared/data/surrogate with their ten folds.

Functions are those of the Virtual Library of Simulation Experiments (Surjanovic and Bingham) and of Jamil and Yang (arXiv:1308.4008).
"""

import gzip
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np


@dataclass
class Problem:
    name: str
    x: np.ndarray
    y: np.ndarray
    test_x: np.ndarray
    test_y: np.ndarray  # of functions without noise
    is_noisy: bool = True


@dataclass(frozen=True)
class Function:
    """f(x) for rows of points between low and high, a sample of `points` Latin hypercube points, noise relative to f's deviation."""

    name: str
    f: Callable
    low: tuple[float, ...]
    high: tuple[float, ...]
    points: int
    noise: float = 0

    def make(self) -> Problem:
        random = np.random.default_rng(sum(map(ord, self.name)) + self.points)
        low, high = np.array(self.low), np.array(self.high)
        grid = (np.stack([random.permutation(self.points) for _ in low], 1) + random.random((self.points, len(low)))) / self.points
        x, test_x = low + grid * (high - low), low + random.random((2000, len(low))) * (high - low)
        y, test_y = self.f(*x.T), self.f(*test_x.T)
        y = y + self.noise * test_y.std() * random.standard_normal(len(y))
        noise = f", noise {self.noise}" if self.noise else ""
        return Problem(f"{self.name}, {len(low)} inputs, {self.points} points{noise}", x, y, test_x, test_y, self.noise > 0)


def branin(a, b):
    return (b - 5.1 / (4 * np.pi ** 2) * a ** 2 + 5 / np.pi * a - 6) ** 2 + 10 * (1 - 1 / (8 * np.pi)) * np.cos(a) + 10


def camel(a, b):
    return (4 - 2.1 * a ** 2 + a ** 4 / 3) * a ** 2 + a * b + (4 * b ** 2 - 4) * b ** 2


def goldstein_price(a, b):
    one = 1 + (a + b + 1) ** 2 * (19 - 14 * a + 3 * a ** 2 - 14 * b + 6 * a * b + 3 * b ** 2)
    two = 30 + (2 * a - 3 * b) ** 2 * (18 - 32 * a + 12 * a ** 2 + 48 * b - 36 * a * b + 27 * b ** 2)
    return np.log(one * two)


def franke(a, b):
    return (.75 * np.exp(-((9 * a - 2) ** 2 + (9 * b - 2) ** 2) / 4) + .75 * np.exp(-(9 * a + 1) ** 2 / 49 - (9 * b + 1) / 10)
            + .5 * np.exp(-((9 * a - 7) ** 2 + (9 * b - 3) ** 2) / 4) - .2 * np.exp(-(9 * a - 4) ** 2 - (9 * b - 7) ** 2))


def hartmann(*x):
    if len(x) == 3:
        a = np.array([[3, 10, 30], [.1, 10, 35], [3, 10, 30], [.1, 10, 35]])
        p = np.array([[.3689, .117, .2673], [.4699, .4387, .747], [.1091, .8732, .5547], [.03815, .5743, .8828]])
    else:
        a = np.array([[10, 3, 17, 3.5, 1.7, 8], [.05, 10, 17, .1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, .05, 10, .1, 14]])
        p = np.array([[.1312, .1696, .5569, .0124, .8283, .5886], [.2329, .4135, .8307, .3736, .1004, .9991],
                      [.2348, .1451, .3522, .2883, .3047, .665], [.4047, .8828, .8732, .5743, .1091, .0381]])
    square = (a[:, :, None] * (np.stack(x)[None] - p[:, :, None]) ** 2).sum(1)
    return -(np.array([1, 1.2, 3, 3.2])[:, None] * np.exp(-square)).sum(0)


def ackley(*x):
    x = np.stack(x)
    return -20 * np.exp(-.2 * np.sqrt((x ** 2).mean(0))) - np.exp(np.cos(2 * np.pi * x).mean(0)) + 20 + np.e


def rosenbrock(*x):
    x = np.stack(x)
    return (100 * (x[1:] - x[:-1] ** 2) ** 2 + (1 - x[:-1]) ** 2).sum(0)


def rastrigin(*x):
    x = np.stack(x)
    return 10 * len(x) + (x ** 2 - 10 * np.cos(2 * np.pi * x)).sum(0)


def styblinski(*x):
    x = np.stack(x)
    return (x ** 4 - 16 * x ** 2 + 5 * x).sum(0) / 2


def dixon_price(*x):
    x = np.stack(x)
    i = np.arange(2, len(x) + 1)[:, None]
    return (x[0] - 1) ** 2 + (i * (2 * x[1:] ** 2 - x[:-1]) ** 2).sum(0)


def griewank(*x):
    x = np.stack(x)
    i = np.arange(1, len(x) + 1)[:, None]
    return (x ** 2).sum(0) / 4000 - np.cos(x / np.sqrt(i)).prod(0) + 1


def levy(*x):
    w = 1 + (np.stack(x) - 1) / 4
    return (np.sin(np.pi * w[0]) ** 2 + ((w[:-1] - 1) ** 2 * (1 + 10 * np.sin(np.pi * w[:-1] + 1) ** 2)).sum(0)
            + (w[-1] - 1) ** 2 * (1 + np.sin(2 * np.pi * w[-1]) ** 2))


def borehole(rw, r, tu, hu, tl, hl, length, kw):
    log = np.log(r / rw)
    return 2 * np.pi * tu * (hu - hl) / (log * (1 + 2 * length * tu / (log * rw ** 2 * kw) + tu / tl))


def otl_circuit(b1, b2, f, c1, c2, beta):
    vb1 = 12 * b2 / (b1 + b2)
    factor = beta * (c2 + 9)
    return (vb1 + .74) * factor / (factor + f) + 11.35 * f / (factor + f) + .74 * f * factor / ((factor + f) * c1)


def piston(m, s, v0, k, p0, ta, t0):
    a = p0 * s + 19.62 * m - k * v0 / s
    v = s / (2 * k) * (np.sqrt(a ** 2 + 4 * k * p0 * v0 / t0 * ta) - a)
    return 2 * np.pi * np.sqrt(m / (k + s ** 2 * p0 * v0 / t0 * ta / v ** 2))


def wing_weight(sw, wfw, a, sweep, q, taper, tc, nz, wdg, wp):
    c = np.cos(np.radians(sweep))
    return (.036 * sw ** .758 * wfw ** .0035 * (a / c ** 2) ** .6 * q ** .006 * taper ** .04 * (100 * tc / c) ** -.3 * (nz * wdg) ** .49 + sw * wp)


def robot_arm(*x):
    angle, length = np.cumsum(x[:4], 0), np.stack(x[4:])
    return np.hypot((length * np.cos(angle)).sum(0), (length * np.sin(angle)).sum(0))


def friedman(a, b, c, d, e):
    return 10 * np.sin(np.pi * a * b) + 20 * (c - .5) ** 2 + 10 * d + 5 * e


def friedman_2(a, b, c, d):
    return np.sqrt(a ** 2 + (b * c - 1 / (b * d)) ** 2)


def friedman_3(a, b, c, d):
    return np.arctan((b * c - 1 / (b * d)) / a)


def ishigami(a, b, c):
    return np.sin(a) + 7 * np.sin(b) ** 2 + .1 * c ** 4 * np.sin(a)


def sobol_g(*x):
    x = np.stack(x)
    a = ((np.arange(1, len(x) + 1) - 2) / 2)[:, None]
    return ((np.abs(4 * x - 2) + a) / (1 + a)).prod(0)


def gramacy_lee(x):
    return np.sin(10 * np.pi * x) / (2 * x) + (x - 1) ** 4


def forrester(x):
    return (6 * x - 2) ** 2 * np.sin(12 * x - 4)


def steps(a, b, c):
    return np.floor(4 * a) + 2 * (b > .3) * (c < .6) + .5 * c


def box(low: float, high: float, inputs: int) -> tuple:
    return (low,) * inputs, (high,) * inputs


BOREHOLE = (.05, 100, 63070, 990, 63.1, 700, 1120, 9855), (.15, 50000, 115600, 1110, 116, 820, 1680, 12045)
OTL = (50, 25, .5, 1.2, .25, 50), (150, 70, 3, 2.5, 1.2, 300)
PISTON = (30, .005, .002, 1000, 90000, 290, 340), (60, .02, .01, 5000, 110000, 296, 360)
WING = (150, 220, 6, -10, 16, .5, .08, 2.5, 1700, .025), (200, 300, 10, 10, 45, 1, .18, 6, 2500, .08)
ROBOT = (0,) * 8, (2 * np.pi,) * 4 + (1,) * 4
FRIEDMAN_2 = (0, 40 * np.pi, 0, 1), (100, 560 * np.pi, 1, 11)

FUNCTIONS = [
    Function("Gramacy-Lee", gramacy_lee, *box(.5, 2.5, 1), 40),
    Function("Forrester", forrester, *box(0, 1, 1), 20),
    Function("Forrester", forrester, *box(0, 1, 1), 100, noise=.1),
    Function("Branin", branin, (-5, 0), (10, 15), 30),
    Function("six-hump camel", camel, (-2, -1), (2, 1), 60),
    Function("log Goldstein-Price", goldstein_price, *box(-2, 2, 2), 100),
    Function("Franke", franke, *box(0, 1, 2), 100),
    Function("Franke", franke, *box(0, 1, 2), 200, noise=.1),
    Function("Hartmann", hartmann, *box(0, 1, 3), 100),
    Function("Hartmann", hartmann, *box(0, 1, 6), 300),
    Function("Ishigami", ishigami, *box(-np.pi, np.pi, 3), 200),
    Function("Ackley", ackley, *box(-5, 5, 2), 300),
    Function("Ackley", ackley, *box(-5, 5, 5), 1000),
    Function("Rosenbrock", rosenbrock, *box(-2, 2, 2), 50),
    Function("Rosenbrock", rosenbrock, *box(-2, 2, 10), 500),
    Function("Rastrigin", rastrigin, *box(-1, 1, 2), 150),
    Function("Styblinski-Tang", styblinski, *box(-5, 5, 4), 400),
    Function("Dixon-Price", dixon_price, *box(-10, 10, 6), 300),
    Function("Griewank", griewank, *box(-5, 5, 3), 300),
    Function("Levy", levy, *box(-10, 10, 4), 500),
    Function("borehole", borehole, *BOREHOLE, 80),
    Function("borehole", borehole, *BOREHOLE, 400, noise=.05),
    Function("OTL circuit", otl_circuit, *OTL, 60),
    Function("piston", piston, *PISTON, 200),
    Function("wing weight", wing_weight, *WING, 100),
    Function("robot arm", robot_arm, *ROBOT, 1000),
    Function("Friedman 1", friedman, *box(0, 1, 5), 100),
    Function("Friedman 1", friedman, *box(0, 1, 5), 500, noise=.2),
    Function("Friedman 1 and 15 inputs of no use", lambda *x: friedman(*x[:5]), *box(0, 1, 20), 500),
    Function("Friedman 2", friedman_2, *FRIEDMAN_2, 200),
    Function("Friedman 3", friedman_3, (1, *FRIEDMAN_2[0][1:]), FRIEDMAN_2[1], 400),
    Function("Sobol G", sobol_g, *box(0, 1, 8), 1000),
    Function("steps", steps, *box(0, 1, 3), 500),
    Function("wing weight", wing_weight, *WING, 2000),
    Function("robot arm", robot_arm, *ROBOT, 2000, noise=.05),
    Function("Friedman 1", friedman, *box(0, 1, 5), 2000, noise=.5),
]


def list_tables(folder: Path, folds: int) -> Iterator[Problem]:
    for path in sorted(folder.glob("*/data.csv.gz")):
        data = np.loadtxt(gzip.open(path, "rt"), delimiter=",")
        masks = np.loadtxt(gzip.open(path.with_name("test_mask.csv.gz"), "rt"), delimiter=",").astype(bool)
        for fold in range(min(folds, masks.shape[1])):
            train, test = data[~masks[:, fold]], data[masks[:, fold]]
            yield Problem(f"{path.parent.name}, fold {fold + 1}", train[:, :-1], train[:, -1], test[:, :-1], test[:, -1])


def list_problems(folder: Path | None, folds: int) -> Iterator[Problem]:
    for function in FUNCTIONS:
        yield function.make()
    if folder:
        yield from list_tables(folder, folds)
