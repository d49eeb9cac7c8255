#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Prints what ScikitTest.cpp expects: predictions of scikit-learn (benchmarks/requirements-surrogate.txt) for its points."""

import numpy as np
from sklearn.ensemble import GradientBoostingRegressor
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import RBF, ConstantKernel, Matern, WhiteKernel
from sklearn.linear_model import LinearRegression, RidgeCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

POINTS, TESTS, THETA, NUGGET, TREES = 60, 4, np.array([0.9, 0.4, 0.2]), 1e-3, 58


def make_points(count: int, first: int) -> np.ndarray:
    """Additive recurrences of square roots of primes, from -1 to 1."""
    i = np.arange(first, first + count)
    return np.stack([2 * np.modf(i * np.sqrt(p))[0] - 1 for p in (2, 3, 5)], 1)


def make_noise(x: np.ndarray) -> np.ndarray:
    return 0.05 * np.sin(40 * x.sum(1))


def make_results(x: np.ndarray) -> np.ndarray:
    a, b, c = x.T
    return np.sin(2 * a) + b * b + 0.5 * a * c + 0.3 * c + make_noise(x)


def make_plane(x: np.ndarray) -> np.ndarray:
    return x @ [1, -0.5, 0.8] + make_noise(x)


def make_parabola(x: np.ndarray) -> np.ndarray:
    return x @ [1, 1, -1] + (x @ [1, 0.5, -0.8]) ** 2 + make_noise(x)


def fit_process(kernel, x: np.ndarray, y: np.ndarray) -> GaussianProcessRegressor:
    """Ordinary kriging with the most likely variance: a constant of large variance is a mean that is not known."""
    r = kernel(x) + NUGGET * np.eye(len(x))
    ones, solved = np.ones(len(x)), np.linalg.solve(r, np.stack([np.ones(len(x)), y], 1))
    mean = ones @ solved[:, 1] / (ones @ solved[:, 0])
    variance = (y - mean) @ (solved[:, 1] - mean * solved[:, 0]) / len(x)
    whole = ConstantKernel(1e6) + ConstantKernel(variance) * kernel + WhiteKernel(variance * NUGGET)
    return GaussianProcessRegressor(whole, alpha=0, optimizer=None).fit(x, y)


def show(name: str, values: np.ndarray) -> None:
    print(f"{name}: {', '.join(f'{value:.9g}' for value in values)}")


def main() -> None:
    x = make_points(POINTS, 1)
    y, tests = make_results(x), make_points(TESTS, 1000)
    show("plane", LinearRegression().fit(x, make_plane(x)).predict(tests))
    terms = make_pipeline(PolynomialFeatures(2, include_bias=False), StandardScaler())
    largest = np.linalg.norm(terms.fit_transform(x), 2)
    ridge = RidgeCV(alphas=largest ** 2 * 10 ** np.arange(-12, 1.5, 0.5))
    show("parabola", make_pipeline(terms, ridge).fit(x, make_parabola(x)).predict(tests))
    for name, kernel in (("squared exponential", RBF(1 / np.sqrt(2 * THETA))), ("Matern 5/2", Matern(1 / np.sqrt(THETA), nu=2.5))):
        values, deviations = fit_process(kernel, x, y).predict(tests, return_std=True)
        show(name, values)
        show(f"{name}, deviations", deviations)
    trees = GradientBoostingRegressor(learning_rate=0.3, max_depth=2, min_samples_leaf=2, n_estimators=TREES)
    show(f"{TREES} trees", trees.fit(x, y + 30 * make_noise(x)).predict(x[:TESTS]))


if __name__ == "__main__":
    main()
