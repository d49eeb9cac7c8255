// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "codegen/cpp/CommonLoads.h"
#include <set>

using namespace Halide::Internal;
using Halide::Expr;

namespace nnc::cpp {

namespace {

class LoadCounter : public IRVisitor {
public:
  LoadCounter(std::set<std::string> written, Scope<Storage> &storages)
      : written(std::move(written)), storages(storages) {}

  std::map<Expr, int, IRDeepCompare> counts;

private:
  using IRVisitor::visit;

  bool isCandidate(const Load *load) const {
    const Storage *storage = storages.find(load->name);
    return storage && !storage->isInSlots() && !written.count(load->name) &&
           is_const_one(load->predicate);
  }

  void visit(const Load *load) override {
    if (isCandidate(load))
      ++counts[load];
    IRVisitor::visit(load);
  }

  void visit(const Broadcast *broadcast) override {
    const Load *load = broadcast->value.as<Load>();
    if (!load || !load->type.is_scalar() || !isCandidate(load))
      return IRVisitor::visit(broadcast);
    ++counts[broadcast];
    load->index.accept(this);
  }

  void visit(const Call *call) override {
    if (!call->is_intrinsic(Call::if_then_else))
      IRVisitor::visit(call);
  }

  // What depends on a variable of the expression cannot be named before it.
  void visit(const Let *) override {}

  std::set<std::string> written;
  Scope<Storage> &storages;
};

} // namespace

std::map<Expr, std::string, IRDeepCompare> findCommonLoads(llvm::ArrayRef<const Store *> stores,
                                                           Scope<Storage> &storages) {
  std::set<std::string> written;
  for (const Store *store : stores)
    written.insert(store->name);
  LoadCounter counter(std::move(written), storages);
  for (const Store *store : stores)
    store->accept(&counter);
  std::map<Expr, std::string, IRDeepCompare> common;
  for (const auto &[load, count] : counter.counts)
    if (count > 1)
      common[load] = "";
  return common;
}

} // namespace nnc::cpp
