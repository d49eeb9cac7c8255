#!/usr/bin/env python3
"""Runs the shipped networks in onnxruntime and in nnc.

Outputs are compared with those that PyTorch computed (expected.npz, expected-steps.npz); on test images, where the data set is
there, right answers are counted. Needs only the repository's own .venv and a build. Fails where outputs differ by more than 1e-4
of the largest.

    check.py                  compares
    check.py --speed          time and FLOPs on test images, beside the network without halting: writes speed.json
    check.py --maps           ponder maps of some images: writes maps/*.png
    check.py --plot           draws tradeoff.svg from results.json and speed.json
    check.py --table=NAME     prints a table of README.md, networks, maps, steps or memory, and runs nothing
"""

import argparse
import json
import shutil
import sys
import tempfile
from pathlib import Path

import numpy as np
import onnx

HERE = Path(__file__).resolve().parent
ROOT = HERE.parents[1]
sys.path.insert(0, str(HERE.parent))

from compose import place_photographs  # noqa: E402
from data import load_held_out  # noqa: E402
from engines import bench, call_nnc, compare  # noqa: E402
from rows import write_rows  # noqa: E402

DATA = ROOT.parent / "shared/data/datasets"
WORK = ROOT / "out/05-halting"
TOLERANCE = 1e-4
IMAGES = 100  # of which time is measured
MAPS = 6  # images whose ponder maps are drawn


def load(name):
    return json.loads((HERE / f"{name}.json").read_text())


# --- Comparison -----------------------------------------------------------------------------------


def check_networks(data):
    expected, largest = np.load(HERE / "expected.npz"), 0
    images, labels = load_held_out(data, "cifar10", 500) if data.is_dir() else (np.zeros((0, 3, 32, 32), np.uint8), np.zeros(0))
    for row in load("results"):
        if not row["file"]:
            continue
        name = row["network"]
        x = expected["scenes"] if name == "segment" else np.concatenate([expected["x"], images / np.float32(255)])
        answers = np.zeros((0, 11, 24)) if name == "segment" else labels
        line, difference = compare(HERE / row["file"], {"x": x}, expected[name], answers)
        print(f"{name}: {line}", flush=True)
        largest = max(largest, difference)
    return largest


def check_steps():
    """Steps in time, by nnc; onnxruntime was compared when files were written."""
    expected, largest = np.load(HERE / "expected-steps.npz"), 0
    for row in load("steps"):
        name, hidden = Path(row["file"]).stem, row["hidden"]
        wanted = expected[name]
        with tempfile.TemporaryDirectory() as folder:
            given, results = Path(folder) / "in.npz", Path(folder) / "out.npz"
            if row["task"] == "parity":  # each sample begins anew
                np.savez(given, x=expected["parity_x"], state=np.zeros((len(wanted), 2 * hidden), np.float32))
                options = [f"--samples={len(wanted)}"]
            else:
                np.savez(given, characters=expected["characters"], state=np.zeros((1, 2 * hidden), np.float32))
                options = [f"--steps={len(wanted)}", "--state=state:next"]
            call_nnc("run", HERE / row["file"], *options, "--inputs", given, "--outputs", results)
            logits = np.load(results)["logits"]
        difference = float(np.abs(logits - wanted).max() / np.abs(wanted).max())
        print(f"{name}: {len(wanted)} steps, {difference:.1e} from PyTorch", flush=True)
        largest = max(largest, difference)
    return largest


# --- Speed ----------------------------------------------------------------------------------------


def find_file(row):
    return HERE / row["file"] if row["file"] else WORK / f"{row['network']}.onnx"


def measure(file, given, *options):
    """Microseconds of one of IMAGES by nnc, by onnxruntime in a batch of all, and nnc's FLOPs of one."""
    times, flops = bench(file, "--inputs", given, "--seconds", "3", *options)
    return times["nnc"] / IMAGES, times["onnxruntime"] / IMAGES, flops / IMAGES


def get_workspace(file):
    """Bytes that the program for one image needs."""
    with tempfile.TemporaryDirectory() as folder:
        call_nnc("compile", file, "--batch=1", "-o", folder)
        return json.loads((Path(folder) / "report.json").read_text())["workspace"]


def measure_speed(data):
    images, _ = load_held_out(data, "cifar10", IMAGES)
    rows = []
    with tempfile.TemporaryDirectory() as folder:
        given, results = Path(folder) / "in.npz", Path(folder) / "out.npz"
        np.savez(given, x=images / np.float32(255))
        samples = f"--samples={IMAGES}"
        best, runtime, _ = measure(HERE / "dense.onnx", given, samples)
        direct, _, all_flops = measure(HERE / "dense.onnx", given, samples, "--exact")
        rows.append({"network": "dense", "workspace": get_workspace(HERE / "dense.onnx"), "us": best, "direct_us": direct, "onnxruntime_us": runtime, "mflops": all_flops / 1e6})
        for row in load("results"):
            if row["network"] in ("dense", "segment") or not find_file(row).exists():
                continue
            file = find_file(row)
            call_nnc("run", file, samples, "--counters", "--inputs", given, "--outputs", results)
            flops = float(np.load(results)["flops"].mean())
            lists, if_runtime, _ = measure(file, given, samples, "--exact")
            chosen, _, _ = measure(file, given, samples)
            rows.append({"network": row["network"], "workspace": get_workspace(file), "flop_share": round(flops / all_flops, 3), "time_share": round(lists / direct, 3),
                         "us": chosen, "direct_us": lists, "if_us": if_runtime, "times_best": round(best / chosen, 2),
                         "times_onnxruntime": round(runtime / chosen, 2)})
            print(json.dumps(rows[-1]), flush=True)
    write_rows(HERE / "speed.json", rows)


# --- Pictures and tables --------------------------------------------------------------------------


def save_for(file, side, path):
    """The network of `file` for images of another size."""
    model = onnx.load(file)
    for dim in model.graph.input[0].type.tensor_type.shape.dim[2:]:
        dim.dim_value = side
    onnx.save(model, path)


def draw_maps(data):
    images, _ = load_held_out(data, "cifar10", MAPS)
    canvases, _ = place_photographs(images / np.float32(255), 64, 2024)
    scenes = np.load(HERE / "expected.npz")["scenes"][:MAPS]
    for name, x, block in (("sact", canvases, "units_3"), ("segment", scenes, "units")):
        with tempfile.TemporaryDirectory() as folder:
            given, results, model, maps = (Path(folder) / part for part in ("in.npz", "out.npz", "model.onnx", "maps"))
            np.savez(given, x=x)
            save_for(HERE / f"{name}.onnx", x.shape[2], model)
            print(call_nnc("run", model, f"--batch={len(x)}", "--inputs", given, "--outputs", results, "--maps", maps))
            (HERE / "maps").mkdir(exist_ok=True)
            for n in range(len(x)):
                shutil.copy(maps / f"{block}_{n}.png", HERE / f"maps/{name}_{n}.png")


def print_networks():
    speeds = {row["network"]: row for row in load("speed")}
    print("| network | tau | error % | units | FLOP share | time share | times our best dense | times onnxruntime |")
    print("| --- | ---: | ---: | --- | ---: | ---: | ---: | ---: |")
    for row in load("results"):
        speed = speeds.get(row["network"])
        if not speed:
            continue
        error = f"{row['error_percent']:.2f}"
        if row["network"] == "dense":
            cells = ["", error, "5, 5, 5", 1, 1, 1, f"{speed['onnxruntime_us'] / speed['us']:.2f}"]
        else:
            units = ", ".join(f"{mean:.2f}" for mean in row["units"])
            cells = [row["tau"], error, units, speed["flop_share"], speed["time_share"], speed["times_best"], speed["times_onnxruntime"]]
        print(f"| {row['network']} | {' | '.join(str(cell) for cell in cells)} |")


def print_maps():
    print("| network | AUC | units where the object is | elsewhere |\n| --- | ---: | ---: | ---: |")
    for row in load("results"):
        if "auc" in row:
            inside, outside = (row.get("units_inside", row.get("units_digits")), row.get("units_outside", row.get("units_background")))
            print(f"| {row['network']} | {row['auc']} | {inside} | {outside} |")


def print_steps():
    print("| task | rule | error % | bits | units | of |\n| --- | --- | ---: | ---: | ---: | ---: |")
    for row in load("steps"):
        print(f"| {row['task']} | {row['rule']} | {row.get('error_percent', '')} | {row.get('bits', '')} | {row['units']} | {row['most']} |")


def print_memory():
    print("| network | workspace, bytes |\n| --- | ---: |")
    for row in load("speed"):
        if row["network"] in ("dense", "act", "pact"):
            print(f"| {row['network']} | {row['workspace']:,} |")


TABLES = {"networks": print_networks, "maps": print_maps, "steps": print_steps, "memory": print_memory}


def draw_tradeoff():
    """Errors against shares of time and of FLOPs."""
    results, speeds = {row["network"]: row for row in load("results")}, {row["network"]: row for row in load("speed")}
    points = [(name, speeds[name]["time_share"], speeds[name]["flop_share"], results[name]["error_percent"])
              for name in speeds if name != "dense"] + [("dense", 1, 1, results["dense"]["error_percent"])]
    errors = [point[3] for point in points]
    low, high = np.floor(min(errors)), np.ceil(max(errors) + 0.2)
    x, y = (lambda share: 60 + 480 * share), (lambda error: 20 + 260 * (high - error) / (high - low))
    lines = ['<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 640 330" font-family="sans-serif" font-size="12">',
             '<rect width="640" height="330" fill="white"/>']
    for share in (0, 0.25, 0.5, 0.75, 1):
        lines.append(f'<path d="M{x(share):.0f} 20V280" stroke="#ddd"/><text x="{x(share):.0f}" y="296" text-anchor="middle">{share:g}</text>')
    for error in np.arange(low, high + 0.5):
        lines.append(f'<path d="M60 {y(error):.0f}H540" stroke="#ddd"/><text x="54" y="{y(error) + 4:.0f}" text-anchor="end">{error:g} %</text>')
    for name, time, flops, error in points:
        lines.append(f'<path d="M{x(time):.0f} {y(error):.0f}H{x(flops):.0f}" stroke="#999"/><circle cx="{x(flops):.0f}" cy="{y(error):.0f}" r="4" '
                     f'fill="white" stroke="#1565c0"/><circle cx="{x(time):.0f}" cy="{y(error):.0f}" r="4" fill="#c62828"/>'
                     f'<text x="{max(x(time), x(flops)) + 8:.0f}" y="{y(error) + 4:.0f}">{name}</text>')
    lines.append('<text x="300" y="318" text-anchor="middle">share of the time (red) and of the FLOPs (blue) of ResNet-32; errors on 10,000 test images'
                 '</text></svg>')
    (HERE / "tradeoff.svg").write_text("\n".join(lines) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, default=DATA)
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--maps", action="store_true")
    parser.add_argument("--plot", action="store_true")
    parser.add_argument("--table", choices=TABLES)
    arguments = parser.parse_args()
    if arguments.speed:
        return measure_speed(arguments.data)
    if arguments.maps:
        return draw_maps(arguments.data)
    if arguments.plot:
        return draw_tradeoff()
    if arguments.table:
        return TABLES[arguments.table]()
    if max(check_networks(arguments.data), check_steps()) > TOLERANCE:
        sys.exit("outputs are not those of PyTorch")


if __name__ == "__main__":
    main()
