// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "codegen/cpp/KernelPrinter.h"
#include "codegen/cpp/Context.h"
#include "codegen/cpp/SplitVectors.h"
#include "codegen/cpp/StatementPrinter.h"
#include "codegen/cpp/Types.h"
#include "llvm/ADT/StringExtras.h"

using namespace Halide::Internal;

namespace nnc::cpp {

/// The parameters in call order; they are in scope as storages and variables afterwards.
static std::vector<KernelArgument> declareArguments(const LoweredFunc &function, Context &context) {
  std::vector<KernelArgument> arguments;
  for (const LoweredArgument &argument : function.args) {
    if (argument.name == "__user_context")
      continue;
    if (!isPrintable(argument.type))
      context.fail("parameter '" + llvm::Twine(argument.name) + "' is of a type with no C++ form");
    std::string name = context.names.takeBuffer(argument.name);
    arguments.push_back({name, argument.type, argument.is_buffer(), argument.is_output()});
    if (argument.is_scalar()) {
      context.variables.push(argument.name, name);
      continue;
    }
    Storage storage;
    storage.name = name;
    storage.type = argument.type;
    context.storages.push(argument.name, storage);
  }
  return arguments;
}

/// Names the parameters that the text uses; the others stay as comments.
static std::string printParameter(const std::string &type, const std::string &name,
                                  llvm::StringRef body) {
  for (size_t at = body.find(name); at != llvm::StringRef::npos; at = body.find(name, at + 1)) {
    auto isWord = [&](size_t i) {
      return i < body.size() && (llvm::isAlnum(body[i]) || body[i] == '_');
    };
    if (!(at > 0 && isWord(at - 1)) && !isWord(at + name.size()))
      return type + name;
  }
  return type + "/*" + name + "*/";
}

static std::string printHead(const std::string &name, const PrintedKernel &kernel,
                             llvm::StringRef body) {
  std::string parameters;
  for (const KernelArgument &argument : kernel.arguments) {
    std::string type = argument.isOutput ? "" : "const ";
    type += elementName(argument.type);
    type += argument.isBuffer ? " *NNC_RESTRICT " : " ";
    parameters += (parameters.empty() ? "" : ", ") + printParameter(type, argument.name, body);
  }
  if (kernel.scratchBytes > 0)
    parameters += ", unsigned char *NNC_RESTRICT scratch";
  if (kernel.isParallel)
    parameters += ", const Threads &threads";
  return "static void " + name + "(" + parameters + ") noexcept";
}

static llvm::Expected<PrintedKernel> printChecked(const LoweredFunc &function,
                                                  const PrintOptions &options) {
  Context context;
  PrintedKernel kernel;
  kernel.arguments = declareArguments(function, context);
  context.out.indent();
  context.names.openScope();
  Stmt body = splitWideVectors(flatten_nested_ramps(function.body), options.vectorBytes);
  StatementPrinter(context, options.stackBytes, options.threads).print(body);
  if (!context.error.empty())
    return llvm::createStringError("kernel '" + options.functionName + "': " + context.error);
  std::string text = context.out.take();

  Writer head;
  head.comment(options.comment);
  kernel.scratchBytes = context.scratch.size();
  kernel.isParallel = context.isParallel;
  if (kernel.isParallel)
    kernel.includes.insert("parallel.h");
  kernel.includes.insert(llvm::StringRef(text).contains("math::") ? "math.h" : "vec.h");
  head.open(printHead(options.functionName, kernel, text));
  kernel.text = head.take() + text + "}\n";
  return kernel;
}

llvm::Expected<PrintedKernel> printKernel(const LoweredFunc &function,
                                          const PrintOptions &options) {
  try {
    return printChecked(function, options);
  } catch (const Halide::Error &error) {
    return llvm::createStringError("kernel '" + options.functionName + "': " + error.what());
  }
}

} // namespace nnc::cpp
