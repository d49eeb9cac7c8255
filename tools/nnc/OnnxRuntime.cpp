// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/OnnxRuntime.h"

#include "llvm/ADT/STLExtras.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"

#include <csignal>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

using namespace llvm;

namespace nnc::tools {

static const struct {
  StringRef name, text;
} kScript[] = {
#include "tools/nnc/BenchScript.inc"
};

static std::vector<std::string> listPythons() {
  std::vector<std::string> candidates = {NNC_BUILD_PYTHON, "python3"};
  if (std::optional<std::string> chosen = sys::Process::GetEnv("NNC_PYTHON"))
    candidates.insert(candidates.begin(), *chosen);
  std::vector<std::string> found;
  for (const std::string &candidate : candidates)
    if (auto path = sys::findProgramByName(candidate))
      found.push_back(*path);
  return found;
}

Expected<std::unique_ptr<OnnxRuntime>> OnnxRuntime::start(StringRef model, StringRef inputs,
                                                          unsigned threads) {
  signal(SIGPIPE, SIG_IGN); // a process that ended is an empty answer
  std::string reason = "there is no Python";
  for (const std::string &python : listPythons()) {
    std::unique_ptr<OnnxRuntime> runtime(new OnnxRuntime());
    if (runtime->spawn(python, {python, "-c", kScript[0].text.str(), model.str(), inputs.str(),
                                std::to_string(threads)}))
      return std::move(runtime);
    reason = runtime->version;
  }
  return createStringError(reason);
}

bool OnnxRuntime::spawn(const std::string &python, const std::vector<std::string> &arguments) {
  int input[2], output[2];
  if (pipe(input) != 0 || pipe(output) != 0)
    return false;
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_adddup2(&actions, input[0], STDIN_FILENO);
  posix_spawn_file_actions_adddup2(&actions, output[1], STDOUT_FILENO);
  for (int descriptor : {input[0], input[1], output[0], output[1]})
    posix_spawn_file_actions_addclose(&actions, descriptor);
  std::vector<char *> pointers;
  for (const std::string &argument : arguments)
    pointers.push_back(const_cast<char *>(argument.c_str()));
  pointers.push_back(nullptr);
  if (posix_spawn(&process, python.c_str(), &actions, nullptr, pointers.data(), environ) != 0)
    process = -1;
  posix_spawn_file_actions_destroy(&actions);
  close(input[0]);
  close(output[1]);
  toProcess = fdopen(input[1], "w");
  fromProcess = fdopen(output[0], "r");
  auto [word, rest] = StringRef(version = readLine()).split(' ');
  bool isReady = word == "ready";
  version = rest.str();
  return isReady;
}

std::string OnnxRuntime::readLine() {
  std::string line;
  for (int c = std::fgetc(fromProcess); c != EOF && c != '\n'; c = std::fgetc(fromProcess))
    line += static_cast<char>(c);
  return line;
}

std::vector<double> OnnxRuntime::run(unsigned count) {
  std::fprintf(toProcess, "%u\n", count);
  std::fflush(toProcess);
  std::string line = readLine();
  std::vector<double> seconds;
  for (StringRef word : split(StringRef(line), ' '))
    if (double value = 0; !word.getAsDouble(value))
      seconds.push_back(value);
  return seconds;
}

OnnxRuntime::~OnnxRuntime() {
  if (toProcess)
    std::fclose(toProcess);
  if (fromProcess)
    std::fclose(fromProcess);
  if (process > 0)
    waitpid(process, nullptr, 0);
}

} // namespace nnc::tools
