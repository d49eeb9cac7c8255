// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/Roofline.h"
#include "codegen/package/Package.h"
#include "codegen/package/Text.h"
#include "tools/nnc/TemporaryFolder.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Program.h"

#include <fstream>
#include <numeric>

using namespace llvm;

namespace nnc::tools {

static const struct {
  StringRef name, text;
} kProgram[] = {
#include "tools/nnc/MeasureMachine.inc"
};

const MemoryLevel &Roofs::findLevel(double bytes) const {
  auto found = find_if(levels, [&](const MemoryLevel &level) { return bytes <= level.bytes; });
  return found == levels.end() ? levels.back() : *found;
}

/// Runs a command; its output.
static Expected<std::string> readOutput(ArrayRef<StringRef> command, const std::string &path) {
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(path), StringRef(path)};
  std::string reason;
  int code = sys::ExecuteAndWait(command[0], command, std::nullopt, redirects, 0, 0, &reason);
  auto said = MemoryBuffer::getFile(path);
  std::string text = said ? (*said)->getBuffer().str() : "";
  if (code != 0)
    return createStringError("'" + command[0] + "': exit code " + Twine(code) + " " + reason +
                             "\n" + StringRef(text).take_front(2000));
  return text;
}

Expected<Roofs> readRoofs(StringRef text) {
  Roofs roofs{0, {}};
  for (StringRef line : split(text.trim(), '\n')) {
    SmallVector<StringRef> words;
    line.split(words, ' ');
    double bytes = 0, rate = 0;
    if (words.back().getAsDouble(rate) || !(rate > 0))
      return createStringError("measuring the machine: '" + line + "' ends with no rate");
    if (words.size() == 2 && words[0] == "peak")
      roofs.peak = rate;
    else if (words.size() == 3 && !words[1].getAsDouble(bytes))
      roofs.levels.push_back({words[0].str(), bytes, rate});
    else
      return createStringError("measuring the machine: '" + line + "' is neither peak nor level");
  }
  if (roofs.peak == 0 || roofs.levels.empty())
    return createStringError("measuring the machine: peak or levels are missing");
  return roofs;
}

Expected<Roofs> measureRoofs(const Machine &machine, const std::string &compiler, int64_t threads) {
  auto folder = TemporaryFolder::create();
  if (!folder)
    return folder.takeError();
  auto found = sys::findProgramByName(compiler);
  if (!found)
    return createStringError("the C++ compiler '" + compiler + "' is not to be found; set CXX");
  std::string source = (*folder)->getPath("measure_machine.cpp"),
              program = (*folder)->getPath("measure_machine"),
              output = (*folder)->getPath("output.txt"), flags = codegen::getCompilerFlags(machine),
              count = std::to_string(threads);
  std::ofstream(source) << kProgram[0].text.str();
  SmallVector<StringRef> build = {*found, "-std=c++17", "-pthread", "-ffp-contract=fast"};
  for (StringRef flag : split(flags, ' '))
    build.push_back(flag);
  build.append({source, "-o", program});
  if (auto said = readOutput(build, output); !said)
    return said.takeError();
  auto measured = readOutput({program, count}, output);
  if (!measured)
    return measured.takeError();
  return readRoofs(*measured);
}

/// What the launch reads of constants.
static double getConstantBytes(const codegen::Launch &launch) {
  double bytes = 0;
  for (const codegen::Address &input : launch.inputs)
    if (input.space == codegen::Address::Space::Constant)
      bytes += static_cast<double>(input.bytes);
  return bytes;
}

/// What a run touches.
static double getFootprint(const codegen::Program &program) {
  return std::accumulate(program.constants.begin(), program.constants.end(),
                         static_cast<double>(program.arenaBytes),
                         [](double sum, const codegen::Constant &constant) {
                           return sum + static_cast<double>(constant.bytes);
                         });
}

Roof findRoof(const Roofs &roofs, const codegen::Program &program, const codegen::Launch &launch) {
  double constants = getConstantBytes(launch), all = static_cast<double>(launch.getTraffic());
  const MemoryLevel &far = roofs.findLevel(std::max(all, getFootprint(program))),
                    &near = roofs.findLevel(all);
  double farSeconds = constants / far.bandwidth, nearSeconds = (all - constants) / near.bandwidth;
  double compute = static_cast<double>(launch.flops) / roofs.peak;
  if (compute >= farSeconds + nearSeconds)
    return {"compute", compute};
  return {farSeconds > nearSeconds ? far.name : near.name, farSeconds + nearSeconds};
}

static std::string printNumber(double number) { return formatv("{0:f1}", number).str(); }

/// Ten characters: one for each tenth of the roof.
static std::string printBar(double share) {
  size_t full = static_cast<size_t>(std::clamp(share * 10 + 0.5, 0.0, 10.0));
  return std::string(full, '#') + std::string(10 - full, '.');
}

void printRoofline(raw_ostream &os, const Roofs &roofs, const codegen::Program &program,
                   ArrayRef<double> seconds) {
  os << formatv("machine: {0:f1} GFLOP/s", roofs.peak / 1e9);
  for (const MemoryLevel &level : roofs.levels)
    os << formatv("; {0} {1:f1} GB/s", level.name, level.bandwidth / 1e9);
  constexpr const char *format =
      "{0,6} {1,10} {2,7} {3,9} {4,8} {5,8}  {6,-8} {7,7}  {8,-10}  {9,-12} {10}\n";
  os << "\n\n"
     << formatv(format, "launch", "us", "share", "GFLOP/s", "GB/s", "FLOP/B", "roof", "of roof", "",
                "class", "layers");
  double whole = std::accumulate(seconds.begin(), seconds.end(), 0.0), bound = 0;
  for (auto [index, launch] : enumerate(program.launches)) {
    double time = seconds[index], bytes = static_cast<double>(launch.getTraffic()),
           flops = static_cast<double>(launch.flops);
    Roof roof = findRoof(roofs, program, launch);
    bound += roof.seconds;
    os << formatv(format, index, formatv("{0:f2}", time * 1e6).str(),
                  printNumber(100 * time / whole) + "%", printNumber(flops / time / 1e9),
                  printNumber(bytes / time / 1e9), printNumber(flops / std::max(bytes, 1.0)),
                  roof.name, printNumber(100 * roof.seconds / time) + "%",
                  printBar(roof.seconds / time), codegen::toComment(launch.kernelClass),
                  codegen::toComment(launch.getTitle()));
  }
  os << formatv("\nall launches: {0:f1}% of their roofs\n", 100 * bound / whole);
}

} // namespace nnc::tools
