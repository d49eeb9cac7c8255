// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Types and constraints of recurrent layers; the labels are those of Recurrent.td.
#include "dialects/nnc/InferenceDiagnostics.h"
#include "dialects/nnc/Nnc.h"

using namespace mlir;
using namespace nnc;

namespace {

RankedTensorType getTensorType(Value value) { return cast<RankedTensorType>(value.getType()); }

/// (C1) and (C3), and the states' type.
template <typename Adaptor>
LogicalResult inferStates(std::optional<Location> location, Adaptor adaptor,
                          ArrayRef<Value> weights, SmallVectorImpl<Type> &types) {
  RankedTensorType gates = getTensorType(adaptor.getGates());
  if (gates.getDimSize(2) != 4 || !isa<FloatType>(gates.getElementType()))
    return reject(location, "(C1) gates is ", gates,
                  ", but must be steps x batch x 4 x units of a floating-point type");
  for (Value value : weights)
    if (getElementTypeOrSelf(value) != gates.getElementType())
      return reject(location, "(C1) gates has elements of ", gates.getElementType(),
                    ", but an operand has ", getElementTypeOrSelf(value));
  SmallVector<int64_t> state{2, gates.getDimSize(1), gates.getDimSize(3)};
  if (getTensorType(adaptor.getInitial()).getShape() != ArrayRef<int64_t>(state))
    return reject(location, "(C3) initial is ", adaptor.getInitial().getType(),
                  ", but must be 2 x ", state[1], " x ", state[2]);
  state.insert(state.begin(), gates.getDimSize(0));
  types.push_back(gates.clone(state));
  return success();
}

/// (C4).
template <typename Adaptor>
LogicalResult checkActivations(std::optional<Location> location, Adaptor adaptor) {
  size_t count = adaptor.getActivations().size();
  if (count != 3 || adaptor.getAlpha().size() != count || adaptor.getBeta().size() != count)
    return reject(location, "(C4) there are ", count, " activations, ", adaptor.getAlpha().size(),
                  " alphas and ", adaptor.getBeta().size(), " betas, but there must be 3 of each");
  for (Attribute name : adaptor.getActivations())
    if (!llvm::is_contained({"sigmoid", "tanh", "hard_sigmoid"}, cast<StringAttr>(name).getValue()))
      return reject(location, "(C4) activation ", name,
                    " is none of sigmoid, tanh and hard_sigmoid");
  return success();
}

} // namespace

LogicalResult LstmOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                       Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(inferStates(location, adaptor, {adaptor.getRecurrent(), adaptor.getInitial()}, types)))
    return failure();
  int64_t units = getTensorType(adaptor.getGates()).getDimSize(3);
  if (getTensorType(adaptor.getRecurrent()).getShape() != ArrayRef<int64_t>({units, 4, units}))
    return reject(location, "(C2) recurrent is ", adaptor.getRecurrent().getType(),
                  ", but must be ", units, " x 4 x ", units);
  return checkActivations(location, adaptor);
}

LogicalResult SparseLstmOp::inferReturnTypes(MLIRContext *, std::optional<Location> location,
                                             Adaptor adaptor, SmallVectorImpl<Type> &types) {
  if (failed(inferStates(location, adaptor, {adaptor.getValues(), adaptor.getInitial()}, types)))
    return failure();
  if (getTensorType(adaptor.getValues()).getShape() !=
      getTensorType(adaptor.getColumns()).getShape())
    return reject(location, "(C2) values is ", adaptor.getValues().getType(), ", but columns is ",
                  adaptor.getColumns().getType());
  for (Value table : {adaptor.getColumns(), adaptor.getStarts(), adaptor.getPositions()})
    if (!getElementTypeOrSelf(table).isInteger())
      return reject(location, "(C2) a table holds ", getElementTypeOrSelf(table),
                    ", but must hold integers");
  int64_t outputs = 4 * getTensorType(adaptor.getGates()).getDimSize(3);
  if (getTensorType(adaptor.getPositions()).getNumElements() != outputs)
    return reject(location, "(C2) positions is ", adaptor.getPositions().getType(),
                  ", but there are ", outputs, " gates");
  if (static_cast<int64_t>(adaptor.getLongest()) < 1)
    return reject(location, "(C5) longest is ", static_cast<int64_t>(adaptor.getLongest()),
                  ", but must be at least 1");
  return checkActivations(location, adaptor);
}
