// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Where a buffer lives: behind a pointer, in an array, or in named local variables.

#ifndef NNC_CODEGEN_CPP_STORAGE_H
#define NNC_CODEGEN_CPP_STORAGE_H

#include <Halide.h>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

namespace nnc::cpp {

/// A run of elements that one local variable holds.
struct Slot {
  int64_t begin;
  Halide::Type type; ///< With the lanes of the slot.
  std::string name;
  bool isDeclared = false;
  bool isRead = false; ///< By another statement than a store to the slot itself.
};

/// A buffer that loads and stores may name.
struct Storage {
  std::string name;        ///< Pointer or array; empty when it is in slots.
  Halide::Type type;       ///< Of an element.
  std::vector<Slot> slots; ///< In order; not empty when the buffer is in local variables.
  int depth = 0;           ///< Brace depth at which its declarations are.
  bool isShared = false;   ///< By the tasks of a parallel loop.
  int64_t scratchOffset = -1;
  int64_t scratchBytes = 0;

  bool isInSlots() const { return !slots.empty(); }
  /// The slot with this element, or null.
  Slot *findSlot(int64_t element);
};

/// The slots that the accesses to `allocate` in its body need, without names; none if some access
/// has an index that varies or a predicate, or crosses a slot.
std::vector<Slot> findSlots(const Halide::Internal::Allocate *allocate);

/// The element range of an index that is constant and dense: first element and count.
struct ConstantRange {
  int64_t begin;
  int lanes;
};
std::optional<ConstantRange> constantRange(const Halide::Expr &index);
/// The same for a buffer in slots, every access to which has such a range.
ConstantRange slotRange(const Halide::Expr &index);

/// The number of leading lanes that a predicate `ramp < constant` leaves on, if that is all it
/// does.
std::optional<int> constantPrefix(const Halide::Expr &predicate);

/// A name that says where in `allocate` the slot is: `acc_3_1` for its position in each dimension
/// that has more than one, outermost first.
std::string slotName(const std::string &base, const Halide::Internal::Allocate *allocate,
                     const std::vector<Slot> &slots, const Slot &slot);

/// Marks the slots whose first access is a store in the same block as the declarations: the store
/// can declare them. \returns those others, which must be declared ahead.
std::vector<Slot *> findSlotsToDeclareAhead(const std::string &buffer, Storage &storage,
                                            const Halide::Internal::Stmt &body);

/// Offsets in the scratch memory of a kernel: each temporary takes the lowest room that is free
/// while it lives.
class ScratchSpace {
public:
  int64_t take(int64_t bytes);
  void release(int64_t offset) { live.erase(offset); }
  /// Bytes needed in all.
  int64_t size() const { return highest; }

private:
  std::map<int64_t, int64_t> live; // offset to bytes
  int64_t highest = 0;
};

} // namespace nnc::cpp

#endif // NNC_CODEGEN_CPP_STORAGE_H
