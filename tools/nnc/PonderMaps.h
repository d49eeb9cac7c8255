// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// What `nnc-count-units` counted, as pictures and as text.
#ifndef TOOLS_NNC_PONDERMAPS_H
#define TOOLS_NNC_PONDERMAPS_H

#include "tools/nnc/Tensors.h"

#include "llvm/Support/Error.h"
#include "llvm/Support/raw_ostream.h"

namespace nnc::tools {

/// Writes a PNG for each sample of each block that halts by position: the image (the first input of
/// N x 1 or 3 x H x W, or with the channels last) and, beside it, the image in gray under the
/// number of units, from blue (one) to red (all that any position ran). Returns how many were
/// written.
llvm::Expected<unsigned> writePonderMaps(const Signature &signature, llvm::ArrayRef<Buffer> inputs,
                                         llvm::ArrayRef<Buffer> outputs, llvm::StringRef folder);

/// A line for each block with its mean number of units, and one for the FLOPs of those of
/// `allFlops` that were needed, the mean over samples.
void printCounts(llvm::raw_ostream &os, const Signature &signature, llvm::ArrayRef<Buffer> outputs,
                 double allFlops);

} // namespace nnc::tools

#endif // TOOLS_NNC_PONDERMAPS_H
