#include "sources/sqlite_rows.hpp"

#include <array>
#include <charconv>
#include <cmath>
#include <set>
#include <span>
#include <string_view>
#include <utility>

#include "sources/base64.hpp"
#include "store/json_text.hpp"

namespace desist::sqlite {
namespace {

template <class Number>
std::string_view digits_of(Number number, std::array<char, 32>& buffer) {
  const auto [end, error] = std::to_chars(buffer.data(), buffer.data() + buffer.size(), number);
  return {buffer.data(), static_cast<std::size_t>(end - buffer.data())};
}

// The shortest text that reads back as the same number; a whole one keeps its ".0", so that it is seen to be
// a real.
void append_real(std::string& out, double number) {
  if (!std::isfinite(number)) {
    out += "null";
    return;
  }
  std::array<char, 32> buffer;
  const std::string_view digits = digits_of(number, buffer);
  out += digits;
  if (digits.find_first_of(".e") == std::string_view::npos) out += ".0";
}

tl::unexpected<Error> beyond(std::size_t max_bytes) {
  return failure(ErrorCode::too_large,
                 "the rows are more than " + std::to_string(max_bytes) + " bytes of JSON");
}

tl::unexpected<Error> no_memory() {
  return failure(ErrorCode::failed, "out of memory while reading a row");
}

}  // namespace

Result<std::vector<std::string>> column_keys(sqlite3_stmt* statement) {
  const int count = sqlite3_column_count(statement);
  std::vector<std::string> keys;
  std::set<std::string> seen;
  for (int column = 0; column < count; ++column) {
    const char* name = sqlite3_column_name(statement, column);
    if (name == nullptr) return no_memory();
    std::string key;
    append_json_string(key, name);
    key += ':';
    if (!seen.insert(key).second) {
      return failure(ErrorCode::failed, "two columns are called '" + std::string(name) +
                                            "': give one of them another name with AS");
    }
    keys.push_back(std::move(key));
  }
  return keys;
}

Result<void> RowWriter::add_row() {
  if (rows_ == limits_.max_rows) {
    return failure(ErrorCode::too_large,
                   "more than max_rows = " + std::to_string(limits_.max_rows) + " rows");
  }
  if (rows_ == 0) {
    Result<std::vector<std::string>> keys = column_keys(statement_);
    if (!keys) return tl::unexpected(std::move(keys.error()));
    keys_ = std::move(*keys);
  }
  json_ += rows_ == 0 ? "{" : ",{";
  for (std::size_t column = 0; column < keys_.size(); ++column) {
    if (column != 0) json_ += ',';
    json_ += keys_[column];
    if (Result<void> added = add_value(static_cast<int>(column)); !added) return added;
  }
  json_ += '}';
  ++rows_;
  if (json_.size() >= limits_.max_bytes) return beyond(limits_.max_bytes);  // the closing bracket is to come
  return {};
}

std::string RowWriter::finish() && {
  json_ += ']';
  return std::move(json_);
}

Result<void> RowWriter::add_value(int column) {
  std::array<char, 32> buffer;
  switch (sqlite3_column_type(statement_, column)) {
    case SQLITE_INTEGER:
      json_ += digits_of(sqlite3_column_int64(statement_, column), buffer);
      return {};
    case SQLITE_FLOAT:
      append_real(json_, sqlite3_column_double(statement_, column));
      return {};
    case SQLITE_TEXT:
      return add_text(column);
    case SQLITE_BLOB:
      return add_blob(column);
    default:
      json_ += "null";
      return {};
  }
}

// The order of the calls is SQLite's rule: first the pointer, which may convert the value, then its size.
Result<void> RowWriter::add_text(int column) {
  const auto* text =
      static_cast<const char*>(static_cast<const void*>(sqlite3_column_text(statement_, column)));
  if (text == nullptr) return no_memory();
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));
  if (!append_json_string(json_, {text, size}, limits_.max_bytes)) return beyond(limits_.max_bytes);
  return {};
}

Result<void> RowWriter::add_blob(int column) {
  const auto* blob = static_cast<const std::byte*>(sqlite3_column_blob(statement_, column));
  const auto size = static_cast<std::size_t>(sqlite3_column_bytes(statement_, column));  // null where 0
  if (size > limits_.max_bytes) return beyond(limits_.max_bytes);
  json_ += '"';
  append_base64(json_, {blob, size});
  json_ += '"';
  return {};
}

}  // namespace desist::sqlite
