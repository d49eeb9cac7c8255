// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/ModelOptions.h"
#include "tools/nnc/Commands.h"

#include "lowering/Passes.h"

#include "mlir/Pass/PassManager.h"
#include "mlir/Pass/PassRegistry.h"
#include "mlir/Transforms/Passes.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/MemoryBuffer.h"
#include "llvm/Support/Path.h"
#include "llvm/Support/SHA256.h"

using namespace llvm;

namespace nnc::tools {

static cl::SubCommandGroup &getAllCommands() {
  static cl::SubCommandGroup commands = {
      &getCompileCommand(), &getRunCommand(),  &getCheckCommand(), &getInfoCommand(),
      &getBenchCommand(),   &getTuneCommand(), &getImpactCommand()};
  return commands;
}

static cl::opt<std::string> model(cl::Positional, cl::Required, cl::desc("MODEL (.onnx or .mlir)"),
                                  cl::value_desc("MODEL"), cl::sub(getAllCommands()));
static cl::opt<int64_t> batch("batch", cl::desc("number for an open dimension 0 of the inputs"),
                              cl::value_desc("N"), cl::sub(getAllCommands()));
static cl::opt<int64_t>
    samples("samples",
            cl::desc("a run takes N samples, one after the other, of a model compiled for one (as "
                     "--batch=1): each halts by itself"),
            cl::value_desc("N"), cl::init(1), cl::sub(getAllCommands()));
static cl::opt<int64_t>
    steps("steps",
          cl::desc("a run takes N steps in time of a model compiled for one (as --batch=1), whose "
                   "state --state names"),
          cl::value_desc("N"), cl::init(1), cl::sub(getAllCommands()));
static cl::list<std::string> states(
    "state", cl::CommaSeparated,
    cl::desc("an input that each step but the first takes from an output of the step before"),
    cl::value_desc("INPUT:OUTPUT"), cl::sub(getAllCommands()));
static cl::list<std::string>
    dims("dim", cl::desc("number for an open dimension: a symbol, or INPUT:AXIS; may be repeated"),
         cl::value_desc("SYMBOL=N"), cl::sub(getAllCommands()));
static cl::opt<std::string> passes(
    "passes",
    cl::desc("passes to run before the standard pipeline, as nnc-opt's --pass-pipeline takes them, "
             "such as func.func(canonicalize)"),
    cl::value_desc("PIPELINE"), cl::sub(getAllCommands()));
static cl::opt<std::string>
    tensorize("tensorize",
              cl::desc("make tensor trains of weights, after --passes: options of nnc-tensorize, "
                       "such as rank=8, or \"error=0.1 layers=fc*\""),
              cl::value_desc("OPTIONS"), cl::sub(getAllCommands()));
static cl::opt<std::string>
    sparsify("sparsify",
             cl::desc("set weights to zero, after --passes: options of nnc-sparsify, such as "
                      "magnitude=0.9, or \"magnitude=0.95 layers=fc*\""),
             cl::value_desc("OPTIONS"), cl::sub(getAllCommands()));
static cl::opt<std::string>
    perforate("perforate",
              cl::desc("compute some positions of convolutions and copy them to the others, after "
                       "--passes: options of nnc-perforate, such as kept=0.5, or \"mask=tiles "
                       "rate=0.75 layers=conv2*\""),
              cl::value_desc("OPTIONS"), cl::sub(getAllCommands()));
static cl::opt<bool>
    counters("counters",
             cl::desc("further outputs of a model with adaptive computation: `units`, how many ran "
                      "at each position or for the sample, and `flops`"),
             cl::sub(getAllCommands()));
static cl::opt<std::string>
    contractTrains("contract-trains",
                   cl::desc("how trains are contracted: options of nnc-contract-trains, such as "
                            "objective=memory"),
                   cl::value_desc("OPTIONS"), cl::sub(getAllCommands()));
static cl::opt<std::string> target(
    "target", cl::init("native"),
    cl::desc(
        "machine to generate code for: native, portable, x86-64-v2, x86-64-v3, x86-64-v4, armv8, "
        "or x86-64: v2 to v4 in one file, chosen when it runs"),
    cl::value_desc("T"), cl::sub(getAllCommands()));

static cl::opt<bool>
    exact("exact",
          cl::desc("keep the arithmetic of the model's layers: no Winograd convolutions, which are "
                   "faster and round differently"),
          cl::sub(getAllCommands()));

static cl::opt<int64_t> threads("threads", cl::init(1),
                                cl::desc("threads that share a run's work (default: 1)"),
                                cl::value_desc("N"), cl::sub(getAllCommands()));

static cl::opt<std::string> schedules(
    "schedules",
    cl::desc("schedules for kernels, as --tune wrote them; other kernels get those of the "
             "cost model"),
    cl::value_desc("FILE.mlir"), cl::sub(getAllCommands()));

void ModelOptions::count() {
  StringRef counting = "nnc-simplify,nnc-count-units";
  if (!StringRef(passes).ends_with(counting))
    passes += ((passes.empty() ? "" : ",") + counting).str();
}

std::string ModelOptions::getStem() const { return sys::path::stem(path).str(); }

bool ModelOptions::isOnnx() const { return !StringRef(path).ends_with(".mlir"); }

std::string getDigest(const std::string &path) {
  auto file = MemoryBuffer::getFile(path);
  if (!file)
    return path;
  auto digest = SHA256::hash(arrayRefFromStringRef((*file)->getBuffer()));
  return toHex(ArrayRef(digest).take_front(8), /*LowerCase=*/true);
}

std::string ModelOptions::describeSettings() const {
  std::vector<std::string> settings;
  if (import.batch)
    settings.push_back("--batch=" + std::to_string(*import.batch));
  if (samples != 1)
    settings.push_back((states.empty() ? "--samples=" : "--steps=") + std::to_string(samples));
  for (const auto &[input, output] : states)
    settings.push_back("--state=" + input + ":" + output);
  std::vector<std::string> symbols;
  for (const auto &[symbol, extent] : import.dims)
    symbols.push_back(formatv("--dim={0}={1}", symbol, extent));
  sort(symbols);
  settings.insert(settings.end(), symbols.begin(), symbols.end());
  if (!passes.empty())
    settings.push_back("--passes=" + passes);
  if (exact)
    settings.push_back("--exact");
  if (threads != 1)
    settings.push_back("--threads=" + std::to_string(threads));
  if (!schedules.empty())
    settings.push_back("--schedules=" + getDigest(schedules));
  return join(settings, " ");
}

static Error readStates(ModelOptions &options) {
  options.samples = samples;
  if (steps.getNumOccurrences() + states.getNumOccurrences() == 0)
    return Error::success();
  if (steps < 1 || samples != 1 || options.import.batch.value_or(1) != 1 || states.empty())
    return createStringError("--steps=" + Twine(steps) +
                             ": wanted is a number of at least 1, with --state, and neither "
                             "--samples nor a --batch but 1");
  options.samples = steps;
  for (StringRef state : states) {
    auto [input, output] = state.rsplit(':');
    if (input.empty() || output.empty())
      return createStringError("--state=" + state + ": wanted is INPUT:OUTPUT");
    options.states.push_back({input.str(), output.str()});
  }
  return Error::success();
}

static Error readDims(ImportOptions &options) {
  if (batch.getNumOccurrences() > 0) {
    if (batch < 1)
      return createStringError("--batch=" + Twine(batch) + ": a batch is at least 1");
    options.batch = batch;
  }
  if (samples < 1 || (samples > 1 && options.batch.value_or(1) != 1))
    return createStringError("--samples=" + Twine(samples) +
                             ": wanted is a number of at least 1, and no --batch but 1");
  for (StringRef dim : dims) {
    auto [symbol, number] = dim.rsplit('=');
    int64_t extent = 0;
    if (symbol.empty() || number.getAsInteger(10, extent) || extent < 1)
      return createStringError("--dim=" + dim + ": wanted is SYMBOL=N with a number of at least 1");
    if (!options.dims.insert({symbol, extent}).second)
      return createStringError("--dim=" + dim + ": '" + symbol + "' is given twice");
  }
  return Error::success();
}

/// What is in "builtin.module(...)", if that is there.
static StringRef getInnerPasses(StringRef text) {
  text = text.trim();
  if (text.consume_front("builtin.module("))
    text.consume_back(")");
  return text;
}

mlir::LogicalResult parsePasses(StringRef text, mlir::OpPassManager &manager, raw_ostream &os) {
  return mlir::parsePassPipeline(getInnerPasses(text), manager, os);
}

/// Whether text from the command line is a pipeline, before any work is done.
static Error checkPasses(StringRef option, StringRef given, StringRef text) {
  std::string message;
  raw_string_ostream os(message);
  mlir::OpPassManager manager("builtin.module");
  if (succeeded(parsePasses(text, manager, os)))
    return Error::success();
  return createStringError("--" + option + "=" + given + ": " + StringRef(message).trim());
}

/// The pipeline of --passes and of the options that stand for one pass, one after the other.
static Expected<std::string> readPasses() {
  std::vector<std::string> pipeline;
  auto add = [&](StringRef option, const std::string &given, const std::string &text) -> Error {
    if (given.empty())
      return Error::success();
    pipeline.push_back(text);
    return checkPasses(option, given, text);
  };
  if (Error error = add("passes", passes, getInnerPasses(passes).str()))
    return std::move(error);
  for (const cl::opt<std::string> *option : {&sparsify, &tensorize, &contractTrains})
    if (Error error =
            add(option->ArgStr, *option, ("nnc-" + option->ArgStr + "{" + *option + "}").str()))
      return std::move(error);
  // Where layers are what is computed: normalizations folded, channels last.
  if (Error error = add("perforate", perforate, "nnc-simplify,nnc-perforate{" + perforate + "}"))
    return std::move(error);
  return join(pipeline, ",");
}

Expected<ModelOptions> readModelOptions() {
  registerPasses();
  mlir::registerTransformsPasses();
  ModelOptions options;
  options.path = model;
  options.exact = exact;
  options.threads = threads;
  options.schedules = schedules;
  if (threads < 1 || threads > kMostThreads)
    return createStringError("--threads=" + Twine(threads) + ": wanted is a number from 1 to " +
                             Twine(kMostThreads));
  if (Error error = readDims(options.import))
    return std::move(error);
  if (Error error = readStates(options))
    return std::move(error);
  if (!options.isOnnx() && (options.import.batch || !options.import.dims.empty()))
    return createStringError("--batch and --dim are for ONNX models; the dimensions of '" +
                             options.path + "' are in its text");
  Expected<std::string> pipeline = readPasses();
  if (!pipeline)
    return pipeline.takeError();
  options.passes = *pipeline;
  if (counters)
    options.count();
  Expected<Machine> machine = lookupMachine(target);
  if (!machine)
    return createStringError("--target: " + toString(machine.takeError()));
  options.machine = *machine;
  return options;
}

/// Whether this machine runs code for that one: what stands earlier in the list demands less.
static bool runsHere(const Machine &machine) {
  auto rank = [](StringRef name) {
    return std::distance(listMachines().begin(),
                         find_if(listMachines(), [&](const Machine &m) { return m.name == name; }));
  };
  return rank(machine.name) <= rank(getNativeMachineName());
}

SmallVector<Machine> listHostVariants(const Machine &machine) {
  SmallVector<Machine> variants = listVariants(machine);
  erase_if(variants, [](const Machine &variant) { return !runsHere(variant); });
  return variants;
}

Error checkHostMachine(const Machine &machine) {
  if (!listHostVariants(machine).empty())
    return Error::success();
  return createStringError("--target=" + machine.name + ": this machine runs code for " +
                           getNativeMachineName() + " at most");
}

Expected<ModelOptions> readHostModelOptions() {
  Expected<ModelOptions> options = readModelOptions();
  if (!options)
    return options;
  if (Error error = checkHostMachine(options->machine))
    return std::move(error);
  return options;
}

void printUsageError(Error error) { errs() << "nnc: " << toString(std::move(error)) << "\n"; }

} // namespace nnc::tools
