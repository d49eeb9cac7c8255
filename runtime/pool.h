// SPDX-License-Identifier: 0BSD
//
// The pool of threads that generated code uses unless its caller brings another.

#ifndef NNC_RUNTIME_POOL_H
#define NNC_RUNTIME_POOL_H

#include "threads.h"

#ifndef NNC_NO_POOL // for hosts that bring their own threads, or have none

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <mutex>
#include <system_error>
#include <thread>

namespace nnc {
namespace {

/// Tells the processor that this thread waits for another one.
inline void pauseThread() noexcept {
#if defined(__GNUC__) && (defined(__x86_64__) || defined(__i386__))
  __builtin_ia32_pause();
#elif defined(__GNUC__) && defined(__aarch64__)
  asm volatile("yield");
#endif
}

/// `threads` threads, the caller's among them, that run the tasks of one job at a time: a job that
/// comes meanwhile runs on its caller's thread alone. Threads wait awake for a short while, then
/// asleep.
template <int threads> class Pool {
public:
  Pool() {
    for (std::thread &worker : workers)
      start(worker);
  }
  Pool(const Pool &) = delete;
  Pool &operator=(const Pool &) = delete;
  ~Pool() {
    {
      const std::lock_guard<std::mutex> lock(mutex);
      isOver.store(true);
    }
    wake.notify_all();
    for (std::thread &worker : workers)
      if (worker.joinable())
        worker.join();
  }

  /// What nnc::Threads wants.
  static void run(void *pool, void (*task)(void *job, int index), void *job, int count) {
    static_cast<Pool *>(pool)->runTasks(task, job, count);
  }

private:
  using Task = void (*)(void *job, int index);

  /// A system without room for another thread gets fewer, and the same results.
  void start(std::thread &worker) {
#ifdef __cpp_exceptions
    try {
#endif
      worker = std::thread([this] { work(); });
#ifdef __cpp_exceptions
    } catch (const std::system_error &) {
    }
#endif
  }

  /// The state of a job in one word, so that a thread cannot take a task of a job that is gone:
  /// a serial number, how many tasks there are, how many have been taken.
  static std::uint64_t makeTicket(std::uint64_t serial, int count, int taken) noexcept {
    return serial << 32 | static_cast<std::uint64_t>(count) << 16 |
           static_cast<std::uint64_t>(taken);
  }
  static bool hasTask(std::uint64_t ticket) noexcept {
    return (ticket & 0xffff) < (ticket >> 16 & 0xffff);
  }

  void runTasks(Task newTask, void *newJob, int count) {
    if (isBusy.exchange(true, std::memory_order_acquire)) {
      for (int i = 0; i < count; ++i)
        newTask(newJob, i);
      return;
    }
    task = newTask;
    job = newJob;
    finished.store(0, std::memory_order_relaxed);
    serial = (serial + 1) & 0xffffffff;
    ticket.store(makeTicket(serial, count, 0));
    if (sleepers.load() > 0) {
      {
        const std::lock_guard<std::mutex> lock(mutex);
      }
      wake.notify_all();
    }
    // Tasks that nobody has taken in the meantime cost nothing: their iterations are gone.
    while (takeTask()) {
    }
    for (int rounds = 0; finished.load(std::memory_order_acquire) < count; ++rounds)
      if (rounds < kPatience)
        pauseThread();
      else
        std::this_thread::yield();
    isBusy.store(false, std::memory_order_release);
  }

  /// Runs one task of the job at hand; false if none is left.
  bool takeTask() {
    std::uint64_t seen = ticket.load(std::memory_order_acquire);
    while (hasTask(seen))
      if (ticket.compare_exchange_weak(seen, seen + 1, std::memory_order_acq_rel)) {
        task(job, static_cast<int>(seen & 0xffff));
        finished.fetch_add(1, std::memory_order_release);
        return true;
      }
    return false;
  }

  void work() {
    while (!isOver.load())
      if (!takeTask() && !waitAwake())
        sleep();
  }

  /// Whether something happened within a short while.
  bool waitAwake() const noexcept {
    for (int rounds = 0; rounds < kPatience; ++rounds) {
      if (hasTask(ticket.load(std::memory_order_relaxed)) || isOver.load(std::memory_order_relaxed))
        return true;
      pauseThread();
    }
    return false;
  }

  void sleep() {
    std::unique_lock<std::mutex> lock(mutex);
    sleepers.fetch_add(1);
    wake.wait(lock, [this] { return hasTask(ticket.load()) || isOver.load(); });
    sleepers.fetch_sub(1);
  }

  static constexpr int kPatience = 4000; // pauses, each some tens of cycles

  std::atomic<std::uint64_t> ticket{0};
  std::atomic<int> finished{0};
  std::atomic<int> sleepers{0};
  std::atomic<bool> isBusy{false};
  std::atomic<bool> isOver{false};
  std::uint64_t serial = 0;
  Task task = nullptr;
  void *job = nullptr;
  std::mutex mutex;
  std::condition_variable wake;
  std::thread workers[threads - 1];
};

} // namespace
} // namespace nnc

#endif // NNC_NO_POOL
#endif // NNC_RUNTIME_POOL_H
