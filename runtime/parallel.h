// SPDX-License-Identifier: 0BSD
//
// The iterations of a loop on several threads, whoever owns the threads: a pool is asked to run a
// few tasks, and tasks take iterations until none is left. So a task that starts late or never
// overlaps another costs time, not correctness, and results do not depend on how many threads the
// pool has.

#ifndef NNC_RUNTIME_PARALLEL_H
#define NNC_RUNTIME_PARALLEL_H

#include "threads.h"
#include "vec.h"

#include <atomic>

namespace nnc {
namespace {

/// The iterations 0 to count - 1 in as many parts as there are tasks: each task begins with its own
/// part, so that neighbours stay on one core, and then helps the others.
template <int tasks> class SharedIterations {
public:
  explicit SharedIterations(Index count) noexcept {
    for (int part = 0; part < tasks; ++part) {
      parts[part].next.store(count * part / tasks, std::memory_order_relaxed);
      parts[part].end = count * (part + 1) / tasks;
    }
  }

  template <class Body> void take(int task, const Body &body) noexcept {
    for (int i = 0; i < tasks; ++i) {
      Part &part = parts[(task + i) % tasks];
      while (part.next.load(std::memory_order_relaxed) < part.end) {
        const Index iteration = part.next.fetch_add(1, std::memory_order_relaxed);
        if (iteration < part.end)
          body(iteration);
      }
    }
  }

private:
  struct alignas(64) Part { // a cache line: counting must not slow the other parts down
    std::atomic<Index> next;
    Index end;
  };
  Part parts[tasks];
};

/// Calls body(i, scratch of its own) for i from 0 to count - 1, in `tasks` tasks. `scratch` has
/// room for all tasks, `scratchBytes` each.
template <int tasks, class Body>
inline void forEach(const Threads &threads, Index count, unsigned char *scratch,
                    std::size_t scratchBytes, const Body &body) noexcept {
  struct Job {
    const Body &body;
    unsigned char *scratch;
    std::size_t scratchBytes;
    SharedIterations<tasks> iterations;
  } job{body, scratch, scratchBytes, SharedIterations<tasks>(count)};
  const auto task = [](void *data, int index) {
    Job &mine = *static_cast<Job *>(data);
    unsigned char *const own =
        mine.scratchBytes == 0 ? nullptr
                               : mine.scratch + static_cast<std::size_t>(index) * mine.scratchBytes;
    mine.iterations.take(index, [&](Index iteration) { mine.body(iteration, own); });
  };
  if (threads.run == nullptr)
    task(&job, 0);
  else
    threads.run(threads.pool, task, &job, tasks);
}

} // namespace
} // namespace nnc

#endif // NNC_RUNTIME_PARALLEL_H
