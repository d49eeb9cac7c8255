// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "codegen/package/Package.h"
#include "codegen/package/Text.h"
#include "frontend/fit/Surrogate.h"
#include "lowering/Passes.h"
#include "tools/nnc/Commands.h"
#include "tools/nnc/CompileToCpp.h"
#include "tools/nnc/ModelOptions.h"
#include "tools/nnc/fit/ParseOptions.h"
#include "tools/nnc/fit/Report.h"

#include "mlir/Pass/PassManager.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/FormatVariadic.h"
#include "llvm/Support/Path.h"

#ifdef __GLIBC__
#include <malloc.h>
#endif

using namespace mlir;
namespace cl = llvm::cl;

namespace nnc::tools {
namespace {

cl::opt<std::string> data(cl::Positional, cl::Required, cl::desc("DATA.csv"),
                          cl::sub(getFitCommand()));
cl::opt<std::string> folder("o", cl::Required, cl::value_desc("DIR"),
                            cl::desc("folder to write; made where it is not there"),
                            cl::sub(getFitCommand()));
cl::list<std::string> outputs("outputs", cl::CommaSeparated, cl::Required,
                              cl::value_desc("COLUMN,..."), cl::desc("columns to model"),
                              cl::sub(getFitCommand()));
cl::list<std::string> inputs("inputs", cl::CommaSeparated, cl::value_desc("COLUMN,..."),
                             cl::desc("columns that the outputs depend on (default: all others)"),
                             cl::sub(getFitCommand()));
cl::list<std::string> categorical("categorical", cl::CommaSeparated, cl::value_desc("COLUMN,..."),
                                  cl::desc("inputs whose cells are categories; the model takes "
                                           "their numbers, which the report lists"),
                                  cl::sub(getFitCommand()));
cl::opt<std::string> weight("weight", cl::value_desc("COLUMN"),
                            cl::desc("how much each row counts"), cl::sub(getFitCommand()));
cl::list<std::string> periodic("periodic", cl::CommaSeparated, cl::value_desc("COLUMN=PERIOD,..."),
                               cl::desc("inputs that come back to where they were"),
                               cl::sub(getFitCommand()));
cl::list<std::string>
    techniques("technique", cl::CommaSeparated, cl::value_desc("NAME,..."),
               cl::desc("what to try: linear, quadratic, spline, ta, tgp, ita, gp, hgp, sgp, hda, "
                        "hdagp, moa, gbrt, pla (default: by the table's size and form)"),
               cl::sub(getFitCommand()));
cl::list<std::string> settings("set", cl::CommaSeparated,
                               cl::value_desc("TECHNIQUE.SETTING=NUMBER,..."),
                               cl::desc("what a technique does not choose itself"),
                               cl::sub(getFitCommand()));
cl::opt<std::string>
    searchTime("search", cl::value_desc("TIME"),
               cl::desc("search over techniques, their settings and logarithms of results for so "
                        "long: 90s, 5m, 1h"),
               cl::sub(getFitCommand()));
/// A flag that requires a property.
struct Flag : cl::opt<bool> {
  Flag(StringRef name, fit::Property property, StringRef summary)
      : cl::opt<bool>(name, cl::desc(summary), cl::sub(getFitCommand())), property(property) {}
  fit::Property property;
};

Flag flags[] = {
    {"exact", fit::Property::Exact, "the model passes through the points"},
    {"error-bars", fit::Property::ErrorBars, "the model says how far each prediction may be off"},
    {"gradient", fit::Property::Gradient, "the model has a gradient: no trees"},
    {"linear", fit::Property::Linear, "the model is linear"},
    {"smooth", fit::Property::Smooth, "the model can be differentiated everywhere"},
    {"noisy", fit::Property::Noise, "the results are noisy"},
    {"heteroscedastic", fit::Property::VaryingNoise,
     "the results are noisier in some places than in others"},
    {"fast", fit::Property::Fast, "the cost of an evaluation does not grow with the table"},
    {"tensor", fit::Property::Tensor, "the points are a grid, or a part of one"},
};

cl::opt<std::string> testData("test", cl::value_desc("TEST.csv"),
                              cl::desc("rows to test the model on, which it is not fitted to"),
                              cl::sub(getFitCommand()));
cl::opt<bool> code("code", cl::init(true), cl::desc("write C++ (default: true)"),
                   cl::sub(getFitCommand()));
cl::opt<std::string> name("name", cl::value_desc("N"),
                          cl::desc("prefix of files and symbols (default: from the table's name)"),
                          cl::sub(getFitCommand()));
cl::opt<int64_t> rows("batch", cl::init(64), cl::value_desc("N"),
                      cl::desc("points of one call of the batched program (default: 64)"),
                      cl::sub(getFitCommand()));
cl::opt<unsigned> seed("seed", cl::init(1), cl::desc("for what is drawn at random (default: 1)"),
                       cl::sub(getFitCommand()));

LogicalResult writeText(Session &session, StringRef file, StringRef text) {
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, file);
  std::error_code error;
  llvm::raw_fd_ostream stream(path, error);
  stream << text;
  stream.close();
  if (!error && !stream.has_error())
    return success();
  stream.clear_error();
  session.reportError("cannot write '" + path + "'");
  return failure();
}

/// A program that is written: the prefix of its files and what it computes.
struct Part {
  std::string name;
  int64_t points;
  bool isFull; // with gradients and deviations
};

std::vector<Part> listParts(const fit::Surrogate &surrogate, StringRef prefix) {
  std::vector<Part> parts{{prefix.str(), 1, false}, {(prefix + "_batch").str(), rows, false}};
  if (surrogate.hasGradient() || surrogate.hasDeviations())
    parts.push_back({(prefix + "_full").str(), 1, true});
  return parts;
}

FailureOr<OwningOpRef<ModuleOp>> buildModel(Session &session, const fit::Surrogate &surrogate,
                                            const Part &part) {
  OwningOpRef<ModuleOp> module =
      surrogate.build(session.getContext(), part.points, part.isFull, part.name);
  PassManager manager(&session.getContext());
  if (part.isFull && surrogate.hasGradient())
    manager.addPass(createAddGradients());
  if (failed(manager.run(*module)))
    return failure();
  return module;
}

LogicalResult writeCpp(Session &session, ModuleOp module, StringRef prefix,
                       const Machine &machine) {
  StandardPipelineOptions pipeline{machine};
  auto modules = compileToCpp(session, module, pipeline);
  if (failed(modules))
    return failure();
  codegen::PackageOptions package{prefix.str(), machine, codegen::WeightsForm::Auto, "",
                                  std::nullopt};
  llvm::SmallString<128> path(folder);
  llvm::sys::path::append(path, prefix);
  session.beginStage("write " + path);
  return writePackage(getPlannedModules(*modules), package, path);
}

LogicalResult writeAll(Session &session, const fit::Surrogate &surrogate,
                       ArrayRef<fit::TestResult> results, StringRef prefix,
                       const Machine &machine) {
  if (std::error_code error = llvm::sys::fs::create_directories(folder)) {
    session.reportError("'" + folder + "': " + error.message());
    return failure();
  }
  for (const Part &part : listParts(surrogate, prefix)) {
    auto module = buildModel(session, surrogate, part);
    if (failed(module))
      return failure();
    std::string text;
    llvm::raw_string_ostream stream(text);
    (*module)->print(stream);
    if (failed(writeText(session, part.name + ".mlir", text)) ||
        (code && failed(writeCpp(session, **module, part.name, machine))))
      return failure();
  }
  session.finish();
  if (failed(writeText(session, "report.json", writeJsonReport(surrogate, prefix, results))))
    return failure();
  return writeText(session, "report.html", writeHtmlReport(surrogate, prefix));
}

/// What the table of --test says; nothing where there is none.
FailureOr<std::vector<fit::TestResult>> testModel(Session &session, const fit::Surrogate &surrogate,
                                                  const fit::Roles &roles,
                                                  ArrayRef<std::string> isCategorical) {
  if (testData.empty())
    return std::vector<fit::TestResult>();
  auto table = session.report(fit::readTable(testData, isCategorical));
  if (failed(table))
    return failure();
  return session.report(fit::test(surrogate, std::move(*table), roles));
}

llvm::Expected<fit::FitOptions> readOptions() {
  fit::FitOptions options;
  auto periods =
      parseNumbers("--periodic", std::vector<std::string>(periodic.begin(), periodic.end()));
  if (!periods)
    return periods.takeError();
  auto known = parseSettings("--set", std::vector<std::string>(settings.begin(), settings.end()));
  if (!known)
    return known.takeError();
  if (!searchTime.empty()) {
    auto seconds = parseDuration("--search", searchTime);
    if (!seconds)
      return seconds.takeError();
    options.search = *seconds;
  }
  options.roles = {{inputs.begin(), inputs.end()},
                   {outputs.begin(), outputs.end()},
                   weight,
                   std::move(*periods)};
  for (const Flag &flag : flags)
    if (flag)
      options.required |= flag.property;
  options.techniques.assign(techniques.begin(), techniques.end());
  options.settings = std::move(*known);
  options.seed = seed;
  return options;
}

void printSummary(const fit::Surrogate &surrogate, ArrayRef<fit::TestResult> results) {
  for (const fit::OutputModel &output : surrogate.outputs)
    llvm::outs() << llvm::formatv("{0}: {1} ({2}), error {3:f4} of the standard deviation\n",
                                  output.name, output.technique, output.description, output.error);
  for (auto [output, result] : llvm::zip(surrogate.outputs, results)) {
    llvm::outs() << llvm::formatv("{0}: error {1:f4} on {2}", output.name, result.error, testData);
    if (!std::isnan(result.coverage))
      llvm::outs() << llvm::formatv(", {0:f1} % within 1.96 deviations", 100 * result.coverage);
    llvm::outs() << "\n";
  }
  llvm::outs() << "files in " << folder << ", with report.html"
               << (surrogate.hasGradient() ? "; with gradients"
                                           : "; no gradients, which trees have not")
               << (surrogate.hasDeviations() ? ", with error bars\n" : "\n");
}

} // namespace

/// Fits take and give back the same matrices many times: pages that have been given back to the
/// system come back as zeros, page by page.
static void keepMemory() {
#ifdef __GLIBC__
  constexpr int kLarge = 1 << 30;
  mallopt(M_MMAP_THRESHOLD, kLarge);
  mallopt(M_TRIM_THRESHOLD, kLarge);
#endif
}

ExitCode runFit() {
  keepMemory();
  std::string prefix = name.empty() ? codegen::toIdentifier(llvm::sys::path::stem(data)) : name;
  if (!codegen::isIdentifier(prefix) || rows < 1)
    return printUsageError(llvm::createStringError(
               rows < 1 ? "--batch is at least 1" : "--name=" + prefix + ": no name for C++")),
           WrongUsage;
  llvm::Expected<fit::FitOptions> options = readOptions();
  if (!options)
    return printUsageError(options.takeError()), WrongUsage;
  llvm::Expected<Machine> machine = lookupMachine("native");
  if (!machine)
    return printUsageError(machine.takeError()), Failed;
  std::vector<std::string> isCategorical(categorical.begin(), categorical.end());
  Session session(2 + code * 3 * (kScheduleStages + kPlanStages + 1));
  session.beginStage("read " + data);
  auto table = session.report(fit::readTable(data, isCategorical));
  if (failed(table))
    return Failed;
  options->report = [&](const std::string &line) { session.printLine(line); };
  session.beginStage("fit");
  auto surrogate = session.report(fit::fitTable(*table, *options));
  if (failed(surrogate))
    return Failed;
  auto results = testModel(session, *surrogate, options->roles, isCategorical);
  if (failed(results) || failed(writeAll(session, *surrogate, *results, prefix, *machine)))
    return Failed;
  printSummary(*surrogate, *results);
  return Good;
}

} // namespace nnc::tools
