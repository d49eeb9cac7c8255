// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "codegen/cpp/Storage.h"
#include "llvm/ADT/STLExtras.h"
#include "llvm/Support/MathExtras.h"
#include <algorithm>
#include <cassert>
#include <set>

using namespace Halide::Internal;

namespace nnc::cpp {

Slot *Storage::findSlot(int64_t element) {
  for (Slot &slot : slots)
    if (slot.begin <= element && element < slot.begin + slot.type.lanes())
      return &slot;
  return nullptr;
}

std::optional<ConstantRange> constantRange(const Halide::Expr &index) {
  if (auto value = as_const_int(index); value && index.type().is_scalar())
    return ConstantRange{*value, 1};
  const Ramp *ramp = index.as<Ramp>();
  if (!ramp || !is_const_one(ramp->stride) || !ramp->base.type().is_scalar())
    return std::nullopt;
  if (auto base = as_const_int(ramp->base))
    return ConstantRange{*base, ramp->lanes};
  return std::nullopt;
}

ConstantRange slotRange(const Halide::Expr &index) {
  std::optional<ConstantRange> range = constantRange(index);
  assert(range && "findSlots found an index that varies");
  return *range;
}

std::optional<int> constantPrefix(const Halide::Expr &predicate) {
  const LE *atMost = predicate.as<LE>();
  const LT *below = predicate.as<LT>();
  if (!atMost && !below)
    return std::nullopt;
  const Ramp *ramp = (atMost ? atMost->a : below->a).as<Ramp>();
  const Broadcast *limit = (atMost ? atMost->b : below->b).as<Broadcast>();
  if (!ramp || !limit || !is_const_one(ramp->stride))
    return std::nullopt;
  auto first = as_const_int(ramp->base), last = as_const_int(limit->value);
  if (!first || !last)
    return std::nullopt;
  int64_t count = *last - *first + (atMost ? 1 : 0);
  if (count < 1 || count > ramp->lanes)
    return std::nullopt;
  return static_cast<int>(count);
}

namespace {

/// Collects the ranges of a buffer that its body touches.
class AccessCollector : public IRVisitor {
public:
  explicit AccessCollector(const std::string &buffer) : buffer(buffer) {}

  /// Lanes of the widest access at each first element; what stores cover is in `stored`.
  std::map<int64_t, int> ranges;
  std::set<std::pair<int64_t, int>> stored;
  std::set<int64_t> readElsewhere;
  bool isRegular = true;

private:
  using IRVisitor::visit;

  std::optional<ConstantRange> note(const Halide::Expr &index, const Halide::Expr &predicate) {
    std::optional<ConstantRange> range = constantRange(index);
    isRegular = isRegular && range && is_const_one(predicate);
    if (!range)
      return std::nullopt;
    int &lanes = ranges[range->begin];
    lanes = std::max(lanes, range->lanes);
    return range;
  }

  void visit(const Load *load) override {
    if (load->name == buffer) {
      std::optional<ConstantRange> range = note(load->index, load->predicate);
      if (range && storing != range->begin)
        readElsewhere.insert(range->begin);
    }
    IRVisitor::visit(load);
  }

  void visit(const Store *store) override {
    int64_t outer = storing;
    if (store->name == buffer) {
      if (auto range = note(store->index, store->predicate)) {
        stored.insert({range->begin, range->lanes});
        storing = range->begin;
      }
    }
    IRVisitor::visit(store);
    storing = outer;
  }

  // A temporary of the same name inside is another one.
  void visit(const Allocate *allocate) override {
    if (allocate->name != buffer)
      IRVisitor::visit(allocate);
  }

  const std::string &buffer;
  int64_t storing = -1;
};

/// Finds slots that are touched before a store at the outermost brace level has declared them.
class FirstTouch : public IRVisitor {
public:
  FirstTouch(const std::string &buffer, Storage &storage) : buffer(buffer), storage(storage) {}

  std::set<Slot *> early;

private:
  using IRVisitor::visit;

  void touch(const Halide::Expr &index, bool declares) {
    Slot *slot = storage.findSlot(slotRange(index).begin);
    if (!seen.insert(slot).second)
      return;
    if (!declares)
      early.insert(slot);
  }

  void visit(const Load *load) override {
    IRVisitor::visit(load);
    if (load->name == buffer)
      touch(load->index, false);
  }

  void visit(const Store *store) override {
    IRVisitor::visit(store);
    if (store->name == buffer) {
      ConstantRange range = slotRange(store->index);
      touch(store->index,
            braces == 0 && storage.findSlot(range.begin)->type.lanes() == range.lanes);
    }
  }

  void visit(const For *loop) override {
    ++braces;
    IRVisitor::visit(loop);
    --braces;
  }

  void visit(const IfThenElse *branch) override {
    ++braces;
    IRVisitor::visit(branch);
    --braces;
  }

  void visit(const Allocate *allocate) override {
    if (allocate->name != buffer)
      IRVisitor::visit(allocate);
  }

  const std::string &buffer;
  Storage &storage;
  std::set<Slot *> seen;
  int braces = 0;
};

} // namespace

std::vector<Slot> findSlots(const Allocate *allocate) {
  AccessCollector accesses(allocate->name);
  allocate->body.accept(&accesses);
  if (!accesses.isRegular)
    return {};
  std::vector<Slot> slots;
  for (auto [begin, lanes] : accesses.ranges) {
    int64_t end = slots.empty() ? begin : slots.back().begin + slots.back().type.lanes();
    if (begin >= end) {
      slots.push_back({begin, allocate->type.with_lanes(lanes), "", false, false});
    } else if (begin + lanes > end || accesses.stored.count({begin, lanes})) {
      return {};
    }
    if (accesses.readElsewhere.count(begin))
      slots.back().isRead = true;
  }
  for (const auto &[first, count] : accesses.stored) {
    int64_t begin = first;
    int lanes = count;
    auto isWhole = [&](const Slot &slot) {
      return slot.begin == begin && slot.type.lanes() == lanes;
    };
    if (llvm::none_of(slots, isWhole))
      return {};
  }
  bool isMask = allocate->type.is_bool() &&
                llvm::any_of(slots, [](const Slot &s) { return s.type.is_vector(); });
  return isMask ? std::vector<Slot>() : slots;
}

std::string slotName(const std::string &base, const Allocate *allocate,
                     const std::vector<Slot> &slots, const Slot &slot) {
  std::string suffix;
  int64_t stride = 1;
  for (const Halide::Expr &extentExpr : allocate->extents) {
    auto extent = as_const_int(simplify(extentExpr));
    if (!extent || *extent <= 0)
      return base;
    std::set<int64_t> positions;
    for (const Slot &other : slots)
      positions.insert(other.begin / stride % *extent);
    auto place = std::distance(positions.begin(), positions.find(slot.begin / stride % *extent));
    if (positions.size() > 1)
      suffix = "_" + std::to_string(place) + suffix;
    stride *= *extent;
  }
  return base + suffix;
}

std::vector<Slot *> findSlotsToDeclareAhead(const std::string &buffer, Storage &storage,
                                            const Stmt &body) {
  FirstTouch touch(buffer, storage);
  body.accept(&touch);
  std::vector<Slot *> ahead;
  for (Slot &slot : storage.slots)
    if (touch.early.count(&slot))
      ahead.push_back(&slot);
  return ahead;
}

int64_t ScratchSpace::take(int64_t bytes) {
  int64_t offset = 0;
  for (auto [begin, size] : live) {
    if (offset + bytes <= begin)
      break;
    offset = begin + size;
  }
  int64_t rounded = static_cast<int64_t>(llvm::alignTo(static_cast<uint64_t>(bytes), 64));
  live[offset] = rounded;
  highest = std::max(highest, offset + rounded);
  return offset;
}

} // namespace nnc::cpp
