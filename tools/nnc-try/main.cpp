#include "codegen/halide/GenerateKernels.h"
#include "dialects/halide/Halide.h"
#include "dialects/nnc/Nnc.h"
#include "mlir/InitAllDialects.h"
#include "mlir/Parser/Parser.h"
#include <cstdio>
int main(int argc, char **argv) {
  mlir::DialectRegistry registry;
  mlir::registerAllDialects(registry);
  registry.insert<nnc::NncDialect, nnc::halide::HalideDialect>();
  mlir::MLIRContext context(registry);
  auto module = mlir::parseSourceFile<mlir::ModuleOp>(argv[1], &context);
  auto machine = nnc::lookupMachine(argv[2]);
  auto codes = nnc::codegen::generateKernels(*module, *machine);
  if (failed(codes)) return 1;
  puts("#include \"runtime/vec.h\"\n#include \"runtime/math.h\"\nusing namespace nnc;");
  for (auto &c : *codes) puts(c.text.c_str());
}
