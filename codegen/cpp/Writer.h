// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Lines of generated text, indented and wrapped at 100 columns.

#ifndef NNC_CODEGEN_CPP_WRITER_H
#define NNC_CODEGEN_CPP_WRITER_H

#include "llvm/ADT/Twine.h"
#include <string>

namespace nnc::cpp {

class Writer {
public:
  Writer() = default;
  /// Starts as far indented as `depth` open blocks.
  explicit Writer(int depth) : indentation(depth) {}

  void line(const llvm::Twine &content);
  /// Lines of another writer, as they are.
  void append(llvm::StringRef lines) { text += lines; }
  void comment(llvm::StringRef content);
  /// Prints `head {` and indents what follows; `head` may be empty.
  void open(const llvm::Twine &head);
  /// Closes the block, with `tail` behind the brace.
  void close(const llvm::Twine &tail = "");

  void indent() { ++indentation; }
  int depth() const { return indentation; }
  std::string take() { return std::move(text); }

private:
  std::string text;
  int indentation = 0;
};

} // namespace nnc::cpp

#endif // NNC_CODEGEN_CPP_WRITER_H
