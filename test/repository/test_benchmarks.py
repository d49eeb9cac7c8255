# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
"""The benchmarks run, on the smallest model, and random weights keep what they must."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "benchmarks"))

from check_models import parse_check  # noqa: E402
from compile_time import CompileTime, walk_all_pairs  # noqa: E402
from dense_layers import make_network  # noqa: E402
from generated import find_nnc  # noqa: E402
from layers import LAYERS, Layer  # noqa: E402
from models import LIGHT  # noqa: E402
from naive import NotNaive, write_naive  # noqa: E402
from randomize import randomize  # noqa: E402
from tables import replace_section  # noqa: E402
from tensor_train import TRAIN_PEERS, get_column  # noqa: E402
from train_convolutions import Convolution, count_least  # noqa: E402


def run(*command: str) -> str:
    result = subprocess.run([sys.executable, *command], cwd=ROOT, text=True, stdout=subprocess.PIPE,
                            stderr=subprocess.STDOUT)
    assert result.returncode == 0, result.stdout
    return result.stdout


def test_check_models():
    assert "| examples/01-digits/digits |" in run("benchmarks/check_models.py", "--only=01-digits")


def test_speed(tmp_path: Path):
    file = str(tmp_path / "speed.json")
    table = run("benchmarks/speed.py", "--only=01-digits", "--seconds=0.05", "--compilers=g++", f"--json={file}")
    assert "| examples/01-digits/digits |" in table


def test_run_writes_what_it_promises(tmp_path: Path):
    file = tmp_path / "rows.json"
    run("benchmarks/run.py", "dense-networks", "--only=light_shufflenet", "--seconds=0.05", "--compilers=g++",
        f"--json={file}")
    content = json.loads(file.read_text())
    (row,) = content["rows"]
    assert row["ratio"] == min(row["peers_ms"].values()) / row["ours_ms"]
    assert set(row["peers_ms"]) == {"onnxruntime", "openvino"}
    assert content["summary"] == pytest.approx(dict.fromkeys(("geomean", "min", "median"), row["ratio"]))
    run("benchmarks/chart.py", str(file), str(tmp_path / "speed.svg"))
    assert f">{row['ratio']:.2f}</text>" in (tmp_path / "speed.svg").read_text()


def test_several_threads_are_named(tmp_path: Path):
    file = tmp_path / "rows.json"
    printed = run("benchmarks/run.py", "dense-networks", "--only=light_shufflenet", "--seconds=0.05", "--compilers=g++",
                  "--threads=2", f"--json={file}")
    content = json.loads(file.read_text())
    assert printed.startswith("dense-networks, 2 threads\n")
    assert content["threads"] == 2
    assert content["rows"][0]["error"] < 1e-3


def test_compile_time_has_times_and_memory(tmp_path: Path):
    file = tmp_path / "rows.json"
    run("benchmarks/run.py", "compile-time", "--only=10 equal", "--compilers=g++", f"--json={file}")
    (row,) = json.loads(file.read_text())["rows"]
    assert row["kernels"] < row["layers"] == 10
    assert 0 < row["nnc_s"] and 0 < row["g++_s"] and 10 < row["g++_mib"] < 2048


def test_a_kernel_runs_in_google_benchmark():
    build = find_nnc(None).parent.parent
    target = subprocess.run(["cmake", "--build", build, "--target", "kernel-benchmarks"], text=True,
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
    assert target.returncode == 0, target.stdout
    program = [build / "bin/kernel-benchmarks", "--benchmark_filter=softmax", "--benchmark_min_time=0.001",
               "--benchmark_format=json"]
    result = json.loads(subprocess.run(program, check=True, text=True, stdout=subprocess.PIPE).stdout)
    rows = {row["name"]: row for row in result["benchmarks"]}
    assert set(rows) == {"softmax/g++", "softmax/clang++-22"}
    assert all(0 < row["of_peak"] < 1 and row["FLOP/s"] > 0 and row["bytes/s"] > 0 for row in rows.values())


def test_shapes_of_a_chain_are_distinct():
    walk = walk_all_pairs(list(range(32)))
    assert len(set(zip(walk, walk[1:]))) == len(walk) - 1 == 1024


def test_exponents_and_limits_of_compile_time():
    rows = [{"name": f"{n} equal layers", "layers": n, "nnc_s": 0.1 * n, "g++_s": 0.01 * n**2} for n in (10, 100, 1000)]
    rows.append({"name": "light_resnet50", "layers": 50, "nnc_s": 16})
    summary = CompileTime().summarize(rows)
    assert summary["exponents"]["equal nnc"] == pytest.approx({"all": 1, "last": 1})
    assert summary["exponents"]["equal g++"] == pytest.approx({"all": 2, "last": 2})
    assert not CompileTime().is_good(rows, None)
    assert CompileTime().is_good(rows[:-1], None)


def test_small_networks_stand_beside_naive_loops(tmp_path: Path):
    file = tmp_path / "rows.json"
    run("benchmarks/run.py", "small-networks", "--only=mlp", "--seconds=0.02", "--compilers=g++", f"--json={file}")
    (row,) = json.loads(file.read_text())["rows"]
    assert row["error"] < 1e-5
    assert row["naive_ratio"] == row["naive_ms"] / row["ours_ms"]


def test_a_layer_is_measured_by_a_slope(tmp_path: Path):
    file = tmp_path / "rows.json"
    run("benchmarks/run.py", "dense-layers", "--only=batch 16, 256", "--seconds=0.1", "--compilers=g++",
        f"--json={file}")
    (row,) = json.loads(file.read_text())["rows"]
    assert row["gflops"] == pytest.approx(2 * 16 * 256 * 256 / row["ours_ms"] / 1e6)


def test_a_train_stands_beside_frameworks_with_the_same_cores(tmp_path: Path):
    file = tmp_path / "rows.json"
    printed = run("benchmarks/run.py", "tensor-train", "--only=784 -> 300", "--seconds=0.02", "--compilers=g++",
                  f"--json={file}")
    (row,) = json.loads(file.read_text())["rows"]
    assert row["error"] < 1e-5 and row["train_error"] < 1e-5
    times = [row[get_column(name)] for name in TRAIN_PEERS]
    assert row["train_ratio"] == min(time for time in times if time is not None) / row["train_ms"]
    assert printed.count("| not installed") == times.count(None)


def test_the_wide_network_runs_in_a_few_megabytes(tmp_path: Path):
    file = tmp_path / "rows.json"
    run("benchmarks/run.py", "tensor-train-memory", "--only=10, rank 4", "--seconds=0.02", "--compilers=g++",
        f"--json={file}")
    (row,) = json.loads(file.read_text())["rows"]
    assert row["error"] < 1e-5  # beside onnxruntime, which runs the same file
    assert row["dense_bytes"] > 7e9
    assert row["weights_bytes"] < 1.5e6 and row["arena_bytes"] < 4e6 and row["process_bytes"] < 8e6


@pytest.mark.parametrize("layer", LAYERS, ids=str)
def test_two_copies_of_a_layer_are_a_model(layer: Layer, tmp_path: Path):
    model = make_network(layer, 2, tmp_path / "model.onnx")
    onnx.checker.check_model(model.path, full_check=True)


def test_naive_loops_refuse_what_they_lack():
    node = onnx.helper.make_node("Erf", ["x"], ["y"])
    values = [onnx.helper.make_tensor_value_info(name, onnx.TensorProto.FLOAT, [2]) for name in "xy"]
    model = onnx.helper.make_model(onnx.helper.make_graph([node], "g", values[:1], values[1:]))
    with pytest.raises(NotNaive, match="Erf"):
        write_naive(model, "scalar")


def test_a_table_replaces_the_one_in_a_page(tmp_path: Path):
    page = tmp_path / "page.md"
    page.write_text("a\n<!-- figures: t -->\nold\n<!-- end -->\nb\n<!-- figures: u -->\nkept\n<!-- end -->\n")
    replace_section(page, "t", ["new"])
    assert page.read_text() == ("a\n<!-- figures: t -->\n\nnew\n\n<!-- end -->\nb\n"
                                "<!-- figures: u -->\nkept\n<!-- end -->\n")
    with pytest.raises(SystemExit, match="figures: v"):
        replace_section(page, "v", [])


def test_what_nnc_check_prints_is_read():
    printed = ("C++ against the reference\n      output      max abs  max rel  max ulp  worst element\n"
               "PASS  a name                3.7e-09   3.74e-09      31  4\nPASS  b    0     0       0  \n"
               "C++ against out.npz\nFAIL  a name   inf   nan   7  12\n")
    (ulp, error), (stored_ulp, _) = parse_check(printed)
    assert (ulp, error, stored_ulp) == (31, 3.74e-09, 7)


def test_random_weights_have_positive_variances():
    model = randomize(onnx.load(LIGHT / "light_squeezenet.onnx"))
    onnx.checker.check_model(model)
    assert not any(node.op_type == "ConstantOfShape" for node in model.graph.node)
    again = randomize(onnx.load(LIGHT / "light_squeezenet.onnx"))
    assert model.SerializeToString() == again.SerializeToString()
    shuffle = randomize(onnx.load(LIGHT / "light_shufflenet.onnx")).graph
    weights = {tensor.name: numpy_helper.to_array(tensor) for tensor in shuffle.initializer}
    variances = [weights[node.input[4]] for node in shuffle.node if node.op_type == "BatchNormalization"]
    assert variances and all(np.min(variance) > 0 for variance in variances)


def test_least_contraction_of_a_naive_train_is_a_convolution_to_its_rank():
    layer = Convolution((128, 1), (1, 128), (16, 16), 16)
    assert count_least(layer, layer.make_cores()) == 2 * 16 * 16 * (9 * 128 * 16 + 16 * 128)


def test_least_contraction_of_a_train_of_small_ranks_is_core_by_core():
    layer = Convolution((4, 8, 4), (4, 8, 4), (2, 2, 2), 16)
    cores = (2 * 4 * 8 * 32) + 4 * (2 * 8 * 16 * 4) + 32 * (2 * 4 * 4)
    assert count_least(layer, layer.make_cores()) == 2 * 16 * 16 * (9 * 2 * 128 + cores)


def test_plans_of_trains_are_measured_beside_the_chosen_one():
    output = run("benchmarks/tensor_train_plans.py", "--only=784 -> 300", "--plans=1", "--seconds=0.02")
    assert "| 784 -> 300, rank 8, batch 1 | 1 |" in output
    assert "median regret" in output
