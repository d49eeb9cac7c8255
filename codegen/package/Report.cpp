// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/Report.h"
#include "codegen/package/Text.h"

#include "llvm/ADT/MapVector.h"
#include "llvm/Support/FormatVariadic.h"

using namespace llvm;

namespace nnc::codegen {

void printSummary(raw_ostream &os, const Program &program, StringRef prefix) {
  auto line = [&](StringRef what, const std::string &value) {
    os << prefix << formatv("{0,-15}{1}\n", what, value);
  };
  line("FLOPs", printThousands(program.getFlops()));
  line("parameters", printThousands(program.parameters));
  line("arena", printThousands(program.arenaBytes) + " bytes (at least " +
                    printThousands(program.arenaLowerBound) + " for the largest live set)");
  if (program.threads > 1)
    line("threads", std::to_string(program.threads));
  line("launches", std::to_string(program.launches.size()));
}

void printLaunchTable(raw_ostream &os, const Program &program, StringRef prefix) {
  constexpr const char *format = "{0,6} {1,16} {2,14}  {3,-12} {4,-24} {5}";
  auto line = [&](const std::string &text) { os << prefix << StringRef(text).rtrim() << "\n"; };
  line(formatv(format, "launch", "FLOPs", "bytes", "class", "kernel", "layers"));
  for (const auto &[index, launch] : enumerate(program.launches))
    line(formatv(format, index, printThousands(launch.flops), printThousands(launch.getTraffic()),
                 toComment(launch.kernelClass), launch.kernelName, toComment(launch.getTitle())));
}

/// What was done to one layer stands together, in the order in which it was done.
static std::vector<Approximation> groupByLayer(ArrayRef<Approximation> entries) {
  MapVector<StringRef, std::vector<Approximation>> layers;
  for (const Approximation &entry : entries)
    layers[entry.layer].push_back(entry);
  std::vector<Approximation> grouped;
  for (const auto &[layer, steps] : layers)
    append_range(grouped, steps);
  return grouped;
}

void printApproximations(raw_ostream &os, const Program &program, StringRef prefix) {
  if (program.approximations.empty())
    return;
  constexpr const char *format = "{0,14} {1,14} {2,14} {3,14} {4,9}  {5,-12} {6,-24} {7}";
  auto line = [&](const std::string &text) { os << prefix << StringRef(text).rtrim() << "\n"; };
  line(formatv(format, "weight bytes", "dense", "FLOPs", "dense", "error", "method", "layers",
               "form"));
  for (const Approximation &entry : groupByLayer(program.approximations))
    line(formatv(format, printThousands(entry.parameters * 4 + entry.indexBytes),
                 printThousands(entry.denseParameters * 4), printThousands(entry.flops),
                 printThousands(entry.denseFlops), formatv("{0:e2}", entry.error).str(),
                 toComment(entry.method), toComment(entry.layer), toComment(entry.form)));
}

namespace {

void printApproximations(json::OStream &json, ArrayRef<Approximation> approximations) {
  for (const Approximation &entry : approximations)
    json.object([&] {
      json.attribute("layer", json::fixUTF8(entry.layer));
      json.attribute("method", json::fixUTF8(entry.method));
      json.attribute("form", json::fixUTF8(entry.form));
      json.attribute("parameters", entry.parameters);
      json.attribute("dense_parameters", entry.denseParameters);
      json.attribute("index_bytes", entry.indexBytes);
      json.attribute("flops", entry.flops);
      json.attribute("dense_flops", entry.denseFlops);
      json.attribute("error", entry.error);
    });
}

void printTensors(json::OStream &json, StringRef name, ArrayRef<Tensor> tensors) {
  json.attributeArray(name, [&] {
    for (const Tensor &tensor : tensors)
      json.object([&] {
        json.attribute("name", json::fixUTF8(tensor.name));
        json.attribute("type", getTypeName(tensor.elementType));
        json.attribute("shape", json::Array(tensor.shape));
        json.attribute("bytes", tensor.bytes);
      });
  });
}

void printLaunches(json::OStream &json, ArrayRef<Launch> launches) {
  for (const Launch &launch : launches)
    json.object([&] {
      json.attributeArray("layers", [&] {
        for (const std::string &layer : launch.layers)
          json.value(json::fixUTF8(layer));
      });
      json.attribute("kernel", launch.kernelName);
      json.attribute("class", json::fixUTF8(launch.kernelClass));
      json.attribute("flops", launch.flops);
      json.attribute("bytes", launch.getTraffic());
      json.attribute("scratch", launch.scratch ? launch.scratch->bytes : 0);
    });
}

void printArena(json::OStream &json, ArrayRef<Slot> slots) {
  for (const Slot &slot : slots)
    json.object([&] {
      json.attribute("offset", slot.offset);
      json.attribute("bytes", slot.bytes);
      json.attribute("first_launch", static_cast<int64_t>(slot.firstLaunch));
      json.attribute("last_launch", static_cast<int64_t>(slot.lastLaunch));
    });
}

} // namespace

void printCosts(json::OStream &json, const Program &program) {
  json.attribute("flops", program.getFlops());
  json.attribute("threads", program.threads);
  json.attribute("arena", program.arenaBytes);
  json.attribute("arena_lower_bound", program.arenaLowerBound);
  json.attributeArray("launches", [&] { printLaunches(json, program.launches); });
  json.attributeArray("slots", [&] { printArena(json, program.slots); });
}

void printReport(json::OStream &json, const Program &program) {
  json.attribute("model", json::fixUTF8(program.model));
  json.attribute("hash", program.hash);
  json.attribute("parameters", program.parameters);
  printTensors(json, "inputs", program.inputs);
  printTensors(json, "outputs", program.outputs);
  json.attributeArray("approximations", [&] { printApproximations(json, program.approximations); });
  printCosts(json, program);
}

} // namespace nnc::codegen
