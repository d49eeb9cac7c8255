// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "runtime/parallel.h"
#include "runtime/pool.h"
#include "gtest/gtest.h"

#include <chrono>
#include <numeric>
#include <vector>

namespace {

using namespace nnc;

constexpr Threads nobody{nullptr, nullptr};

/// Runs the last task first, on the caller's thread.
void runBackwards(void *, void (*task)(void *job, int index), void *job, int count) {
  for (int i = count; i-- > 0;)
    task(job, i);
}

/// How often each iteration ran.
template <int tasks> std::vector<int> countIterations(const Threads &threads, int count) {
  std::vector<int> seen(static_cast<std::size_t>(count));
  forEach<tasks>(threads, count, nullptr, 0,
                 [&](Index i, unsigned char *) { ++seen[static_cast<std::size_t>(i)]; });
  return seen;
}

template <int tasks> void expectEachOnce(const Threads &threads) {
  for (int count : {0, 1, 2, 3, 7, 64, 1000})
    EXPECT_EQ(countIterations<tasks>(threads, count),
              std::vector<int>(static_cast<std::size_t>(count), 1))
        << tasks << " tasks";
}

TEST(Parallel, EachIterationRunsOnceOnAnyPool) {
  Pool<2> two;
  Pool<5> five;
  for (const Threads &threads : {nobody, Threads{runBackwards, nullptr},
                                 Threads{Pool<2>::run, &two}, Threads{Pool<5>::run, &five}}) {
    expectEachOnce<1>(threads);
    expectEachOnce<2>(threads);
    expectEachOnce<7>(threads);
  }
}

TEST(Parallel, WithoutAPoolIterationsRunInOrder) {
  std::vector<Index> order, sorted(20);
  std::iota(sorted.begin(), sorted.end(), 0);
  forEach<3>(nobody, 20, nullptr, 0, [&](Index i, unsigned char *) { order.push_back(i); });
  EXPECT_EQ(order, sorted);
}

TEST(Parallel, TasksHaveScratchMemoryOfTheirOwn) {
  Pool<4> pool;
  constexpr int bytes = 4096;
  std::vector<unsigned char> scratch(4 * bytes);
  std::atomic<int> disturbed{0};
  forEach<4>({Pool<4>::run, &pool}, 200, scratch.data(), bytes, [&](Index i, unsigned char *own) {
    const auto mark = static_cast<unsigned char>(i);
    std::fill(own, own + bytes, mark);
    for (int k = 0; k < bytes; ++k)
      disturbed += own[k] != mark;
  });
  EXPECT_EQ(disturbed.load(), 0);
}

TEST(Pool, RunsManyShortJobs) {
  Pool<3> pool;
  std::vector<long> values(64);
  for (int job = 0; job < 5000; ++job)
    forEach<3>({Pool<3>::run, &pool}, 64, nullptr, 0,
               [&](Index i, unsigned char *) { values[static_cast<std::size_t>(i)] += i; });
  for (std::size_t i = 0; i < values.size(); ++i)
    EXPECT_EQ(values[i], 5000 * static_cast<long>(i));
}

TEST(Pool, WakesThreadsThatFellAsleep) {
  Pool<2> pool;
  for (int job = 0; job < 5; ++job) {
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
    expectEachOnce<2>({Pool<2>::run, &pool});
  }
}

TEST(Pool, AJobInsideAJobRunsOnItsOwnThread) {
  Pool<3> pool;
  const Threads threads{Pool<3>::run, &pool};
  std::atomic<int> sum{0};
  forEach<3>(threads, 10, nullptr, 0, [&](Index, unsigned char *) {
    const std::thread::id outside = std::this_thread::get_id();
    forEach<3>(threads, 10, nullptr, 0, [&](Index i, unsigned char *) {
      sum += static_cast<int>(i) + (std::this_thread::get_id() == outside ? 0 : 1000);
    });
  });
  EXPECT_EQ(sum.load(), 450);
}

TEST(Pool, ServesCallersAtTheSameTime) {
  Pool<2> pool;
  const auto call = [&pool] {
    for (int job = 0; job < 200; ++job)
      expectEachOnce<2>({Pool<2>::run, &pool});
  };
  std::thread other(call);
  call();
  other.join();
}

} // namespace
