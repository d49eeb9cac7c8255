// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Recurrent layers with zeros as variational dropout leaves them (units that nothing reads, inputs
// that no gate reads, gates without weights) compute the same without these.
#include "NetworkTest.h"

#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"
#include "lowering/Pipelines.h"

#include "mlir/Dialect/Func/IR/FuncOps.h"

using namespace nnc;
using namespace nnc::test;

namespace {

constexpr int64_t kGates = 4;

/// An LSTM between two linear layers.
class RecurrentNetwork {
public:
  explicit RecurrentNetwork(unsigned seed) : writer(seed) {
    steps = writer.pick(1, 6), batch = writer.pick(1, 3);
    inputs = writer.pick(1, 9), units = writer.pick(1, 40), outputs = writer.pick(1, 4);
    for (int64_t unit = 0; unit < units; ++unit)
      isRead.push_back(writer.chance(60));
    for (int64_t input = 0; input < inputs; ++input)
      isInputRead.push_back(writer.chance(70));
    for (int64_t gate = 0; gate < kGates * units; ++gate)
      hasWeights.push_back(writer.chance(80));
    density = writer.pickFrom<int64_t>({0, 5, 30, 100});
  }

  RandomNetwork make() {
    Tensor x = writer.addInput({steps * batch, inputs});
    Tensor gates = writeLinear(x, writeInputWeights(), writer.constant({kGates * units}, -1, 1));
    gates = writer.reshape(gates, {steps, batch, kGates, units});
    Tensor states = writeLstm(gates);
    return {writer.finish({writeHead(states)}), {x.shape}};
  }

private:
  float pickWeight(bool isThere) {
    return isThere && writer.chance(density) ? writer.pickFloat(-1, 1) : 0;
  }

  Tensor writeInputWeights() {
    std::vector<float> numbers;
    for (int64_t input = 0; input < inputs; ++input)
      for (int64_t gate = 0; gate < kGates * units; ++gate)
        numbers.push_back(pickWeight(isInputRead[input] && hasWeights[gate]));
    return writer.constant({inputs, kGates * units}, numbers);
  }

  /// A unit that is not read may read itself.
  Tensor writeRecurrentWeights() {
    std::vector<float> numbers;
    for (int64_t unit = 0; unit < units; ++unit)
      for (int64_t gate = 0; gate < kGates * units; ++gate)
        numbers.push_back(pickWeight((isRead[unit] || gate % units == unit) && hasWeights[gate]));
    return writer.constant({units, kGates, units}, numbers);
  }

  Tensor writeLinear(const Tensor &x, const Tensor &weight, const Tensor &bias) {
    Shape shape{x.shape[0], weight.shape[1]};
    return writer.op("nnc.linear " + x.name + ", " + weight.name + " bias(" + bias.name +
                         ") : " + x.getType() + ", " + weight.getType() + ", " + bias.getType() +
                         " -> " + printType(shape),
                     shape);
  }

  Tensor writeLstm(const Tensor &gates) {
    Tensor recurrent = writeRecurrentWeights();
    Shape initialShape{2, batch, units}, shape{steps, 2, batch, units};
    Tensor initial =
        writer.chance(50) ? writer.splat(initialShape, 0) : writer.constant(initialShape, -1, 1);
    std::string sigmoid = writer.pickFrom<std::string>({"sigmoid", "hard_sigmoid"}),
                alpha = writer.pickFrom<std::string>({"0.2", "0.16666667"});
    std::string attributes = "{activations = [\"" + sigmoid +
                             "\", \"tanh\", \"tanh\"], alpha = " + "array<f32: " + alpha +
                             ", 0.2, 0.2>" + (writer.chance(30) ? ", reverse}" : "}");
    return writer.op("nnc.lstm " + gates.name + " recurrent(" + recurrent.name + ") initial(" +
                         initial.name + ") " + attributes + " : " + gates.getType() + ", " +
                         recurrent.getType() + ", " + initial.getType() + " -> " + printType(shape),
                     shape);
  }

  /// A layer on the hidden state after all steps, or after the last one.
  Tensor writeHead(const Tensor &states) {
    int64_t first = writer.chance(50) ? steps - 1 : 0, count = steps - first;
    Shape shape{count, 1, batch, units};
    Tensor hidden = writer.op(
        "tensor.extract_slice " + states.name + "[" + printList({first, 0, 0, 0}) + "] [" +
            printList(shape) + "] [1, 1, 1, 1] : " + states.getType() + " to " + printType(shape),
        shape);
    std::vector<float> numbers;
    for (int64_t unit = 0; unit < units; ++unit)
      for (int64_t output = 0; output < outputs; ++output)
        numbers.push_back(isRead[unit] ? writer.pickFloat(-1, 1) : 0);
    return writeLinear(writer.reshape(hidden, {count * batch, units}),
                       writer.constant({units, outputs}, numbers),
                       writer.constant({outputs}, -1, 1));
  }

  NetworkWriter writer;
  int64_t steps, batch, inputs, units, outputs;
  /// Of 100 weights that may be there.
  int64_t density;
  std::vector<bool> isRead, isInputRead, hasWeights;
};

class Recurrence : public NetworkTest, public testing::WithParamInterface<unsigned> {
protected:
  void expectSameAfter(llvm::function_ref<void(mlir::OpPassManager &)> build) {
    mlir::OwningOpRef<mlir::ModuleOp> module = parse();
    mlir::PassManager passes(&context);
    build(passes);
    ASSERT_TRUE(mlir::succeeded(passes.run(*module))) << network.text.substr(0, 4000);
    ASSERT_NO_FATAL_FAILURE(expectSame(runReference(*module), 1e-5));
  }
};

TEST_P(Recurrence, KeepsWhatIsComputedWithoutZeros) {
  ASSERT_NO_FATAL_FAILURE(setUpNetwork(GetParam(), RecurrentNetwork(GetParam()).make()));
  expectSameAfter([](auto &passes) {
    passes.template addNestedPass<mlir::func::FuncOp>(createCompactRecurrences());
  });
  expectSameAfter([](auto &passes) {
    buildSimplifiedModel(passes);
    passes.addPass(createMarkSparse());
    passes.addPass(createSparsifyRecurrences());
    passes.addPass(createFormSparse());
  });
  expectSameAfter([](auto &passes) {
    buildStandardPipeline(passes, {llvm::cantFail(lookupMachine("x86-64-v4"))});
  });
}

INSTANTIATE_TEST_SUITE_P(Network, Recurrence, testing::ValuesIn(listNetworks(11000, 32)),
                         testing::PrintToStringParamName());

} // namespace
