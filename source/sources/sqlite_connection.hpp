#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <sqlite3.h>

#include "desist/sqlite.hpp"

#include "sources/sqlite_statement.hpp"

namespace desist::sqlite {

/// A connection to a database with the one statement that it runs again and again. Used by one thread at a
/// time.
class Connection {
 public:
  /// Opens and prepares. Waits for locks until `ctx` stops. `options` must outlive the connection.
  [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const Context& ctx,
                                                                const Sqlite::Options& options);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection() = default;

  /// Without the colon; a value's place in `run` is its name's place here.
  [[nodiscard]] const std::vector<std::string>& parameters() const noexcept { return parameters_; }

  /// Runs the statement to its end and gives its rows as JSON. What changes data changes all or, on any
  /// error, nothing.
  [[nodiscard]] Result<std::string> run(const Context& ctx, std::span<const ParamValue* const> values);

  /// Whether the last run left it as it found it: fit for the next.
  [[nodiscard]] bool whole() const noexcept { return whole_; }
  /// Whether the path leads to another file by now, or to none.
  [[nodiscard]] bool file_was_replaced() const noexcept;

 private:
  struct Close {
    void operator()(sqlite3* database) const noexcept { sqlite3_close(database); }
  };
  class Attention;

  explicit Connection(const Sqlite::Options& options) : options_(options) {}

  [[nodiscard]] Result<void> open_database(const Context& ctx);
  [[nodiscard]] Result<void> read_schema(const Context& ctx);
  [[nodiscard]] Result<void> prepare_statement(const Context& ctx);
  void install_handlers();

  [[nodiscard]] Result<void> bind(std::span<const ParamValue* const> values);
  [[nodiscard]] Result<std::string> step_to_end(const Context& ctx);
  void leave_statement(bool finished) noexcept;
  [[nodiscard]] tl::unexpected<Error> fault(const Context& ctx, int code, std::string_view what) const;

  static int on_progress(void* self) noexcept;
  static int on_busy(void* self, int tries) noexcept;
  static int on_commit(void* self) noexcept;

  const Sqlite::Options& options_;
  std::string refusal_;           // why a statement was refused, by the rules; named by errors
  const Context* ctx_ = nullptr;  // of the call under way: what the handlers look at
  bool giving_up_ = false;  // the statement is being left before its end: nothing of it may be committed
  bool whole_ = true;
  std::vector<std::string> parameters_;
  std::unique_ptr<sqlite3, Close> database_;
  Statement statement_;  // goes before its database
};

}  // namespace desist::sqlite
