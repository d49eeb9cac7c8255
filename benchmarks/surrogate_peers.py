# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One model of another library, fitted with its usual settings (SMT is told whether there is noise):  surrogate_peers.py METHOD problem.npz out.npz [model.onnx]

Runs in the environment of requirements-surrogate.txt. model.onnx is written by skl2onnx, of models of scikit-learn. Inputs and outputs are standardized where the library does not do that itself.
"""

import sys
import time

import numpy as np


def kriging(model, x, y):
    model.set_training_values(x, y)
    model.train()
    return lambda points: model.predict_values(points)[:, 0]


def smt(name, **options):
    from smt import surrogate_models

    return lambda x, y: kriging(getattr(surrogate_models, name)(print_global=False, **options), x, y)


def scikit(make):
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    def fit(x, y):
        mean, deviation = y.mean(), y.std()
        model = make_pipeline(StandardScaler(), make(x.shape[1])).fit(x, (y - mean) / deviation)
        predict = lambda points: model.predict(points) * deviation + mean  # noqa: E731
        predict.model = model
        return predict
    return fit


def export(model, x, path):
    """Gaussian processes in 64 bits, which their weights need; others in 32."""
    from skl2onnx import to_onnx

    dtype = np.float64 if "gaussianprocess" in model.steps[-1][0] else np.float32
    with open(path, "wb") as file:
        file.write(to_onnx(model, x[:1].astype(dtype)).SerializeToString())


def gaussian_process(inputs):
    from sklearn.gaussian_process import GaussianProcessRegressor, kernels

    kernel = kernels.ConstantKernel() * kernels.RBF(np.ones(inputs)) + kernels.WhiteKernel(1e-4, (1e-10, 1))
    return GaussianProcessRegressor(kernel, n_restarts_optimizer=2, random_state=0)


def boosting(_):
    from sklearn.ensemble import GradientBoostingRegressor

    return GradientBoostingRegressor(random_state=0)


def mlp(_):
    from sklearn.neural_network import MLPRegressor

    return MLPRegressor(max_iter=2000, random_state=0)


def xgboost(_):
    from xgboost import XGBRegressor

    return XGBRegressor(n_jobs=1)


def lightgbm(_):
    from lightgbm import LGBMRegressor

    return LGBMRegressor(n_jobs=1, verbose=-1)


# Makes a fit for a sample with noise or without, and the most points that a method is given: beyond, one fit takes many minutes.
METHODS = {
    "SMT kriging": (lambda is_noisy: smt("KRG", eval_noise=is_noisy), 300),
    "SMT KPLS": (lambda is_noisy: smt("KPLS", n_comp=2, eval_noise=is_noisy), 400),
    "SMT RBF": (lambda _: smt("RBF", d0=1.0), 2000),
    "scikit-learn GP": (lambda _: scikit(gaussian_process), 1000),
    "scikit-learn boosting": (lambda _: scikit(boosting), 10 ** 9),
    "scikit-learn MLP": (lambda _: scikit(mlp), 10 ** 9),
    "XGBoost": (lambda _: scikit(xgboost), 10 ** 9),
    "LightGBM": (lambda _: scikit(lightgbm), 10 ** 9),
}


def get_seconds(predict, points, runs):
    """The least of several runs."""
    times = []
    for _ in range(runs):
        start = time.perf_counter()
        predict(points)
        times.append(time.perf_counter() - start)
    return min(times)


def main():
    method, problem, out, *onnx = sys.argv[1:]
    data = np.load(problem)
    make, _ = METHODS[method]
    fit = make(bool(data["is_noisy"]))
    start = time.perf_counter()
    predict = fit(data["x"], data["y"])
    seconds = time.perf_counter() - start
    results = {"predicted": predict(data["test_x"]), "seconds": seconds}
    if "many" in data:
        results |= {"one": get_seconds(predict, data["test_x"][:1], 200), "many": get_seconds(predict, data["many"], 5)}
    if onnx:
        export(predict.model, data["x"], onnx[0])
        results["unscaled"] = predict.model.predict(data["test_x"])
    np.savez(out, **results)


if __name__ == "__main__":
    main()
