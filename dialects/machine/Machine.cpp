// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "dialects/machine/Machine.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/SmallVectorExtras.h"
#include "llvm/ADT/StringExtras.h"

using namespace llvm;

namespace nnc {

static constexpr StringLiteral kX86Variants[] = {"x86-64-v2", "x86-64-v3", "x86-64-v4"};

static constexpr Machine kMachines[] = {
    {"portable", "", 16, 16, false, "x86-64-linux", 32768, 262144,
     "any processor with a C++17 compiler"},
    // The numbers are its least variant's.
    {"x86-64", "", 16, 16, false, "x86-64-linux-sse41", 32768, 262144,
     "x86-64-v2, v3 and v4 in one file, chosen when it runs", "", 0, kX86Variants},
    {"x86-64-v2", "-march=x86-64-v2", 16, 16, false, "x86-64-linux-sse41", 32768, 262144,
     "x86 with SSE4.2, from 2009", "sse4.2,popcnt", 2},
    {"x86-64-v3", "-march=x86-64-v3", 32, 16, true, "x86-64-linux-sse41-avx-f16c-fma-avx2", 32768,
     262144, "x86 with AVX2 and FMA, from 2013 (Intel) and 2015 (AMD)", "avx2,fma,bmi,bmi2", 3},
    {"x86-64-v4", "-march=x86-64-v4", 64, 32, true,
     "x86-64-linux-sse41-avx-f16c-fma-avx2-avx512-avx512_skylake", 32768, 1048576,
     "x86 with AVX-512, from 2017 (Intel) and 2022 (AMD)",
     "avx2,fma,bmi,bmi2,avx512f,avx512bw,avx512cd,avx512dq,avx512vl", 4},
    {"armv8", "-march=armv8-a", 16, 24, true, "arm-64-linux", 32768, 262144,
     "64-bit ARM with NEON, from 2013"},
};

ArrayRef<Machine> listMachines() { return kMachines; }

StringRef getNativeMachineName() {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_supports("x86-64-v4"))
    return "x86-64-v4";
  if (__builtin_cpu_supports("x86-64-v3"))
    return "x86-64-v3";
  if (__builtin_cpu_supports("x86-64-v2"))
    return "x86-64-v2";
#elif defined(__aarch64__)
  return "armv8";
#endif
  return "portable";
}

/// Measured on Emerald Rapids, which is not slowed down by a cure for leaks through gathers.
static void setHostCosts(Machine &machine) {
#if defined(__x86_64__)
  __builtin_cpu_init();
  if (__builtin_cpu_is("intel"))
    machine.gatherCost = 20, machine.farWeightCost = 12, machine.straightLineCost = 36;
#endif
}

Expected<Machine> lookupMachine(StringRef name) {
  StringRef wanted = name == "native" ? getNativeMachineName() : name;
  const Machine *found = find_if(kMachines, [&](const Machine &m) { return m.name == wanted; });
  if (found != std::end(kMachines)) {
    Machine machine = *found;
    if (name == "native")
      setHostCosts(machine);
    return machine;
  }
  auto names = map_range(kMachines, [](const Machine &m) { return m.name.str(); });
  return createStringError("unknown target '" + name + "'; known are native, " + join(names, ", "));
}

SmallVector<Machine> listVariants(const Machine &machine) {
  if (machine.variants.empty())
    return {machine};
  return map_to_vector(machine.variants,
                       [](StringRef name) { return cantFail(lookupMachine(name)); });
}

} // namespace nnc
