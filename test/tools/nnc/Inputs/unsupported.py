# Writes a model with two nodes that nobody knows.
import sys

from onnx import TensorProto, helper

nodes = [
    helper.make_node("Frobnicate", ["x"], ["a"], name="first"),
    helper.make_node("Relu", ["a"], ["b"]),
    helper.make_node("Wobble", ["b"], ["y"], name="second"),
]
x, y = (helper.make_tensor_value_info(name, TensorProto.FLOAT, [4]) for name in "xy")
model = helper.make_model(helper.make_graph(nodes, "two", [x], [y]), opset_imports=[helper.make_opsetid("", 17)])
with open(sys.argv[1], "wb") as file:
    file.write(model.SerializeToString())
