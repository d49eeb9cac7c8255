# SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#
# onnxruntime's side of `nnc bench`: python3 - MODEL INPUTS.npz THREADS. Says "ready VERSION", then answers each line "N" on standard
# input with the seconds of N runs, one by one.
import sys
import time

try:
    import numpy
    import onnxruntime
except ImportError as error:
    print("absent", error, flush=True)
    sys.exit(0)

model, inputs, threads = sys.argv[1], sys.argv[2], int(sys.argv[3])
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = threads
options.inter_op_num_threads = 1
options.log_severity_level = 3
try:
    session = onnxruntime.InferenceSession(model, options, providers=["CPUExecutionProvider"])
    with numpy.load(inputs) as arrays:
        feeds = {i.name: arrays[i.name] for i in session.get_inputs()}
    session.run(None, feeds)
except Exception as error:
    print("absent", str(error).replace("\n", " ")[:300], flush=True)
    sys.exit(0)
print("ready", onnxruntime.__version__, flush=True)

for line in sys.stdin:
    seconds = []
    for _ in range(int(line)):
        begin = time.perf_counter()
        session.run(None, feeds)
        seconds.append(time.perf_counter() - begin)
    print(" ".join(f"{s:.9f}" for s in seconds), flush=True)
