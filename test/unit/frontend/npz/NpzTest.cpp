// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// The .npy and .npz readers: what NumPy writes is read, what is broken is refused with a reason.
#include "frontend/npz/Npz.h"

#include "llvm/ADT/ScopeExit.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/MemoryBuffer.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <tuple>

using namespace llvm;
using namespace nnc::npz;
using testing::ElementsAre;
using testing::HasSubstr;

namespace {

/// A reader of `data`.
auto readFrom(StringRef data) {
  return [data](uint64_t count) mutable -> Expected<std::vector<char>> {
    StringRef piece = data.take_front(count);
    data = data.drop_front(piece.size());
    return std::vector<char>(piece.begin(), piece.end());
  };
}

/// A version 1 file with that header and elements.
std::string makeNpy(StringRef header, StringRef elements) {
  std::string file("\x93NUMPY\x01\x00", 8);
  file += static_cast<char>(header.size() % 256);
  file += static_cast<char>(header.size() / 256);
  return file + header.str() + elements.str();
}

std::string getError(StringRef data) {
  Expected<Array> array = readNpy(readFrom(data));
  return array ? "" : toString(array.takeError());
}

class TemporaryFile {
public:
  TemporaryFile() { std::ignore = sys::fs::createTemporaryFile("npz", "npz", path); }
  ~TemporaryFile() { std::ignore = sys::fs::remove(path); }
  void write(StringRef content) {
    std::error_code error;
    raw_fd_ostream(path, error) << content;
  }
  SmallString<128> path;
};

TEST(Npy, ReadsWhatNumpyWrites) {
  Expected<Array> array =
      readNpy(readFrom(makeNpy("{'descr': '<i2', 'fortran_order': False, 'shape': (2, 1), }   \n",
                               StringRef("\1\0\2\0", 4))));
  ASSERT_TRUE(bool(array)) << toString(array.takeError());
  EXPECT_EQ(array->type, "int16");
  EXPECT_THAT(array->shape, ElementsAre(2, 1));
  EXPECT_THAT(array->bytes, ElementsAre(1, 0, 2, 0));
}

TEST(Npy, ReadsScalarsAndEmptyArrays) {
  Expected<Array> scalar =
      readNpy(readFrom(makeNpy("{'descr': '|b1', 'fortran_order': False, 'shape': ()}", "\1")));
  ASSERT_TRUE(bool(scalar)) << toString(scalar.takeError());
  EXPECT_TRUE(scalar->shape.empty());
  Expected<Array> empty =
      readNpy(readFrom(makeNpy("{'descr': '<f8', 'fortran_order': True, 'shape': (0, 3)}", "")));
  ASSERT_TRUE(bool(empty)) << toString(empty.takeError());
  EXPECT_TRUE(empty->bytes.empty());
}

TEST(Npy, BringsColumnMajorIntoRowMajor) {
  Expected<Array> array = readNpy(readFrom(makeNpy(
      "{'shape': (2, 3), 'fortran_order': True, 'descr': '|u1'}", StringRef("\0\3\1\4\2\5", 6))));
  ASSERT_TRUE(bool(array)) << toString(array.takeError());
  EXPECT_THAT(array->bytes, ElementsAre(0, 1, 2, 3, 4, 5));
}

TEST(Npy, RefusesWhatItCannotRead) {
  EXPECT_THAT(getError(""), HasSubstr("ends within its head"));
  EXPECT_THAT(getError("PK\3\4 something else"), HasSubstr("no .npy array"));
  EXPECT_THAT(getError(StringRef("\x93NUMPY\x09\x00\x10\x00", 10)), HasSubstr("version 9"));
  EXPECT_THAT(getError(StringRef("\x93NUMPY\x02\x00\xff\xff\xff\xff", 12)),
              HasSubstr("at most 65536"));
  EXPECT_THAT(getError(makeNpy("{'descr': '|O', 'fortran_order': False, 'shape': (1,)}", "")),
              HasSubstr("elements are '|O'"));
  EXPECT_THAT(getError(makeNpy("{'descr': '>f4', 'fortran_order': False, 'shape': (1,)}", "")),
              HasSubstr("little-endian"));
  EXPECT_THAT(getError(makeNpy("{'descr': [('a', '<f4')], 'shape': (1,)}", "")),
              HasSubstr("records"));
}

TEST(Npy, RefusesBrokenHeaders) {
  for (StringRef header :
       {"", "{", "{'descr': '<f4'", "{'descr': <f4}", "{'descr': '<f4' 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': ()}",
        "{'descr': '<f4', 'fortran_order': False}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (-1,)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (1 2)}",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999999999999,)}"})
    EXPECT_THAT(getError(makeNpy(header, "")), HasSubstr("header has no")) << header.str();
  EXPECT_THAT(getError(makeNpy("{'surprise': 1}", "")), HasSubstr("unknown key"));
}

TEST(Npy, ChecksSizesBeforeItTrustsThem) {
  std::string start = "{'descr': '<f4', 'fortran_order': False, 'shape': ";
  EXPECT_THAT(getError(makeNpy(start + "(2,)}", "1234567")), HasSubstr("7 bytes of 8"));
  EXPECT_THAT(getError(makeNpy(start + "(1,)}", "12345")), HasSubstr("more bytes"));
  EXPECT_THAT(getError(makeNpy(start + "(4611686018427387904, 2)}", "")), HasSubstr("any memory"));
  EXPECT_THAT(getError(makeNpy(start + "(1152921504606846976,)}", "1234")),
              HasSubstr("4 bytes of"));
}

TEST(Npz, GivesBackWhatWasWritten) {
  TemporaryFile file;
  NamedArrays arrays = {{"in/put:0", {"float32", {1, 2}, {1, 2, 3, 4, 5, 6, 7, 8}}},
                        {"labels", {"int64", {}, {9, 0, 0, 0, 0, 0, 0, 0}}}};
  Error error = writeNpz(file.path, arrays);
  ASSERT_FALSE(bool(error)) << toString(std::move(error));
  Expected<NamedArrays> read = readNpz(file.path);
  ASSERT_TRUE(bool(read)) << toString(read.takeError());
  ASSERT_EQ(read->size(), 2u);
  EXPECT_EQ((*read)[0].first, "in/put:0");
  EXPECT_EQ((*read)[0].second.bytes, arrays[0].second.bytes);
  EXPECT_EQ((*read)[1].second.shape, arrays[1].second.shape);
}

TEST(Npz, RefusesBrokenFiles) {
  TemporaryFile file;
  auto getFileError = [&] {
    Expected<NamedArrays> arrays = readNpz(file.path);
    return arrays ? "" : toString(arrays.takeError());
  };
  file.write("no zip at all, but long enough to have an end of central directory");
  EXPECT_THAT(getFileError(), HasSubstr("zip"));
  ASSERT_FALSE(bool(writeNpz(file.path, {{"x", {"int8", {3}, {1, 2, 3}}}})));
  std::string whole = (*MemoryBuffer::getFile(file.path))->getBuffer().str();
  file.write(StringRef(whole).drop_back(30));
  EXPECT_THAT(getFileError(), Not(HasSubstr("int8")));
  EXPECT_NE(getFileError(), "");
  size_t payload = whole.find("\1\2\3");
  ASSERT_NE(payload, std::string::npos);
  whole[payload] = 7;
  file.write(whole);
  EXPECT_THAT(getFileError(), HasSubstr("CRC"));
}

TEST(Npz, NamesTheFileThatIsNotThere) {
  Expected<NamedArrays> arrays = readNpz("/nowhere/at/all.npz");
  ASSERT_FALSE(bool(arrays));
  EXPECT_THAT(toString(arrays.takeError()), HasSubstr("'/nowhere/at/all.npz': No such file"));
}

} // namespace
