# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""One ensemble of XGBoost as an ONNX model and as the C code of treelite (tl2cgen):  trees_ensembles.py NAME data.npz FOLDER

Runs in the environment of requirements-surrogate.txt.
"""

import json
import sys
from pathlib import Path

import numpy as np
import onnx
import tl2cgen
import treelite
from onnx import helper
from xgboost import XGBRegressor, XGBRFRegressor

ENSEMBLES = {
    "100 trees of depth 3": lambda: XGBRegressor(n_estimators=100, max_depth=3, n_jobs=1),
    "100 trees of depth 6": lambda: XGBRegressor(n_estimators=100, n_jobs=1),
    "500 trees of depth 4": lambda: XGBRegressor(n_estimators=500, max_depth=4, learning_rate=.1, n_jobs=1),
    "300 trees of 31 leaves": lambda: XGBRegressor(n_estimators=300, max_depth=0, max_leaves=31, grow_policy="lossguide", tree_method="hist", learning_rate=.1, n_jobs=1),
    "forest of 100 trees of depth 12": lambda: XGBRFRegressor(n_estimators=100, max_depth=12, n_jobs=1),
}


def list_nodes(tree: dict) -> list[dict]:
    return [tree, *(node for child in tree.get("children", []) for node in list_nodes(child))]


def to_onnx(model, features: int) -> onnx.ModelProto:
    """The operator TreeEnsembleRegressor, from the dump of the booster. XGBoost's sums begin with the base score: it is a tree of one leaf."""
    lists: dict[str, list] = {name: [] for name in ("treeids", "nodeids", "featureids", "values", "modes", "truenodeids", "falsenodeids", "missing_value_tracks_true")}
    leaves: dict[str, list] = {name: [] for name in ("treeids", "nodeids", "ids", "weights")}
    base = float(np.ravel(json.loads(json.loads(model.get_booster().save_config())["learner"]["learner_model_param"]["base_score"]))[0])
    trees = [{"nodeid": 0, "leaf": base}, *map(json.loads, model.get_booster().get_dump(dump_format="json"))]
    for number, tree in enumerate(trees):
        for node in list_nodes(tree):
            is_leaf = "leaf" in node
            row = (number, node["nodeid"], 0 if is_leaf else int(node["split"][1:]), 0. if is_leaf else node["split_condition"],
                   "LEAF" if is_leaf else "BRANCH_LT", node.get("yes", 0), node.get("no", 0), int(not is_leaf and node["missing"] == node["yes"]))
            for values, value in zip(lists.values(), row):
                values.append(value)
            if is_leaf:
                for values, value in zip(leaves.values(), (number, node["nodeid"], 0, node["leaf"])):
                    values.append(value)
    node = helper.make_node("TreeEnsembleRegressor", ["x"], ["y"], domain="ai.onnx.ml", n_targets=1,
                            **{f"nodes_{name}": values for name, values in lists.items()}, **{f"target_{name}": values for name, values in leaves.items()})
    graph = helper.make_graph([node], "trees", [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", features])],
                              [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["n", 1])])
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17), helper.make_opsetid("ai.onnx.ml", 1)], ir_version=8)


def main() -> None:
    name, data, folder = sys.argv[1], np.load(sys.argv[2]), Path(sys.argv[3])
    model = ENSEMBLES[name]().fit(data["x"], data["y"])
    np.save(folder / "expected.npy", model.predict(data["points"]))
    onnx.save(to_onnx(model, data["x"].shape[1]), folder / "trees.onnx")
    tl2cgen.generate_c_code(treelite.frontend.from_xgboost(model.get_booster()), dirpath=str(folder / "treelite"), params={"parallel_comp": len(model.get_booster().get_dump()) // 10})


if __name__ == "__main__":
    main()
