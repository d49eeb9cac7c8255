// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "NetworkTest.h"

#include "codegen/halide/GenerateKernels.h"
#include "dialects/halide/Halide.h"
#include "dialects/nnc/Nnc.h"
#include "lowering/Passes.h"
#include "lowering/Pipelines.h"

#include "mlir/Dialect/MemRef/IR/MemRef.h"
#include "mlir/Parser/Parser.h"

#include <cmath>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

namespace nnc::test {
namespace {

unsigned readEnvironment(const char *name, unsigned otherwise) {
  const char *text = std::getenv(name); // NOLINT(concurrency-mt-unsafe)
  return text ? static_cast<unsigned>(std::strtoul(text, nullptr, 10)) : otherwise;
}

double getLargest(llvm::ArrayRef<float> numbers) {
  double largest = 0;
  for (float number : numbers)
    largest = std::max(largest, std::fabs(static_cast<double>(number)));
  return largest;
}

std::vector<std::vector<char>> getBytes(llvm::ArrayRef<Buffer> buffers) {
  std::vector<std::vector<char>> bytes;
  for (const Buffer &buffer : buffers)
    bytes.push_back(buffer.bytes);
  return bytes;
}

/// The network as a person reads it: constants are shortened.
std::string printShort(mlir::ModuleOp module) {
  std::string text;
  llvm::raw_string_ostream stream(text);
  module->print(stream, mlir::OpPrintingFlags().elideLargeElementsAttrs(8));
  return text;
}

} // namespace

std::vector<unsigned> listNetworks(unsigned first, unsigned count) {
  first = readEnvironment("NNC_PROPERTY_FIRST", first);
  count = readEnvironment("NNC_PROPERTY_COUNT", count);
  std::vector<unsigned> numbers;
  for (unsigned i = 0; i < count; ++i)
    numbers.push_back(first + i);
  return numbers;
}

NetworkTest::NetworkTest() : context(mlir::MLIRContext::Threading::DISABLED) {
  mlir::DialectRegistry registry;
  registerReferenceDialects(registry);
  registry.insert<NncDialect, halide::HalideDialect, mlir::memref::MemRefDialect>();
  context.appendDialectRegistry(registry);
}

void NetworkTest::setUpNetwork(unsigned number) { setUpNetwork(number, makeRandomNetwork(number)); }

void NetworkTest::setUpNetwork(unsigned number, RandomNetwork made) {
  network = std::move(made);
  mlir::OwningOpRef<mlir::ModuleOp> module = parse();
  ASSERT_TRUE(module) << network.text.substr(0, 10000);
  RecordProperty("network", printShort(*module));
  NetworkWriter random(number + 1);
  for (const Shape &shape : network.inputs) {
    std::vector<float> numbers;
    for (int64_t i = 0, count = Tensor{"", shape}.getCount(); i < count; ++i)
      numbers.push_back(random.pickFloat(-1, 1));
    auto type = mlir::RankedTensorType::get(shape, mlir::Float32Type::get(&context));
    inputs.push_back(Buffer::copyOf<float>(type, numbers));
  }
  expected = runReference(*module);
  ASSERT_FALSE(expected.empty());
  for (const Buffer &buffer : expected)
    ASSERT_LT(getLargest(buffer.as<float>()), 1e6) << printShort(*module);
}

mlir::OwningOpRef<mlir::ModuleOp> NetworkTest::parse() {
  return mlir::parseSourceString<mlir::ModuleOp>(network.text, &context);
}

std::vector<Buffer> NetworkTest::runReference(mlir::ModuleOp module) {
  auto engine = ReferenceEngine::create(module);
  if (!engine) {
    ADD_FAILURE() << llvm::toString(engine.takeError()) << printShort(module);
    return {};
  }
  auto outputs = (*engine)->run(inputs);
  if (!outputs) {
    ADD_FAILURE() << llvm::toString(outputs.takeError());
    return {};
  }
  return std::move(*outputs);
}

void NetworkTest::runPasses(mlir::ModuleOp module, void (*build)(mlir::OpPassManager &)) {
  mlir::PassManager passes(&context);
  build(passes);
  ASSERT_TRUE(mlir::succeeded(passes.run(module))) << network.text.substr(0, 4000);
}

void NetworkTest::expectKept(mlir::ModuleOp module, llvm::ArrayRef<Step> steps) {
  for (const Step &step : steps) {
    SCOPED_TRACE(step.name);
    mlir::OwningOpRef<mlir::ModuleOp> copy = module.clone();
    ASSERT_NO_FATAL_FAILURE(runPasses(*copy, step.build));
    ASSERT_NO_FATAL_FAILURE(expectSame(runReference(*copy), 1e-5));
  }
}

void NetworkTest::expectSame(llvm::ArrayRef<Buffer> actual, double tolerance) {
  ASSERT_EQ(actual.size(), expected.size());
  for (size_t i = 0; i < expected.size(); ++i) {
    llvm::ArrayRef<float> want = expected[i].as<float>(), got = actual[i].as<float>();
    ASSERT_EQ(got.size(), want.size());
    double bound = tolerance * std::max(getLargest(want), 1e-2);
    for (size_t k = 0; k < want.size(); ++k)
      ASSERT_LE(std::fabs(static_cast<double>(got[k]) - want[k]), bound)
          << "result " << i << ", element " << k << ": " << got[k] << ", expected " << want[k]
          << "\n"
          << printShort(*parse());
  }
}

void NetworkTest::writeNetworkPackage(const Machine &machine, const std::string &folder,
                                      bool withSelfTest) {
  mlir::OwningOpRef<mlir::ModuleOp> module = parse();
  std::string text = printShort(*module);
  mlir::PassManager passes(&context);
  StandardPipelineOptions pipeline{machine};
  // What the cost model seldom chooses for networks as small as these.
  pipeline.rowsAbove = 0;
  pipeline.trainsAsWritten = true;
  buildStandardPipeline(passes, pipeline);
  ASSERT_TRUE(mlir::succeeded(passes.run(*module))) << text;
  auto kernels = codegen::generateKernels(*module, machine);
  ASSERT_TRUE(mlir::succeeded(kernels)) << text << printShort(*module);
  mlir::PassManager plan(&context);
  plan.addPass(createPlanProgram());
  ASSERT_TRUE(mlir::succeeded(plan.run(*module))) << text << printShort(*module);
  codegen::PackageOptions options{"net", machine, codegen::WeightsForm::Embed, "", std::nullopt,
                                  1e-5,  1e-4};
  if (withSelfTest)
    options.test = codegen::TestData{getBytes(inputs), getBytes(expected)};
  ASSERT_TRUE(mlir::succeeded(
      codegen::writePackage({codegen::PlannedModule{machine, *module, *kernels}}, options, folder)))
      << text;
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = testing::TempDir() + "/nnc_property_XXXXXX";
  path = mkdtemp(pattern.data());
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!std::getenv("NNC_PROPERTY_KEEP")) // NOLINT(concurrency-mt-unsafe)
    std::filesystem::remove_all(path, ignored);
}

bool runCommand(const std::string &command) {
  TemporaryFolder folder;
  std::string log = folder.getPath() + "/log";
  // NOLINTNEXTLINE(bugprone-command-processor): a compiler is given by its command line
  bool isGood = std::system(("( " + command + " ) > " + log + " 2>&1").c_str()) == 0;
  std::stringstream text;
  text << std::ifstream(log).rdbuf();
  if (!isGood)
    ADD_FAILURE() << command << "\n" << text.str();
  return isGood;
}

} // namespace nnc::test
