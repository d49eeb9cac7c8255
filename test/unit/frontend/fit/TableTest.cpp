// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
#include "frontend/fit/Table.h"
#include "frontend/fit/Dataset.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

using namespace nnc::fit;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

std::string getMessage(llvm::Error error) { return llvm::toString(std::move(error)); }

std::string parseFailing(llvm::StringRef text, std::vector<std::string> categorical = {}) {
  auto table = parseTable(text, "t.csv", categorical);
  return table ? "no error" : getMessage(table.takeError());
}

TEST(Table, ReadsHeaderQuotesMissingCellsAndOtherSeparators) {
  auto table = parseTable("a;\"b;c\"\r\n1;2.5\n\n?;-1e3\n", "t.csv");
  ASSERT_TRUE(bool(table));
  ASSERT_EQ(table->columns.size(), 2u);
  EXPECT_EQ(table->columns[1].name, "b;c");
  EXPECT_TRUE(std::isnan(table->columns[0].numbers[1]));
  EXPECT_THAT(table->columns[1].numbers, ElementsAre(2.5, -1000));
}

TEST(Table, ReadsDecimalCommasBetweenSemicolons) {
  auto table = parseTable("0,5;-1,25e2\n1;2,5\n", "t.csv");
  ASSERT_TRUE(bool(table));
  EXPECT_EQ(table->columns[0].name, "x1");
  EXPECT_THAT(table->columns[0].numbers, ElementsAre(0.5, 1));
  EXPECT_THAT(table->columns[1].numbers, ElementsAre(-125, 2.5));
  EXPECT_THAT(parseFailing("a;b\n1;1,234.5\n"), HasSubstr("'1,234.5' is no finite number"));
  EXPECT_THAT(parseFailing("a\tb\n1\t1,234\n"), HasSubstr("'1,234' is no finite number"));
}

TEST(Table, ReadsCellsBetweenBlanks) {
  auto table = parseTable("  a   \"b c\"\r\n 1  2.5 \n\n4 NaN\n", "t.dat");
  ASSERT_TRUE(bool(table));
  EXPECT_EQ(table->columns[1].name, "b c");
  EXPECT_THAT(table->columns[0].numbers, ElementsAre(1, 4));
  EXPECT_TRUE(std::isnan(table->columns[1].numbers[1]));
  EXPECT_EQ(parseFailing("a b\n1 2\n3\n"),
            "'t.csv': line 3 has 1 cells, but the table has 2 columns");
  // One column whose name has a blank.
  table = parseTable("wind speed\n3\n4\n", "t.csv");
  ASSERT_TRUE(bool(table));
  EXPECT_EQ(table->columns[0].name, "wind speed");
  EXPECT_THAT(table->columns[0].numbers, ElementsAre(3, 4));
}

TEST(Table, NamesColumnsWithoutHeader) {
  auto table = parseTable("1,2\n3,4\n", "t.csv");
  ASSERT_TRUE(bool(table));
  EXPECT_EQ(table->columns[1].name, "x2");
  EXPECT_THAT(table->columns[0].numbers, ElementsAre(1, 3));
}

TEST(Table, NumbersCategories) {
  auto table = parseTable("kind,y\nred,1\nblue,2\nred,3\n", "t.csv", {"kind"});
  ASSERT_TRUE(bool(table));
  EXPECT_THAT(table->columns[0].numbers, ElementsAre(0, 1, 0));
  EXPECT_THAT(table->columns[0].categories, ElementsAre("red", "blue"));
}

TEST(Table, SaysWhatIsWrongAndWhere) {
  EXPECT_EQ(parseFailing(""), "'t.csv': is empty; wanted is a table with a row for each result");
  EXPECT_EQ(parseFailing("a,b\n"), "'t.csv': has a header but no rows");
  EXPECT_EQ(parseFailing("a,b\n1,2\n3\n"),
            "'t.csv': line 3 has 1 cells, but the table has 2 columns");
  EXPECT_EQ(parseFailing("a,b\n1,2\n3,x\n"),
            "'t.csv': line 3, column 'b': 'x' is no finite number; if the column holds categories, "
            "say --categorical=b");
  EXPECT_THAT(parseFailing("a,b\n1,inf\n"), HasSubstr("'inf' is no finite number"));
  EXPECT_EQ(parseFailing(llvm::StringRef("\xFF\xFE"
                                         "a\0,\0b\0",
                                         8)),
            "'t.csv': is UTF-16; wanted is UTF-8");
  EXPECT_EQ(parseFailing("a,a\n1,2\n"), "'t.csv': two columns are named 'a'");
  EXPECT_EQ(parseFailing("a,b\n1,2\n", {"c"}), "'t.csv': there is no column 'c'; there are a, b");
}

std::string prepareFailing(llvm::StringRef text, const Roles &roles) {
  Table table = llvm::cantFail(parseTable(text, "t.csv"));
  auto data = prepare(table, roles);
  return data ? "no error" : getMessage(data.takeError());
}

TEST(Dataset, SaysWhatIsWrong) {
  EXPECT_EQ(prepareFailing("a,y\n1,2\n2,3\n", {{}, {"z"}, ""}),
            "there is no column 'z'; there are a, y");
  EXPECT_EQ(prepareFailing("a,y\n1,2\n2,3\n", {{"a", "y"}, {"y"}, ""}),
            "column 'y' is an input and an output");
  EXPECT_EQ(prepareFailing("a,y\n1,2\n2,2\n", {{}, {"y"}, ""}),
            "output 'y' is the same in all rows: there is nothing to model");
  EXPECT_EQ(prepareFailing("a,y\n1,2\n1,3\n", {{}, {"y"}, ""}),
            "only 1 point is left; at least 2 different ones are needed");
  EXPECT_EQ(prepareFailing("a,y,w\n1,2,1\n2,3,0\n", {{}, {"y"}, "w"}),
            "column 'w' has weights that are not more than 0");
}

TEST(Dataset, LeavesOutAndJoins) {
  Table table =
      llvm::cantFail(parseTable("a,b,c,y\n1,2,7,1\n2,4,7,2\n3,6,7,3\n3,6,7,5\n4,,7,9\n", "t.csv"));
  auto data = prepare(table, {{}, {"y"}, ""});
  ASSERT_TRUE(bool(data));
  EXPECT_THAT(data->notes, ElementsAre("1 of 5 rows have missing cells and are left out",
                                       "1 rows have the inputs of others and are joined with them",
                                       "input 'c' is constant and is not used",
                                       "input 'b' is 'a', scaled and shifted, and is not used"));
  EXPECT_EQ(data->x.cols(), 1);
  EXPECT_EQ(data->raw.rows(), 3);
  EXPECT_DOUBLE_EQ(data->y(2, 0), 4);
  EXPECT_DOUBLE_EQ(data->weights(2), 1.5); // two of four rows
  EXPECT_NEAR(data->x.col(0).mean(), 0, 1e-15);
  EXPECT_NEAR(data->x.col(0).squaredNorm() / 3, 1, 1e-15);
}

} // namespace
