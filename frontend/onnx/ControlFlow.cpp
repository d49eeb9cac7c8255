// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Control flow. Both branches of an `If` are imported, and a choice between their results; a loop
// of a known number of iterations is imported so often, and where its condition is computed, each
// iteration is a choice between new and old values. What a choice leaves out is not run
// (lowering/halting).
#include "dialects/nnc/Constants.h"
#include "frontend/onnx/GraphImporter.h"

#include "llvm/ADT/StringExtras.h"

using namespace mlir;
using namespace nnc;
using namespace nnc::frontend;
using ::onnx::GraphProto;
using ::onnx::NodeProto;

/// More iterations than this would be too much code.
static constexpr int64_t kMaxIterations = 256;

bool GraphImporter::isControlFlow(const NodeProto &proto) {
  return getDomain(proto.domain()).empty() &&
         (proto.op_type() == "If" || proto.op_type() == "Loop");
}

static const GraphProto *getGraph(const NodeProto &proto, StringRef name) {
  for (const ::onnx::AttributeProto &attribute : proto.attribute())
    if (attribute.name() == name && attribute.has_g())
      return &attribute.g();
  return nullptr;
}

/// The one boolean that a constant is.
static std::optional<bool> getConstantFlag(Value value) {
  std::optional<double> number = value ? getSplatNumber(value) : std::nullopt;
  return number ? std::optional(*number != 0) : std::nullopt;
}

/// A condition as a scalar; null, with a report, where it is none.
static Value toScalar(Emitter &emit, Value condition, StringRef name) {
  if (!condition)
    return {};
  if (!isBoolean(condition) || product(getShape(condition)) != 1)
    return emit.reject(name, " is ", condition.getType(), ", but must be one boolean");
  return emit.reshape(condition, {});
}

Scope GraphImporter::openScope(Scope &outer, const GraphProto &graph, StringRef name) {
  Scope scope(graph.node(), outer.opsets);
  scope.outer = &outer;
  scope.prefix = name.str() + "/";
  scope.depth = outer.depth + 1;
  scope.attributes = outer.attributes;
  return scope;
}

/// Constants of a graph, which iterations share.
void GraphImporter::defineConstants(Scope &scope, const GraphProto &graph) {
  for (const ::onnx::TensorProto &proto : graph.initializer())
    scope.values[proto.name()] = readInitializer(proto);
}

/// The graph's results for `inputs`. Null values where nodes could not be imported.
SmallVector<Tensor> GraphImporter::importGraph(Scope &constants, const GraphProto &graph,
                                               ArrayRef<Tensor> inputs, Location location,
                                               StringRef name, unsigned index) {
  Scope scope = openScope(constants, graph, name);
  for (auto [input, value] : llvm::zip_equal(graph.input(), inputs))
    scope.values[input.name()] = value;
  importNodes(scope, index);
  SmallVector<Tensor> results;
  for (const ::onnx::ValueInfoProto &output : graph.output()) {
    std::optional<Tensor> result = lookUp(scope, output.name());
    if (!result && !isTooLong())
      report(location, "nothing in graph '", graph.name(), "' computes its output '", output.name(),
             "'");
    results.push_back(result.value_or(Tensor()));
  }
  return results;
}

SmallVector<Tensor> GraphImporter::importIf(Scope &scope, const NodeProto &proto,
                                            ArrayRef<Tensor> inputs, Location location,
                                            unsigned index) {
  const GraphProto *graphs[] = {getGraph(proto, "then_branch"), getGraph(proto, "else_branch")};
  bool isWhole = inputs.size() == 1 && graphs[0] && graphs[1] &&
                 graphs[0]->output_size() == proto.output_size() &&
                 graphs[1]->output_size() == proto.output_size();
  if (!isWhole || graphs[0]->input_size() + graphs[1]->input_size() > 0) {
    report(location, "If: the operator takes one condition and two branches without inputs that "
                     "have as many outputs as the node");
    return {};
  }
  StringRef name = cast<NameLoc>(location).getName();
  Emitter emit(builder, location);
  SmallVector<Tensor> results[2];
  std::optional<bool> known = getConstantFlag(inputs[0].value);
  for (int side : {0, 1}) {
    if (known && *known != (side == 0))
      continue;
    Scope constants = openScope(scope, *graphs[side], name);
    defineConstants(constants, *graphs[side]);
    std::string path = (name + (side == 0 ? "/then" : "/else")).str();
    results[side] = importGraph(constants, *graphs[side], {}, location, path, index);
  }
  if (known)
    return results[*known ? 0 : 1];
  return chooseResults(proto, emit, toScalar(emit, inputs[0].value, "the condition"), results[0],
                       results[1], index);
}

/// `first` where the condition holds, else `second`, which must have its types.
SmallVector<Tensor> GraphImporter::chooseResults(const NodeProto &proto, Emitter &emit,
                                                 Value condition, ArrayRef<Tensor> first,
                                                 ArrayRef<Tensor> second, unsigned index) {
  SmallVector<Tensor> chosen;
  for (auto [a, b] : llvm::zip_equal(first, second)) {
    bool isKnown = condition && a.value && b.value;
    if (isKnown && a.value.getType() != b.value.getType()) {
      std::string text;
      llvm::raw_string_ostream(text) << "a value has type " << a.value.getType()
                                     << " or, by a condition, " << b.value.getType();
      addUnsupported(proto, emit.getLocation(), index, text);
      isKnown = false;
    }
    chosen.push_back({isKnown ? emit.select(condition, a.value, b.value) : Value(), a.isUnsigned});
  }
  return chosen;
}

/// The number of iterations of a loop, or std::nullopt where it is not known or too large.
static std::optional<int64_t> getTripCount(ArrayRef<Tensor> inputs) {
  std::optional<double> count =
      inputs.empty() || !inputs[0].value ? std::nullopt : getSplatNumber(inputs[0].value);
  if (!count || *count > kMaxIterations)
    return std::nullopt;
  return std::max<int64_t>(static_cast<int64_t>(*count), 0);
}

SmallVector<Tensor> GraphImporter::importLoop(Scope &scope, const NodeProto &proto,
                                              ArrayRef<Tensor> inputs, Location location,
                                              unsigned index) {
  const GraphProto *graph = getGraph(proto, "body");
  size_t carried = inputs.size() < 2 ? 0 : inputs.size() - 2;
  if (!graph || inputs.size() < 2 || static_cast<size_t>(graph->input_size()) != carried + 2 ||
      graph->output_size() != proto.output_size() + 1 ||
      static_cast<size_t>(proto.output_size()) < carried) {
    report(location, "Loop: the body takes the iteration's number, the condition and the node's ",
           carried, " values, and gives the condition, those values, and what the loop collects");
    return {};
  }
  std::optional<int64_t> count = getTripCount(inputs);
  if (!count) {
    addUnsupported(proto, location, index,
                   "the number of iterations must be a constant, at most " +
                       std::to_string(kMaxIterations));
    return {};
  }
  Scope constants = openScope(scope, *graph, cast<NameLoc>(location).getName());
  defineConstants(constants, *graph);
  return unroll(constants, proto, *graph, inputs, *count, location, index);
}

SmallVector<Tensor> GraphImporter::unroll(Scope &constants, const NodeProto &proto,
                                          const GraphProto &graph, ArrayRef<Tensor> inputs,
                                          int64_t count, Location location, unsigned index) {
  Emitter emit(builder, location);
  SmallVector<Tensor> values(inputs.drop_front(2));
  SmallVector<SmallVector<Value>> collected(proto.output_size() - values.size());
  Value condition = inputs[1].value ? toScalar(emit, inputs[1].value, "the condition")
                                    : emit.splat({}, builder.getI1Type(), 1);
  for (int64_t i = 0; i < count && condition; ++i) {
    std::optional<bool> known = getConstantFlag(condition);
    if (known && !*known)
      break;
    if (!known && !collected.empty()) {
      addUnsupported(proto, location, index,
                     "how many values the loop collects depends on its condition");
      return {};
    }
    SmallVector<Tensor> operands{{emit.splat({}, builder.getI64Type(), static_cast<double>(i))},
                                 {emit.splat({}, builder.getI1Type(), 1)}};
    llvm::append_range(operands, values);
    std::string name = (cast<NameLoc>(location).getName().getValue() + "/" + llvm::Twine(i)).str();
    SmallVector<Tensor> results = importGraph(constants, graph, operands, location, name, index);
    Value next = toScalar(emit, results.front().value, "the body's condition");
    ArrayRef<Tensor> fresh = ArrayRef(results).slice(1, values.size());
    for (auto [list, result] :
         llvm::zip_equal(collected, ArrayRef(results).drop_front(1 + values.size())))
      list.push_back(result.value);
    values = known ? SmallVector<Tensor>(fresh)
                   : chooseResults(proto, emit, condition, fresh, values, index);
    // What has ended has ended.
    condition = known ? next : emit.select(condition, next, emit.splat({}, builder.getI1Type(), 0));
  }
  for (ArrayRef<Value> list : collected)
    values.push_back({stack(emit, list)});
  return values;
}

/// Along a new first dimension; null where one of the values is.
Value GraphImporter::stack(Emitter &emit, ArrayRef<Value> values) {
  SmallVector<Value> rows;
  for (Value value : values) {
    if (!value)
      return {};
    SmallVector<int64_t> shape{1};
    llvm::append_range(shape, getShape(value));
    rows.push_back(emit.reshape(value, shape));
  }
  return rows.empty() ? emit.reject("Loop: no iteration collects anything") : emit.concat(rows, 0);
}
