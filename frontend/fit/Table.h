// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// A table of results as text: comma-separated values with a header or without.
#ifndef FRONTEND_FIT_TABLE_H
#define FRONTEND_FIT_TABLE_H

#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/Error.h"

#include <string>
#include <vector>

namespace nnc::fit {

struct Column {
  std::string name;
  /// One for each row; NaN where a cell is missing. Of a categorical column, numbers of
  /// `categories`.
  std::vector<double> numbers;
  /// The texts of a categorical column, in the order of their appearance; empty for a column of
  /// numbers.
  std::vector<std::string> categories;

  bool isCategorical() const { return !categories.empty(); }
};

struct Table {
  std::vector<Column> columns; // of the same length

  size_t countRows() const { return columns.empty() ? 0 : columns.front().numbers.size(); }
  /// Null where no column has this name.
  const Column *find(llvm::StringRef name) const;
};

/// Reads a file. The first line is a header if one of its cells is no number; else columns are
/// named x1, x2, ... Cells are separated by tabs, semicolons (numbers may have decimal commas
/// then), commas or blanks, may be quoted, and are missing where they are empty, "NA", "NaN" or
/// "?". The columns `categorical` may hold any text. Errors name the file, the line and the column:
/// lines of another length, text in a column of numbers, infinite numbers, UTF-16, two columns of
/// one name, no rows, a categorical column that is not there.
llvm::Expected<Table> readTable(llvm::StringRef path, llvm::ArrayRef<std::string> categorical = {});

/// The same of text; `path` is for messages.
llvm::Expected<Table> parseTable(llvm::StringRef text, llvm::StringRef path,
                                 llvm::ArrayRef<std::string> categorical = {});

/// Gives the texts of a categorical column the numbers that they have in `categories`, what a model
/// knows. Errors: a text that is not among them.
llvm::Error renumber(Column &column, llvm::ArrayRef<std::string> categories);

} // namespace nnc::fit

#endif // FRONTEND_FIT_TABLE_H
