// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Printed kernels compile without a warning and give what Halide's own compiler gives.

#include "CompiledKernels.h"
#include "gtest/gtest.h"

namespace nnc::cpp {
namespace {

/// Compiles once for all cases, runs every case.
void checkAll(const Compiler &compiler) {
  KernelLibrary library(compiler);
  ASSERT_TRUE(library.isLoaded());
  for (size_t i = 0; i < allCases().size(); ++i) {
    SCOPED_TRACE(allCases()[i].name);
    library.check(i);
  }
}

TEST(KernelExecution, GccNative) { checkAll({"gcc", NNC_GXX, "-O2 -march=native", 64}); }

TEST(KernelExecution, ClangNative) {
  // clang 22.1.8 crashes where it makes divisions of integers products of 52 bits (-mavx512ifma,
  // Ice Lake and later), which is in none of the levels that packages are built for.
  checkAll({"clang", NNC_CLANGXX, "-O2 -march=native -mno-avx512ifma", 64});
}

TEST(KernelExecution, GccSmallRegisters) { checkAll({"gcc_small", NNC_GXX, "-O1", 16}); }

TEST(KernelExecution, GccVectorsWiderThanRegisters) {
  checkAll({"gcc_wide", NNC_GXX, "-O1", 1024});
}

TEST(KernelExecution, WithoutVectorExtension) {
  checkAll({"arrays", NNC_CLANGXX, "-O1 -DNNC_NO_VECTOR_EXTENSION", 32});
}

TEST(KernelExecution, SanitizersFindNothing) {
  std::string main = "#include <vector>\n#include <new>\nint main() {\n";
  for (size_t i = 0; i < allCases().size(); ++i) {
    const KernelCase &kernel = allCases()[i];
    std::string pointers;
    std::vector<Halide::Buffer<>> buffers = kernel.inputData;
    buffers.insert(buffers.end(), kernel.expected.begin(), kernel.expected.end());
    for (const Halide::Buffer<> &buffer : buffers)
      pointers += "std::vector<char>(" + std::to_string(buffer.size_in_bytes()) + "), ";
    main += "  {\n    std::vector<char> buffers[] = {" + pointers + "};\n";
    main += "    std::vector<void *> arguments;\n";
    main += "    for (auto &buffer : buffers)\n      arguments.push_back(buffer.data());\n";
    main += "    auto *scratch = static_cast<unsigned char *>(::operator new(" +
            std::to_string(allKernels()[i].scratchBytes) + ", std::align_val_t{64}));\n";
    main += "    run_" + kernel.name + "(arguments.data(), scratch);\n";
    main += "    ::operator delete(scratch, std::align_val_t{64});\n  }\n";
  }
  std::string flags = "-O1 -fsanitize=address,undefined -fno-sanitize-recover=all";
  std::string program = compile({"sanitized", NNC_CLANGXX, flags, 64}, main + "}\n");
  ASSERT_FALSE(program.empty());
  // NOLINTNEXTLINE(bugprone-command-processor): it is a path of ours
  EXPECT_EQ(std::system(program.c_str()), 0);
  std::remove(program.c_str());
}

} // namespace
} // namespace nnc::cpp
