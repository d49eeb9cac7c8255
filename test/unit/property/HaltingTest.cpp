// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Random blocks of units whose positions, or whole samples, halt by random scores: what is computed
// where they are active alone is what the choices mean.
#include "NetworkTest.h"

#include "lowering/Passes.h"
#include "lowering/Pipelines.h"

using namespace nnc;
using namespace nnc::test;

namespace {

class HaltingNetwork {
public:
  HaltingNetwork(unsigned seed, bool isSpatial) : writer(seed), isSpatial(isSpatial) {
    int64_t images = isSpatial ? writer.pick(1, 3) : 1;
    shape = {images, writer.pick(1, 9), writer.pick(2, 9), writer.pickFrom<int64_t>({1, 3, 8, 16})};
  }

  RandomNetwork make() {
    Tensor before;
    Tensor image = writer.addInput(shape);
    Shape scoreShape = isSpatial ? Shape{shape[0], shape[1], shape[2], 1} : Shape{1, 1, 1, 1};
    Tensor scores = writer.addInput(scoreShape);
    Tensor state = writeLayer(image), sum = writer.chance(50) ? state : writer.splat(shape, 0);
    for (int64_t units = writer.pick(1, 3); units > 0; --units) {
      Tensor mask = writeMask(scores);
      if (before.name.empty() || writer.chance(50))
        before = mask;
      else // what halted before has halted
        mask = before = writer.op("arith.andi " + before.name + ", " + mask.name + " : " +
                                      printType(mask.shape, "i1"),
                                  mask.shape);
      Tensor made = writeUnit(state);
      if (writer.chance(60))
        made = writer.elementwise("arith.addf", {made, state});
      bool isSecond = writer.chance(20); // the new one where the mask does not hold
      Tensor next = isSecond ? writeChoice(mask, state, made) : writeChoice(mask, made, state);
      if (writer.chance(50))
        sum = writeChoice(mask, writeWeighted(sum, next, scores), sum);
      if (writer.chance(30)) // who reads a state later must not find the next one
        sum = writer.elementwise("arith.addf", {sum, state});
      state = next;
    }
    return {writer.finish({state, sum}), {image.shape, scores.shape}};
  }

private:
  Tensor writeMask(const Tensor &scores) {
    float limit = writer.pickFrom<float>({-3, -0.7f, -0.2f, 0.3f, 0.8f, 3});
    Tensor threshold = writer.splat(scores.shape, limit);
    return writer.op("arith.cmpf ogt, " + scores.name + ", " + threshold.name + " : " +
                         scores.getType(),
                     scores.shape);
  }

  Tensor writeChoice(const Tensor &mask, const Tensor &made, const Tensor &old) {
    std::string condition = printType(made.shape, "i1");
    Tensor all = writer.op("nnc.broadcast " + mask.name + " : " + printType(mask.shape, "i1") +
                               " -> " + condition,
                           made.shape);
    return writer.op("arith.select " + all.name + ", " + made.name + ", " + old.name + " : " +
                         condition + ", " + made.getType(),
                     made.shape);
  }

  /// sum + score * state.
  Tensor writeWeighted(const Tensor &sum, const Tensor &state, const Tensor &scores) {
    Tensor weight = writer.broadcast(scores, shape);
    return writer.elementwise("arith.addf",
                              {sum, writer.elementwise("arith.mulf", {weight, state})});
  }

  Tensor writeUnit(Tensor x) {
    for (int64_t layers = writer.pick(1, 3); layers > 0; --layers) {
      if (writer.chance(50))
        x = applyActivation(writer, x);
      x = writeLayer(x);
    }
    return writer.chance(30) ? applySigmoid(writer, x) : x;
  }

  Tensor writeLayer(const Tensor &x) { return writer.chance(25) ? writeLinear(x) : writeConv(x); }

  Tensor writeConv(const Tensor &x) {
    int64_t channels = shape[3], size = writer.pickFrom<int64_t>({1, 3, 3, 5});
    int64_t step = size == 3 && writer.chance(20) ? 2 : 1, pad = size / 2 * step;
    bool isDepthwise = channels > 1 && writer.chance(20);
    Tensor filter = writer.constant({size, size, isDepthwise ? 1 : channels, channels}, -0.5, 0.5);
    std::string attributes =
        "{pads = array<i64: " + printList({pad, pad, pad, pad}) +
        ">, dilations = array<i64: " + printList({step, step}) + ">" +
        (isDepthwise ? ", groups = " + std::to_string(channels) + " : i64}" : "}");
    return writer.op("nnc.conv2d " + x.name + ", " + filter.name + " " + attributes + " : " +
                         x.getType() + ", " + filter.getType() + " -> " + printType(shape),
                     shape);
  }

  Tensor writeLinear(const Tensor &x) {
    int64_t channels = shape[3];
    Tensor rows = writer.reshape(x, {x.getCount() / channels, channels});
    Tensor weight = writer.constant({channels, channels}, -0.5, 0.5),
           bias = writer.constant({channels}, -1, 1);
    Tensor product = writer.op("nnc.linear " + rows.name + ", " + weight.name + " bias(" +
                                   bias.name + ") : " + rows.getType() + ", " + weight.getType() +
                                   ", " + bias.getType() + " -> " + rows.getType(),
                               rows.shape);
    return writer.reshape(product, shape);
  }

  NetworkWriter writer;
  bool isSpatial;
  Shape shape;
};

const Step kSteps[] = {
    {"nnc-form-active", [](auto &passes) { passes.addPass(createFormActive()); }},
    {"nnc-form-active=lists=true", [](auto &passes) { passes.addPass(createFormActive({true})); }},
    {"nnc-form-branches", [](auto &passes) { passes.addPass(createFormBranches()); }},
    {"nnc-standard=target=x86-64-v4",
     [](auto &passes) {
       buildStandardPipeline(passes, {llvm::cantFail(lookupMachine("x86-64-v4"))});
     }},
    {"nnc-standard=target=portable exact=true",
     [](auto &passes) {
       buildStandardPipeline(passes,
                             {llvm::cantFail(lookupMachine("portable")), 1, /*exact=*/true});
     }},
};

class Halting : public NetworkTest, public testing::WithParamInterface<unsigned> {};

TEST_P(Halting, KeepsWhatChoicesMean) {
  bool isSpatial = GetParam() % 4 != 0;
  ASSERT_NO_FATAL_FAILURE(setUpNetwork(GetParam(), HaltingNetwork(GetParam(), isSpatial).make()));
  mlir::OwningOpRef<mlir::ModuleOp> module = parse();
  expectKept(*module, kSteps);
}

/// The C++, which changes images in place, under the sanitizers of both compilers, against
/// everything computed.
class HaltingCode : public NetworkTest, public testing::WithParamInterface<unsigned> {};

TEST_P(HaltingCode, RunsCleanly) {
  bool isFirst = GetParam() % 2 == 0;
  Machine machine = llvm::cantFail(
      lookupMachine(isFirst && __builtin_cpu_supports("x86-64-v3") ? "x86-64-v3" : "portable"));
  ASSERT_NO_FATAL_FAILURE(
      setUpNetwork(GetParam(), HaltingNetwork(GetParam(), GetParam() % 3 != 0).make()));
  TemporaryFolder folder;
  ASSERT_NO_FATAL_FAILURE(writeNetworkPackage(machine, folder.getPath(), true));
  std::string compiler = isFirst ? NNC_GXX : NNC_CLANGXX;
  ASSERT_TRUE(runCommand("cd " + folder.getPath() + " && " + compiler + " -std=c++17 -O1 -g " +
                         machine.march.str() +
                         " -fsanitize=address,undefined -fno-sanitize-recover=all -Wall -Wextra "
                         "-Wconversion -pedantic -Werror net.cpp net_selftest.cpp -o net"));
  runCommand(folder.getPath() + "/net " + folder.getPath());
}

INSTANTIATE_TEST_SUITE_P(Network, HaltingCode, testing::ValuesIn(listNetworks(15000, 8)),
                         testing::PrintToStringParamName());
INSTANTIATE_TEST_SUITE_P(Network, Halting, testing::ValuesIn(listNetworks(14000, 24)),
                         testing::PrintToStringParamName());

} // namespace
