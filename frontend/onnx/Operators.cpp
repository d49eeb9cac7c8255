// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/onnx/Operators.h"

#include "llvm/ADT/StringSwitch.h"

using namespace nnc;
using namespace nnc::frontend;

static llvm::StringMap<const Operator *> makeTable() {
  llvm::StringMap<const Operator *> table;
  for (llvm::ArrayRef<Operator> family :
       {getActivations(), getComparisons(), getConvolutions(), getCreation(), getEinsum(),
        getElementwise(), getMatrixProducts(), getMovements(), getNormalization(), getPadding(),
        getPooling(), getRecurrent(), getReductions(), getResize(), getSlices()})
    for (const Operator &op : family)
      table[op.name] = &op;
  return table;
}

const Operator *frontend::findOperator(llvm::StringRef name) {
  static const llvm::StringMap<const Operator *> table = makeTable();
  return table.lookup(name);
}

llvm::StringRef frontend::explainAbsence(llvm::StringRef name) {
  return llvm::StringSwitch<llvm::StringRef>(name)
      .Case("Scan", "loops over sequences are not imported yet; a Loop is")
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
