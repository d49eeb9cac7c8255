// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/onnx/Operators.h"

#include "llvm/ADT/StringSwitch.h"

using namespace nnc;
using namespace nnc::frontend;

using Table = llvm::StringMap<const Operator *>;

static Table makeTable(std::initializer_list<llvm::ArrayRef<Operator>> families) {
  Table table;
  for (llvm::ArrayRef<Operator> family : families)
    for (const Operator &op : family)
      table[op.name] = &op;
  return table;
}

/// One table for each domain.
static const llvm::StringMap<Table> &getTables() {
  static const llvm::StringMap<Table> tables = {
      {"", makeTable({getActivations(), getComparisons(), getConvolutions(), getCreation(),
                      getEinsum(), getElementwise(), getMatrixProducts(), getMovements(),
                      getNormalization(), getPadding(), getPooling(), getRecurrent(),
                      getReductions(), getResize(), getScans(), getSlices()})},
      {"ai.onnx.ml", makeTable({getLinearModels(), getSupportVectors(), getTreeEnsembles()})},
      {"com.microsoft", makeTable({getDistances()})},
  };
  return tables;
}

bool frontend::isKnownDomain(llvm::StringRef domain) { return getTables().contains(domain); }

const Operator *frontend::findOperator(llvm::StringRef domain, llvm::StringRef name) {
  auto table = getTables().find(domain);
  return table == getTables().end() ? nullptr : table->second.lookup(name);
}

llvm::StringRef frontend::explainAbsence(llvm::StringRef name) {
  return llvm::StringSwitch<llvm::StringRef>(name)
      .Cases({"GRU", "RNN"}, "recurrent cells other than LSTM are not imported yet")
      .Cases({"QuantizeLinear", "DequantizeLinear", "DynamicQuantizeLinear", "QLinearConv",
              "QLinearMatMul", "MatMulInteger", "ConvInteger"},
             "quantized models are not imported yet")
      .Cases({"NonZero", "Unique", "Compress", "NonMaxSuppression"},
             "the shape of its result depends on data")
      .Cases({"RandomNormal", "RandomUniform", "RandomNormalLike", "RandomUniformLike",
              "Multinomial", "Bernoulli"},
             "its result is random")
      .StartsWith("Sequence", "sequences of tensors are not supported")
      .StartsWith("String", "text is not supported")
      .StartsWith("Optional", "optional values are not supported")
      .Default("nnc has no import for this operator");
}
