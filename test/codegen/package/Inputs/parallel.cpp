// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The same model for one thread and for three, on all kinds of pools: the outputs have the same
// bits.
#include "one.h"
#include "three.h"

#include <cstdio>
#include <cstring>
#include <thread>
#include <vector>

namespace {

struct Outputs {
  std::vector<float> deep = std::vector<float>(14 * 14 * 128), classes = std::vector<float>(1000),
                     rows = std::vector<float>(3136 * 32);
};

std::vector<float> makeInput() {
  std::vector<float> input(56 * 56 * 32);
  unsigned state = 1;
  for (float &value : input) {
    state = state * 1664525u + 1013904223u;
    value = static_cast<float>(state >> 8) / 8388608.f - 1.f;
  }
  return input;
}

bool areSame(const std::vector<float> &a, const std::vector<float> &b) {
  return std::memcmp(a.data(), b.data(), a.size() * sizeof(float)) == 0;
}

/// The last task first, one after the other.
void runBackwards(void *, void (*task)(void *job, int index), void *job, int count) {
  for (int i = count; i-- > 0;)
    task(job, i);
}

/// A thread for each task; counts the jobs.
void runOnNewThreads(void *jobs, void (*task)(void *job, int index), void *job, int count) {
  ++*static_cast<int *>(jobs);
  std::vector<std::thread> threads;
  for (int i = 0; i < count; ++i)
    threads.emplace_back(task, job, i);
  for (std::thread &thread : threads)
    thread.join();
}

const std::vector<float> input = makeInput();
Outputs expected;

template <class Run> void compare(const char *what, const Run &run) {
  std::vector<unsigned char> workspace(three_workspace_size());
  Outputs outputs;
  const three::Model model(workspace.data());
  const int error =
      run(model, three::xSpan(input.data()), three::deepSpan(outputs.deep.data()),
          three::classesSpan(outputs.classes.data()), three::rowsSpan(outputs.rows.data()));
  const bool same = error == three_ok && areSame(outputs.deep, expected.deep) &&
                    areSame(outputs.classes, expected.classes) &&
                    areSame(outputs.rows, expected.rows);
  std::printf("%s: %s\n", what, same ? "same" : "different");
}

} // namespace

int main() {
  std::vector<unsigned char> workspace(one_workspace_size());
  if (one::Model(workspace.data())
          .run(one::xSpan(input.data()), one::deepSpan(expected.deep.data()),
               one::classesSpan(expected.classes.data()),
               one::rowsSpan(expected.rows.data())) != one_ok)
    return 1;
  const auto own = [](const three::Model &model, auto... spans) { return model.run(spans...); };
  const auto on = [](const three_threads *threads) {
    return [threads](const three::Model &model, auto... spans) {
      return model.runOn(threads, spans...);
    };
  };
  int jobs = 0;
  const three_threads backwards{runBackwards, nullptr}, fresh{runOnNewThreads, &jobs};
  for (int i = 0; i < 20; ++i)
    compare("own pool", own);
  compare("no pool", on(nullptr));
  compare("backwards", on(&backwards));
  compare("new threads", on(&fresh));
  std::printf("%s\n", jobs > 5 ? "many jobs" : "few jobs");
  std::thread other([&] { compare("both at once", own); });
  compare("both at once", own);
  other.join();
  return 0;
}
