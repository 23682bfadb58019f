// How a stop reaches a statement, and no other statement than the one it is for:
//
// 1. SQLite asks; nobody interrupts it. Its handlers run on the thread that steps and look at the Context of
// the call
//    under way, so a stop that comes late finds nothing to hit. (sqlite3_interrupt from another thread can
//    hit the connection's next statement.)
// 2. While it steps: the progress handler, every `progress_interval` instructions of SQLite's machine.
//    While it waits for a lock: the busy handler, which sleeps on the Context.
//    As it commits: the commit hook. After it the change is made, and the stop has come too late.
// 3. The end of the statement decides. When the last step says "done", the result is complete, whatever
// happened
//    meanwhile; when another row comes and the Context has stopped, it is not.
// 4. A statement that is left before its end changes nothing. SQLite rolls back what was interrupted; but it
// commits a
//    statement that is reset between two rows (of RETURNING), hence the veto in the commit hook.
// 5. A connection goes back only if its reset found nothing but success, or one of the ends above; everything
// else
//    closes it.
#include "sources/sqlite_connection.hpp"

#include <array>
#include <cerrno>
#include <chrono>
#include <system_error>
#include <utility>
#include <variant>

#include "desist/sleep.hpp"
#include "desist/worker.hpp"

#include "sources/sqlite_rows.hpp"
#include "sources/sqlite_rules.hpp"

namespace desist::sqlite {
namespace {

// A thousand instructions take some ten microseconds, so a stop is seen long before a millisecond has passed,
// and asking costs less than can be measured.
constexpr int progress_interval = 1000;

constexpr int primary(int code) noexcept {
  return code & 0xFF;
}

// Locks of SQLite are polled: the file system tells nobody when one is free.
std::chrono::milliseconds pause_before(int tries) noexcept {
  constexpr std::array<int, 7> pauses = {1, 1, 2, 2, 5, 5, 10};
  const auto index = static_cast<std::size_t>(tries);
  return std::chrono::milliseconds(index < pauses.size() ? pauses[index] : pauses.back());
}

/// Binds one value. Text is not copied: it outlives the run, and the bindings are cleared at its end.
struct Bind {
  sqlite3_stmt* statement;
  int index;
  int operator()(const std::string& text) const {
    constexpr sqlite3_destructor_type not_copied = nullptr;  // SQLITE_STATIC
    return sqlite3_bind_text64(statement, index, text.data(), text.size(), not_copied, SQLITE_UTF8);
  }
  int operator()(std::int64_t number) const { return sqlite3_bind_int64(statement, index, number); }
  int operator()(double number) const { return sqlite3_bind_double(statement, index, number); }
};

}  // namespace

/// Lets the handlers look at a Context, for as long as this lives.
class Connection::Attention {
 public:
  Attention(Connection& connection, const Context& ctx) : connection_(connection) { connection_.ctx_ = &ctx; }
  Attention(const Attention&) = delete;
  Attention& operator=(const Attention&) = delete;
  ~Attention() { connection_.ctx_ = nullptr; }

 private:
  Connection& connection_;
};

Result<std::unique_ptr<Connection>> Connection::open(const Context& ctx, const Sqlite::Options& options) {
  std::unique_ptr<Connection> connection(new Connection(options));  // lint:allow-new: private
  const Attention attention(*connection, ctx);
  Result<void> opened = connection->open_database(ctx);
  if (opened) opened = connection->read_schema(ctx);
  if (opened) opened = connection->prepare_statement(ctx);
  if (!opened) return tl::unexpected(std::move(opened.error()));
  return connection;
}

Result<void> Connection::open_database(const Context& ctx) {
  const int access =
      options_.access == Sqlite::Access::read_only ? SQLITE_OPEN_READONLY : SQLITE_OPEN_READWRITE;
  sqlite3* raw = nullptr;
  const int code = sqlite3_open_v2(options_.database.c_str(), &raw,
                                   access | SQLITE_OPEN_NOMUTEX | SQLITE_OPEN_EXRESCODE, nullptr);
  database_.reset(raw);  // there is one even where opening failed; it has the message
  if (code != SQLITE_OK) return fault(ctx, code, "cannot open '" + options_.database + "'");
  if (Result<void> restricted = restrict_connection(raw); !restricted) return restricted;
  install_handlers();
  return {};
}

// Opening reads nothing; this does, and finds what is no database, or locked, or not to be written.
Result<void> Connection::read_schema(const Context& ctx) {
  const int code =
      sqlite3_exec(database_.get(), "SELECT 1 FROM sqlite_master LIMIT 1", nullptr, nullptr, nullptr);
  if (code != SQLITE_OK) return fault(ctx, code, "cannot read '" + options_.database + "'");
  // SQLite opens a file read-only that it may not write, without a word.
  if (options_.access == Sqlite::Access::read_write && sqlite3_db_readonly(database_.get(), "main") != 0) {
    return failure(ErrorCode::failed, "cannot write '" + options_.database + "': no permission");
  }
  return {};
}

Result<void> Connection::prepare_statement(const Context& ctx) {
  const std::string& query = options_.query;
  if (query.find('\0') != std::string::npos) return failure(ErrorCode::failed, "the query contains a NUL");
  install_rules(database_.get(), &refusal_);
  sqlite3_stmt* raw = nullptr;
  const char* rest = nullptr;
  const int code =
      sqlite3_prepare_v3(database_.get(), query.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &raw, &rest);
  statement_.reset(raw);
  if (code != SQLITE_OK) return fault(ctx, code, "cannot prepare the query");
  if (statement_ == nullptr)
    return failure(ErrorCode::failed, "the query is empty; one SQL statement is wanted");
  if (Result<void> alone = check_nothing_follows(database_.get(), rest); !alone) return alone;
  if (options_.access == Sqlite::Access::read_only && sqlite3_stmt_readonly(statement_.get()) == 0) {
    return failure(ErrorCode::failed, "the query writes, and the database is opened read-only");
  }
  Result<std::vector<std::string>> names = parameter_names(statement_.get());
  if (!names) return tl::unexpected(std::move(names.error()));
  parameters_ = std::move(*names);
  if (Result<std::vector<std::string>> keys = column_keys(statement_.get()); !keys) {
    return tl::unexpected(std::move(keys.error()));
  }
  return {};
}

void Connection::install_handlers() {
  sqlite3_progress_handler(database_.get(), progress_interval, &Connection::on_progress, this);
  sqlite3_busy_handler(database_.get(), &Connection::on_busy, this);
  sqlite3_commit_hook(database_.get(), &Connection::on_commit, this);
}

Result<std::string> Connection::run(const Context& ctx, std::span<const ParamValue* const> values) {
  const Attention attention(*this, ctx);
  whole_ = false;  // until the end has been reached
  Result<std::string> rows = bind(values).and_then([&] { return step_to_end(ctx); });
  leave_statement(rows.has_value());
  return rows;
}

Result<void> Connection::bind(std::span<const ParamValue* const> values) {
  int index = 1;
  for (const ParamValue* value : values) {
    const int code = std::visit(Bind{statement_.get(), index}, *value);
    if (code != SQLITE_OK) {
      return failure(ErrorCode::invalid, "parameter '" + parameters_[static_cast<std::size_t>(index) - 1] +
                                             "': " + sqlite3_errmsg(database_.get()));
    }
    ++index;
  }
  return {};
}

Result<std::string> Connection::step_to_end(const Context& ctx) {
  checkpoint("stepping");
  RowWriter rows(statement_.get(), {.max_rows = options_.max_rows});
  for (;;) {
    const int code = sqlite3_step(statement_.get());
    if (code == SQLITE_DONE) return std::move(rows).finish();
    if (code != SQLITE_ROW) return fault(ctx, code, "the query failed");
    if (ctx.stop_requested()) return cancelled(ctx);
    if (Result<void> added = rows.add_row(); !added) return tl::unexpected(std::move(added.error()));
  }
}

void Connection::leave_statement(bool finished) noexcept {
  giving_up_ = !finished;
  const int code = sqlite3_reset(statement_.get());
  sqlite3_clear_bindings(statement_.get());
  giving_up_ = false;
  const bool expected = code == SQLITE_OK || primary(code) == SQLITE_INTERRUPT ||
                        primary(code) == SQLITE_BUSY || code == SQLITE_CONSTRAINT_COMMITHOOK;
  whole_ = expected && sqlite3_get_autocommit(database_.get()) != 0 &&
           sqlite3_txn_state(database_.get(), nullptr) == SQLITE_TXN_NONE;
}

bool Connection::file_was_replaced() const noexcept {
  int moved = 0;
  const int code = sqlite3_file_control(database_.get(), "main", SQLITE_FCNTL_HAS_MOVED, &moved);
  return code == SQLITE_OK && moved != 0;
}

// What a code of SQLite's means to the caller.
tl::unexpected<Error> Connection::fault(const Context& ctx, int code, std::string_view what) const {
  const bool gave_up = primary(code) == SQLITE_INTERRUPT || primary(code) == SQLITE_BUSY ||
                       code == SQLITE_CONSTRAINT_COMMITHOOK;
  if (gave_up && ctx.stop_requested()) return cancelled(ctx);

  std::string message(what);
  message += ": ";
  message += database_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database_.get());
  const int system = database_ == nullptr ? 0 : sqlite3_system_errno(database_.get());
  if (primary(code) == SQLITE_AUTH && !refusal_.empty()) message += " (" + refusal_ + ")";
  if (primary(code) == SQLITE_TOOBIG) return failure(ErrorCode::too_large, std::move(message));
  if (primary(code) == SQLITE_BUSY) return failure(ErrorCode::overloaded, std::move(message));
  if (primary(code) != SQLITE_CANTOPEN && primary(code) != SQLITE_IOERR) {
    return failure(ErrorCode::failed, std::move(message));
  }
  if (system != 0) message += " (" + std::generic_category().message(system) + ")";
  const bool no_descriptor = system == EMFILE || system == ENFILE;
  return failure(no_descriptor ? ErrorCode::overloaded : ErrorCode::failed, std::move(message));
}

int Connection::on_progress(void* self) noexcept {
  const auto* connection = static_cast<const Connection*>(self);
  if (connection->ctx_ == nullptr || !connection->ctx_->stop_requested()) return 0;
  sqlite3_stmt* statement = connection->statement_.get();
  const bool halted = statement != nullptr && sqlite3_stmt_busy(statement) == 0;
  return halted ? 0 : 1;
}

int Connection::on_busy(void* self, int tries) noexcept {
  const Context* ctx = static_cast<const Connection*>(self)->ctx_;
  if (ctx == nullptr) return 0;
  checkpoint("waiting for a lock");
  const bool slept = sleep_for(*ctx, pause_before(tries)).has_value();
  checkpoint("stepping");
  return slept ? 1 : 0;
}

int Connection::on_commit(void* self) noexcept {
  const auto* connection = static_cast<const Connection*>(self);
  const bool stopped = connection->ctx_ != nullptr && connection->ctx_->stop_requested();
  return connection->giving_up_ || stopped ? 1 : 0;
}

}  // namespace desist::sqlite
