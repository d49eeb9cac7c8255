// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The C++ of random networks, compiled and run, computes what the reference computes: for each
// machine, and under the sanitizers of two compilers.
#include "NetworkTest.h"

#include <cstring>
#include <dlfcn.h>

using namespace nnc;
using namespace nnc::test;

namespace {

bool runsHere(const std::string &machine) {
  return machine == "portable" || (machine == "x86-64-v2" && __builtin_cpu_supports("x86-64-v2")) ||
         (machine == "x86-64-v3" && __builtin_cpu_supports("x86-64-v3")) ||
         (machine == "x86-64-v4" && __builtin_cpu_supports("x86-64-v4"));
}

/// Memory that notices writes behind its end; what it holds at first would spoil any result.
class GuardedMemory {
public:
  explicit GuardedMemory(size_t size)
      : size(size),
        bytes(static_cast<unsigned char *>(std::aligned_alloc(64, size / 64 * 64 + 128))) {
    std::memset(bytes.get(), 0xff, size / 64 * 64 + 128);
  }
  unsigned char *data() { return bytes.get(); }
  bool isGuardWhole() const {
    return std::all_of(bytes.get() + size, bytes.get() + size + 64,
                       [](unsigned char byte) { return byte == 0xff; });
  }

private:
  struct Free {
    void operator()(unsigned char *memory) const { std::free(memory); }
  };
  size_t size;
  std::unique_ptr<unsigned char, Free> bytes;
};

class GeneratedCode : public NetworkTest,
                      public testing::WithParamInterface<std::tuple<std::string, unsigned>> {
protected:
  /// Loads net.so of `folder` and runs it. Call with ASSERT_NO_FATAL_FAILURE.
  void run(const std::string &folder) {
    void *library = dlopen((folder + "/net.so").c_str(), RTLD_NOW | RTLD_LOCAL);
    ASSERT_NE(library, nullptr) << dlerror();
    using Run = int (*)(const void *const *, void *const *, void *);
    using GetSize = size_t (*)();
    auto runNetwork = reinterpret_cast<Run>(dlsym(library, "net_run"));
    auto getWorkspaceSize = reinterpret_cast<GetSize>(dlsym(library, "net_workspace_size"));
    ASSERT_TRUE(runNetwork && getWorkspaceSize);
    GuardedMemory workspace(getWorkspaceSize());
    std::vector<Buffer> copies = inputs;
    std::vector<const void *> sources;
    for (const Buffer &input : copies)
      sources.push_back(input.bytes.data());
    std::vector<GuardedMemory> memory;
    std::vector<void *> results;
    for (const Buffer &buffer : expected) {
      memory.emplace_back(buffer.bytes.size());
      results.push_back(memory.back().data());
    }
    ASSERT_EQ(runNetwork(sources.data(), results.data(), workspace.data()), 0);
    EXPECT_TRUE(workspace.isGuardWhole());
    outputs.clear();
    for (size_t i = 0; i < expected.size(); ++i) {
      EXPECT_TRUE(memory[i].isGuardWhole()) << "result " << i;
      auto *bytes = reinterpret_cast<const char *>(memory[i].data());
      outputs.push_back({expected[i].type, {bytes, bytes + expected[i].bytes.size()}});
    }
    for (size_t i = 0; i < inputs.size(); ++i)
      EXPECT_EQ(copies[i].bytes, inputs[i].bytes) << "input " << i << " has changed";
    dlclose(library);
  }

  std::vector<Buffer> outputs;
};

TEST_P(GeneratedCode, ComputesTheSame) {
  auto [target, number] = GetParam();
  if (!runsHere(target))
    GTEST_SKIP() << "this processor does not run " << target;
  Machine machine = llvm::cantFail(lookupMachine(target));
  ASSERT_NO_FATAL_FAILURE(setUpNetwork(number));
  TemporaryFolder folder;
  ASSERT_NO_FATAL_FAILURE(writeNetworkPackage(machine, folder.getPath(), false));
  ASSERT_TRUE(runCommand("cd " + folder.getPath() + " && " NNC_GXX " -std=c++17 " +
                         codegen::getCompilerFlags(machine) + " -shared -fPIC net.cpp -o net.so"));
  ASSERT_NO_FATAL_FAILURE(run(folder.getPath()));
  expectSame(outputs, 1e-4);
}

class SanitizedCode : public NetworkTest,
                      public testing::WithParamInterface<std::tuple<std::string, unsigned>> {};

TEST_P(SanitizedCode, RunsCleanly) {
  auto [compiler, number] = GetParam();
  Machine machine = llvm::cantFail(lookupMachine(number % 2 == 0 ? "x86-64-v3" : "portable"));
  if (!runsHere(machine.name.str()))
    GTEST_SKIP() << "this processor does not run " << machine.name.str();
  ASSERT_NO_FATAL_FAILURE(setUpNetwork(number));
  TemporaryFolder folder;
  ASSERT_NO_FATAL_FAILURE(writeNetworkPackage(machine, folder.getPath(), true));
  ASSERT_TRUE(runCommand("cd " + folder.getPath() + " && " + compiler + " -std=c++17 -O1 -g " +
                         machine.march.str() +
                         " -fsanitize=address,undefined -fno-sanitize-recover=all -Wall -Wextra "
                         "-Wconversion -pedantic -Werror net.cpp net_selftest.cpp -o net"));
  runCommand(folder.getPath() + "/net " + folder.getPath());
}

std::string nameCode(const testing::TestParamInfo<std::tuple<std::string, unsigned>> &info) {
  auto [kind, number] = info.param;
  std::string name = kind.substr(kind.rfind('/') + 1);
  std::replace_if(name.begin(), name.end(), [](char c) { return std::isalnum(c) == 0; }, '_');
  return name + "_" + std::to_string(number);
}

INSTANTIATE_TEST_SUITE_P(Network, GeneratedCode,
                         testing::Combine(testing::Values("portable", "x86-64-v2", "x86-64-v3",
                                                          "x86-64-v4"),
                                          testing::ValuesIn(listNetworks(100, 4))),
                         nameCode);
INSTANTIATE_TEST_SUITE_P(Network, SanitizedCode,
                         testing::Combine(testing::Values(NNC_GXX, NNC_CLANGXX),
                                          testing::ValuesIn(listNetworks(5006, 2))),
                         nameCode);

} // namespace
