// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What this machine can do: `measure_machine THREADS` prints "peak FLOP/S", then for each place
// that data may be in, from the fastest, "NAME BYTES BYTES/S": what fits there for all threads
// together, and how fast they read it. `nnc bench --per-layer` and benchmarks/kernels compare with
// it.
#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <functional>
#include <thread>
#include <unistd.h>
#include <vector>

namespace {

#ifdef __AVX512F__
typedef float Vector __attribute__((vector_size(64)));
#elif defined(__AVX__)
typedef float Vector __attribute__((vector_size(32)));
#else
typedef float Vector __attribute__((vector_size(16)));
#endif
constexpr std::size_t kLanes = sizeof(Vector) / sizeof(float);
constexpr int kSums = 12; // hide the latency of additions, and leave registers for the factors
using Sums = Vector[kSums];

std::atomic<float> sink;

float addUp(const Sums &sums) {
  float total = 0;
  for (const Vector &sum : sums)
    total += sum[0];
  return total;
}

} // namespace

/// Independent multiply-adds on all registers, `count` times; how many operations they were. The
/// compiler knows nothing of the sums, which would all be the same, and does not keep an array of
/// them in registers. benchmarks/peak.py calls it too.
extern "C" double multiply(long count) {
  const Vector a = Vector{} + 0.5f, b = Vector{} + 0.25f;
  Vector s0{}, s1{}, s2{}, s3{}, s4{}, s5{}, s6{}, s7{}, s8{}, s9{}, s10{}, s11{};
  for (long i = 0; i < count; ++i) {
    s0 = s0 * a + b;
    s1 = s1 * a + b;
    s2 = s2 * a + b;
    s3 = s3 * a + b;
    s4 = s4 * a + b;
    s5 = s5 * a + b;
    s6 = s6 * a + b;
    s7 = s7 * a + b;
    s8 = s8 * a + b;
    s9 = s9 * a + b;
    s10 = s10 * a + b;
    s11 = s11 * a + b;
#ifdef __x86_64__
    asm volatile(""
                 : "+x"(s0), "+x"(s1), "+x"(s2), "+x"(s3), "+x"(s4), "+x"(s5), "+x"(s6), "+x"(s7),
                   "+x"(s8), "+x"(s9), "+x"(s10), "+x"(s11));
#else
    asm volatile(""
                 : "+w"(s0), "+w"(s1), "+w"(s2), "+w"(s3), "+w"(s4), "+w"(s5), "+w"(s6), "+w"(s7),
                   "+w"(s8), "+w"(s9), "+w"(s10), "+w"(s11));
#endif
  }
  const Sums sums = {s0, s1, s2, s3, s4, s5, s6, s7, s8, s9, s10, s11};
  sink = addUp(sums);
  return 2.0 * kSums * kLanes * static_cast<double>(count);
}

namespace {

constexpr long kCount = 300000;

/// Reads the data some times over; how many bytes that were.
double read(const std::vector<Vector> &data) {
  const long times =
      std::max<long>(1, (32 << 20) / static_cast<long>(data.size() * sizeof(Vector)));
  Sums sums = {};
  for (long i = 0; i < times; ++i) {
    for (std::size_t j = 0; j + kSums <= data.size(); j += kSums)
#pragma GCC unroll 12
      for (std::size_t k = 0; k < kSums; ++k)
        sums[k] += data[j + k];
    asm volatile("" ::: "memory");
  }
  sink = addUp(sums);
  return static_cast<double>(times) * static_cast<double>(data.size() * sizeof(Vector));
}

/// The largest sum of rates of all threads, of some attempts.
double measure(int threads, const std::function<double(int)> &work) {
  using Clock = std::chrono::steady_clock;
  std::atomic<int> waiting{threads};
  std::vector<double> best(static_cast<std::size_t>(threads));
  const auto body = [&](int thread) {
    --waiting;
    while (waiting > 0)
      std::this_thread::yield();
    for (int attempt = 0; attempt < 6; ++attempt) {
      const Clock::time_point begin = Clock::now();
      const double amount = work(thread);
      double &mine = best[static_cast<std::size_t>(thread)];
      mine = std::max(mine, amount / std::chrono::duration<double>(Clock::now() - begin).count());
    }
  };
  std::vector<std::thread> others;
  for (int thread = 1; thread < threads; ++thread)
    others.emplace_back(body, thread);
  body(0);
  for (std::thread &other : others)
    other.join();
  double sum = 0;
  for (double rate : best)
    sum += rate;
  return sum;
}

struct Place {
  const char *name;
  long bytes;
  bool isShared; // by the cores
};

long getCache(int name, long otherwise) {
  const long bytes = sysconf(name);
  return bytes > 0 ? bytes : otherwise;
}

} // namespace

int main(int argc, char **argv) {
  const int threads = argc > 1 ? std::max(1, std::atoi(argv[1])) : 1;
  std::printf("peak %g\n", measure(threads, [](int) { return multiply(kCount); }));
  // A virtual machine may name the sum of what all its host's cores have, so at most 32 MiB.
  const long last = std::min<long>(getCache(_SC_LEVEL3_CACHE_SIZE, 32 << 20), 32 << 20);
  const Place places[] = {{"L1", getCache(_SC_LEVEL1_DCACHE_SIZE, 32 << 10), false},
                          {"L2", getCache(_SC_LEVEL2_CACHE_SIZE, 1 << 20), false},
                          {"L3", last, true},
                          {"memory", 8 * last, true}};
  for (const Place &place : places) {
    const long share = place.bytes / (place.isShared ? threads : 1) / 2; // each thread's half
    std::vector<std::vector<Vector>> data(static_cast<std::size_t>(threads));
    for (std::vector<Vector> &mine : data)
      mine.resize(static_cast<std::size_t>(share) / sizeof(Vector));
    const double rate =
        measure(threads, [&](int thread) { return read(data[static_cast<std::size_t>(thread)]); });
    std::printf("%s %ld %g\n", place.name, place.isShared ? place.bytes : place.bytes * threads,
                rate);
  }
}
