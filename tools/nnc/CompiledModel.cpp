// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "tools/nnc/CompiledModel.h"

#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/Process.h"
#include "llvm/Support/Program.h"

#include <cstring>
#include <dlfcn.h>

using namespace llvm;

namespace nnc::tools {

/// The package's name: symbols are in a library of their own, and need not differ from model to
/// model.
static constexpr StringLiteral kName = "model";
static constexpr StringLiteral kLibraryFile = "model.so";

std::string getDefaultCompiler() {
  std::optional<std::string> compiler = sys::Process::GetEnv("CXX");
  return compiler && !compiler->empty() ? *compiler : "g++";
}

static std::string readStart(const std::string &path) {
  auto file = MemoryBuffer::getFile(path);
  return file ? (*file)->getBuffer().take_front(4000).str() : "";
}

/// Runs the compiler; what it says is an error's text.
static Error compileLibrary(const BuildOptions &options, const TemporaryFolder &folder,
                            const std::string &library) {
  auto compiler = sys::findProgramByName(options.compiler);
  if (!compiler)
    return createStringError("the C++ compiler '" + options.compiler +
                             "' is not to be found; set CXX");
  std::string flags = codegen::getCompilerFlags(options.pipeline.machine),
              source = folder.getPath((kName + ".cpp").str());
  std::vector<StringRef> arguments = {*compiler, "-std=c++17", "-shared", "-fPIC", "-DNNC_PROFILE"};
  for (StringRef flag : split(flags, ' '))
    arguments.push_back(flag);
  if (options.pipeline.threads > 1)
    arguments.push_back("-pthread");
  std::string variant = "-DMODEL_VARIANT=" + std::to_string(options.variant);
  if (options.variant != 0)
    arguments.push_back(variant);
  arguments.insert(arguments.end(), {source, "-o", library});
  std::string messages = folder.getPath("messages.txt"), reason;
  std::optional<StringRef> redirects[] = {StringRef(), StringRef(messages), StringRef(messages)};
  if (sys::ExecuteAndWait(*compiler, arguments, std::nullopt, redirects, 0, 0, &reason) == 0)
    return Error::success();
  return createStringError("'" + *compiler +
                           "' refused the generated C++, which is a defect of nnc: " + reason +
                           "\n" + readStart(messages));
}

mlir::FailureOr<std::unique_ptr<CompiledModel>>
CompiledModel::build(Session &session, ArrayRef<codegen::PlannedModule> modules,
                     const BuildOptions &options) {
  session.beginStage("build the C++ with " + options.compiler);
  return make(session, modules, options);
}

mlir::FailureOr<std::unique_ptr<CompiledModel>>
CompiledModel::make(Session &session, ArrayRef<codegen::PlannedModule> modules,
                    const BuildOptions &options) {
  auto library = std::make_shared<Library>();
  auto folder = session.report(TemporaryFolder::create());
  if (mlir::failed(folder))
    return mlir::failure();
  library->folder = std::move(*folder);
  codegen::PackageOptions package{kName.str(), options.pipeline.machine, codegen::WeightsForm::File,
                                  "", std::nullopt};
  if (mlir::failed(codegen::writePackage(modules, package, library->folder->getPath())))
    return mlir::failure();
  if (Error error =
          compileLibrary(options, *library->folder, library->folder->getPath(kLibraryFile))) {
    session.reportError(toString(std::move(error)));
    return mlir::failure();
  }
  auto program = codegen::readProgram(modules.back().module);
  if (mlir::failed(program) || !load(session, *library, *program))
    return mlir::failure();
  return std::unique_ptr<CompiledModel>(new CompiledModel(std::move(library)));
}

std::unique_ptr<CompiledModel> CompiledModel::makeInstance() const {
  return std::unique_ptr<CompiledModel>(new CompiledModel(library));
}

static std::unique_ptr<MemoryBuffer> makeMemory(size_t size) {
  auto buffer =
      WritableMemoryBuffer::getNewUninitMemBuffer(std::max<size_t>(size, 1), "", Align(64));
  llvm::fill(buffer->getBuffer(), 0);
  return buffer;
}

CompiledModel::Library::~Library() {
  if (handle)
    dlclose(handle);
}

bool CompiledModel::load(Session &session, Library &library, const codegen::Program &program) {
  std::string path = library.folder->getPath(kLibraryFile);
  library.handle = dlopen(path.c_str(), RTLD_NOW | RTLD_LOCAL);
  size_t (*getWorkspaceSize)() = nullptr;
  if (library.handle) {
    getWorkspaceSize =
        reinterpret_cast<size_t (*)()>(dlsym(library.handle, "model_workspace_size"));
    library.run = reinterpret_cast<RunFunction>(dlsym(library.handle, "model_run_with_weights"));
    library.profile = reinterpret_cast<ProfileFunction>(dlsym(library.handle, "model_profile"));
  }
  auto file = MemoryBuffer::getFile(library.folder->getPath("model.weights.bin"), false, false,
                                    false, Align(4096));
  if (!getWorkspaceSize || !library.run || !library.profile || !file) {
    const char *reason = dlerror();
    session.reportError(Twine("cannot load the library that was built: ") + (reason ? reason : ""));
    return false;
  }
  library.weights = std::move(*file);
  for (const codegen::Tensor &tensor : program.inputs)
    library.inputs.push_back(tensor.bytes);
  for (const codegen::Tensor &tensor : program.outputs)
    library.outputs.push_back(tensor.bytes);
  library.workspace = getWorkspaceSize();
  return true;
}

CompiledModel::CompiledModel(std::shared_ptr<const Library> given) : library(std::move(given)) {
  auto allocate = [&](size_t size) {
    memory.push_back(makeMemory(size));
    return const_cast<char *>(memory.back()->getBufferStart());
  };
  for (size_t size : library->inputs)
    inputs.push_back(allocate(size));
  for (size_t size : library->outputs)
    outputs.push_back(allocate(size));
  workspace = allocate(library->workspace);
  constInputs.assign(inputs.begin(), inputs.end());
}

void CompiledModel::setInputs(ArrayRef<Buffer> values) {
  for (auto [pointer, value] : zip_equal(inputs, values))
    std::memcpy(pointer, value.bytes.data(), value.bytes.size());
}

void CompiledModel::shareOutputs() { llvm::fill(outputs, outputs.front()); }

int CompiledModel::run() {
  return library->run(library->weights->getBufferStart(), constInputs.data(), outputs.data(),
                      workspace);
}

int CompiledModel::profile(std::vector<double> &seconds) {
  return library->profile(library->weights->getBufferStart(), constInputs.data(), outputs.data(),
                          workspace, seconds.data());
}

std::vector<Buffer> CompiledModel::getOutputs(ArrayRef<mlir::RankedTensorType> types) const {
  std::vector<Buffer> values;
  for (auto [type, pointer] : zip_equal(types, outputs)) {
    Buffer &buffer = values.emplace_back(Buffer::zeros(type));
    std::memcpy(buffer.bytes.data(), pointer, buffer.bytes.size());
  }
  return values;
}

} // namespace nnc::tools
