// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "codegen/cpp/Names.h"
#include "llvm/ADT/SmallVector.h"
#include "llvm/ADT/StringExtras.h"

namespace nnc::cpp {

/// Keywords, and what runtime/ and the printer's own text say unqualified.
static constexpr llvm::StringLiteral reserved =
    "absolute alignas alignof AllLanes and and_eq asm auto bitand bitCast bitor bool break "
    "bytesOfMask case catch char char16_t char32_t char8_t class co_await co_return co_yield "
    "compl concat concept const const_cast consteval constexpr constinit continue convert "
    "decltype default delete divide divideLanes do double dynamic_cast Element else enum EOF "
    "explicit export extern false float for forEach friend fromLanes gather gatherIf goto I if "
    "Index "
    "INFINITY inline int interleave lanes linux load loadFirst loadIf loadMask loadStrided "
    "long make mapLanes maskAnd maskOr math max min modulo moduloLanes mutable namespace NAN "
    "new nnc noexcept not not_eq NULL nullptr operator or or_eq own private protected public "
    "ramp reduceAdd reduceAnd reduceMax reduceMin reduceMul reduceOr register "
    "reinterpret_cast repeat requires return scatter scatterIf scratch select short shuffle "
    "signed sizeof slice splat splatMask static static_assert static_cast std store "
    "storeFirst storeIf storeMask storeStrided struct switch template this thread_local threads "
    "throw true try typedef typeid typename union unix unsigned using Vec virtual void "
    "volatile wchar_t while xor xor_eq";

Names::Names() {
  scopes.emplace_back();
  llvm::SmallVector<llvm::StringRef> words;
  reserved.split(words, ' ');
  for (llvm::StringRef word : words)
    used.insert(word);
}

void Names::closeScope() {
  for (const std::string &name : scopes.back())
    used.erase(name);
  scopes.pop_back();
}

bool Names::tryTake(const std::string &name) {
  if (!used.insert(name).second)
    return false;
  scopes.back().push_back(name);
  return true;
}

std::string Names::take(llvm::StringRef name) {
  std::string candidate = name.str();
  for (int i = 2; !tryTake(candidate); ++i)
    candidate = (name + "_" + llvm::Twine(i)).str();
  return candidate;
}

std::string Names::takeNumbered(llvm::StringRef base) {
  for (int i = 0;; ++i)
    if (std::string candidate = (base + "_" + llvm::Twine(i)).str(); tryTake(candidate))
      return candidate;
}

std::string Names::sanitize(llvm::StringRef part) {
  auto [base, suffix] = part.rsplit('$');
  if (!suffix.empty() && llvm::all_of(suffix, llvm::isDigit))
    part = base;
  std::string word, result;
  auto flush = [&] {
    bool counted = word.size() > 1 && llvm::StringRef("cfrtuv").contains(word[0]) &&
                   llvm::all_of(llvm::StringRef(word).drop_front(), llvm::isDigit);
    result += counted ? word.substr(0, 1) : word;
    word.clear();
  };
  for (char c : part) {
    if (llvm::isAlnum(c)) {
      word += c;
      continue;
    }
    flush();
    if (!result.empty() && result.back() != '_')
      result += '_';
  }
  flush();
  while (!result.empty() && result.back() == '_')
    result.pop_back();
  if (result.empty() || llvm::isDigit(result[0]))
    result.insert(0, "v");
  return result;
}

static bool isCounterName(llvm::StringRef name) {
  return name.size() > 1 && name[0] == 't' && llvm::all_of(name.drop_front(), llvm::isDigit);
}

std::string Names::takeBuffer(llvm::StringRef halideName) {
  if (isCounterName(halideName))
    return takeNumbered("t");
  return take(sanitize(halideName));
}

std::string Names::takeLoop(llvm::StringRef halideName) {
  llvm::SmallVector<llvm::StringRef> parts;
  halideName.split(parts, '.');
  while (parts.size() > 1 && (parts.back() == "rebased" || parts.back() == "base"))
    parts.pop_back();
  std::string name = sanitize(parts.back());
  if (tryTake(name))
    return name;
  return take(sanitize(parts.front()) + "_" + name);
}

} // namespace nnc::cpp
