// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Running random networks: by the reference, and as generated C++.
//
// NNC_PROPERTY_FIRST and NNC_PROPERTY_COUNT choose other networks, and more of them, than a test
// runs by default. NNC_PROPERTY_KEEP leaves the generated code where it was made.
#ifndef TEST_UNIT_PROPERTY_NETWORKTEST_H
#define TEST_UNIT_PROPERTY_NETWORKTEST_H

#include "RandomNetwork.h"

#include "codegen/package/Package.h"
#include "lowering/reference/ReferenceEngine.h"

#include "mlir/IR/MLIRContext.h"
#include "mlir/IR/OwningOpRef.h"
#include "mlir/Pass/PassManager.h"
#include <gtest/gtest.h>

#include <functional>

namespace nnc::test {

/// The numbers of the networks to test: `count` from `first` on, unless the environment says
/// otherwise.
std::vector<unsigned> listNetworks(unsigned first, unsigned count);

/// Passes, by name.
struct Step {
  const char *name;
  void (*build)(mlir::OpPassManager &passes);
};

/// A test on one random network.
class NetworkTest : public testing::Test {
protected:
  NetworkTest();

  /// Makes the network of that number, its input data, and what the reference computes from it.
  /// Call with ASSERT_NO_FATAL_FAILURE.
  void setUpNetwork(unsigned number);
  /// The same with a network that the caller made from that number.
  void setUpNetwork(unsigned number, RandomNetwork made);

  /// A copy of the network.
  mlir::OwningOpRef<mlir::ModuleOp> parse();

  /// What the reference computes; none if it fails, which is a failure of the test.
  std::vector<Buffer> runReference(mlir::ModuleOp module);

  /// Runs the passes that `build` adds. Call with ASSERT_NO_FATAL_FAILURE.
  void runPasses(mlir::ModuleOp module, void (*build)(mlir::OpPassManager &));

  /// Expects that each step, on a copy of `module`, keeps what is expected but for rounding.
  void expectKept(mlir::ModuleOp module, llvm::ArrayRef<Step> steps);

  /// Expects each element within `tolerance` times the largest of its tensor.
  void expectSame(llvm::ArrayRef<Buffer> actual, double tolerance);

  /// Compiles the network for `machine` into a package of C++ in `folder`: net.cpp, which holds the
  /// weights too, and the self-test if wanted.
  void writeNetworkPackage(const Machine &machine, const std::string &folder, bool withSelfTest);

  mlir::MLIRContext context;
  RandomNetwork network;
  std::vector<Buffer> inputs, expected;
};

/// A folder for one test, which vanishes with it.
class TemporaryFolder {
public:
  TemporaryFolder();
  ~TemporaryFolder();
  const std::string &getPath() const { return path; }

private:
  std::string path;
};

/// Runs a command line; its output is the failure's message. Returns whether it succeeded.
bool runCommand(const std::string &command);

} // namespace nnc::test

#endif // TEST_UNIT_PROPERTY_NETWORKTEST_H
