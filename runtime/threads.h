// SPDX-License-Identifier: 0BSD
//
// The threads that share a run's work, as kernels see them.

#ifndef NNC_RUNTIME_THREADS_H
#define NNC_RUNTIME_THREADS_H

namespace nnc {

/// A pool: run(pool, task, job, count) calls task(job, i) for each i from 0 to count - 1, in any
/// order, on any threads, and returns when all calls have returned. Without run, the caller's
/// thread does everything.
struct Threads {
  void (*run)(void *pool, void (*task)(void *job, int index), void *job, int count);
  void *pool;
};

} // namespace nnc

#endif // NNC_RUNTIME_THREADS_H
