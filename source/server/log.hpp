#pragma once

/// The log: hears the Journal and writes a line for each finished request and for each worker that is
/// overdue. What else there is to say about the server is handed to it as a Note.

#include <memory>
#include <string>

#include "desist/journal.hpp"
#include "desist/server.hpp"

#include "server/log_line.hpp"
#include "server/log_writer.hpp"

namespace desist::server {

class Log {
 public:
  /// `format` is not `none`. `automatic` is text on a terminal and JSON elsewhere; colours are for a terminal
  /// where NO_COLOR is not set and TERM is not "dumb".
  Log(ServerOptions::LogFormat format, LogWriter::Options writer);

  /// Of `closed`; `error` is what a source said when it failed, or empty.
  void finished(const Event& closed) noexcept;
  /// Of `overdue`.
  void overdue(const Event& overdue) noexcept;

  /// A note with the time of now.
  void note(std::string_view event, std::vector<std::pair<std::string_view, Note::Value>> fields);

  /// See LogWriter::end.
  void end() { writer_.end(); }

 private:
  std::unique_ptr<LineFormat> format_;
  LogWriter writer_;
};

/// The fields that say who a worker is and where, for the notes on those that do not stop.
[[nodiscard]] std::vector<std::pair<std::string_view, Note::Value>> fields_of(const LiveRequest& request,
                                                                              const WorkerView& worker,
                                                                              TimePoint now);

}  // namespace desist::server
