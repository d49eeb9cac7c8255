# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""Pipelines of scikit-learn through skl2onnx, with points and what scikit-learn predicts for them:  make_models.py

Writes NAME.onnx and NAME.npz beside this file. Runs in the environment of benchmarks/requirements-surrogate.txt; the files are in the
repository, so that tests do without it.
"""

from pathlib import Path

import numpy as np
from skl2onnx import to_onnx
from sklearn.calibration import CalibratedClassifierCV
from sklearn.decomposition import PCA
from sklearn.ensemble import AdaBoostClassifier, ExtraTreesRegressor, GradientBoostingClassifier, GradientBoostingRegressor, RandomForestClassifier, RandomForestRegressor
from sklearn.gaussian_process import GaussianProcessRegressor, kernels
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.neural_network import MLPClassifier, MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import MaxAbsScaler, MinMaxScaler, Normalizer, PolynomialFeatures, PowerTransformer, RobustScaler, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVR, NuSVR
from sklearn.tree import DecisionTreeRegressor

kernel = kernels.ConstantKernel() * kernels.RBF(np.ones(4)) + kernels.WhiteKernel(1e-2)
REGRESSORS = {
    "gp": make_pipeline(StandardScaler(), GaussianProcessRegressor(kernel)),  # of 64-bit numbers
    "tree": DecisionTreeRegressor(max_depth=4, random_state=0),
    "forest": RandomForestRegressor(10, max_depth=5, random_state=0),
    "deep_forest": ExtraTreesRegressor(5, random_state=0),
    "boosting": make_pipeline(StandardScaler(), GradientBoostingRegressor(n_estimators=20, random_state=0)),
    "mlp": make_pipeline(MinMaxScaler(), MLPRegressor(hidden_layer_sizes=(20,), max_iter=300, random_state=0)),
    "svr": make_pipeline(StandardScaler(), SVR()),
    "svr_poly": make_pipeline(StandardScaler(), SVR(kernel="poly")),
    "nusvr_sigmoid": make_pipeline(RobustScaler(), NuSVR(kernel="sigmoid")),
    "linear_svr": make_pipeline(MaxAbsScaler(), LinearSVR()),
    "ridge": make_pipeline(PolynomialFeatures(2), Ridge()),
    "pca": make_pipeline(Normalizer(), PCA(3), LinearRegression()),
    "power": make_pipeline(PowerTransformer(), LinearRegression()),
    "imputer": make_pipeline(SimpleImputer(), LinearRegression()),
}
CLASSIFIERS = {
    "logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    "mlp_classifier": make_pipeline(StandardScaler(), MLPClassifier(hidden_layer_sizes=(20,), max_iter=300, random_state=0)),
    "forest_classifier": RandomForestClassifier(8, max_depth=4, random_state=0),
    "boosting_classifier": GradientBoostingClassifier(n_estimators=6, random_state=0),
}
# Of labels that are texts, as skl2onnx exports them by itself: with dictionaries for probabilities.
TEXT_CLASSIFIERS = {
    "text_logistic": make_pipeline(StandardScaler(), LogisticRegression()),
    "text_mlp": make_pipeline(StandardScaler(), MLPClassifier(hidden_layer_sizes=(9,), max_iter=300, random_state=0)),
    "text_calibrated": make_pipeline(StandardScaler(), CalibratedClassifierCV(SVC(), ensemble=False)),
    "text_adaboost": AdaBoostClassifier(n_estimators=5, random_state=0),
}


def main() -> None:
    folder, random = Path(__file__).parent, np.random.default_rng(0)
    x = random.standard_normal((150, 4)).astype(np.float32)
    y = np.sin(2 * x[:, 0]) + x[:, 1] * x[:, 2] + .1 * x[:, 3]
    labels = 3 + (y > 0).astype(int) + (y > 1)
    points = random.standard_normal((24, 4)).astype(np.float32)
    for name, model in (REGRESSORS | CLASSIFIERS).items():
        is_classifier, dtype = name in CLASSIFIERS, np.float64 if name == "gp" else np.float32
        model.fit(x, labels if is_classifier else y)
        given = points.copy()
        if name == "imputer":
            given[::3, 1] = np.nan
        exported = to_onnx(model, x[:1].astype(dtype), options={"zipmap": False} if is_classifier else None)
        (folder / f"{name}.onnx").write_bytes(exported.SerializeToString())
        expected = {"label": model.predict(given), "probabilities": model.predict_proba(given)} if is_classifier else {"value": model.predict(given)}
        np.savez(folder / f"{name}.npz", points=given.astype(dtype), **expected)
    texts = np.array(["low", "middle", "high"])[labels - 3]
    for name, model in TEXT_CLASSIFIERS.items():
        model.fit(x, texts)
        (folder / f"{name}.onnx").write_bytes(to_onnx(model, x[:1]).SerializeToString())
        np.savez(folder / f"{name}.npz", points=points, label=np.searchsorted(model.classes_, model.predict(points)), probabilities=model.predict_proba(points))
    refused = make_pipeline(StandardScaler(), SVC(probability=True)).fit(x, labels)
    Path(folder.parent / "Inputs/svc_probability.onnx").write_bytes(to_onnx(refused, x[:1], options={"zipmap": False}).SerializeToString())


if __name__ == "__main__":
    main()
