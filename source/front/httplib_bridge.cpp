#include "front/httplib_bridge.hpp"

#include <algorithm>
#include <cstring>

#include <httplib.h>

// cpp-httplib writes the answers that are streamed. It gets a request line of ours and no headers: they have
// been checked, and the service reads them in their order from the framer; in here each of them would be one
// more behaviour to switch off: Expect, Range, Accept-Encoding, Connection, Upgrade, a body to be read.

namespace desist::front {
namespace {

/// The stream that process_request reads the head from and writes the answer to. The virtual functions are
/// the union of all versions', hence none says `override`.
class HeadStream final : public httplib::Stream {
 public:
  HeadStream(std::string head, const StreamedReply& reply, Exchanger& exchanger)
      : head_(std::move(head)), reply_(reply), exchanger_(exchanger) {}

  bool is_readable() const { return position_ < head_.size(); }
  bool is_writable() const { return !failed_; }
  bool wait_readable() const { return is_readable(); }
  bool wait_writable() const { return is_writable(); }
  bool is_peer_alive() const { return is_writable(); }
  time_t duration() const { return 0; }
  void set_read_timeout(time_t, time_t) {}
  socket_t socket() const { return -1; }
  void get_remote_ip_and_port(std::string&, int&) const {}
  void get_local_ip_and_port(std::string&, int&) const {}

  ssize_t read(char* into, size_t size) {
    const std::size_t count = std::min(size, head_.size() - position_);
    std::memcpy(into, head_.data() + position_, count);
    position_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t write(const char* bytes, size_t size) {
    if (!entered_) return static_cast<ssize_t>(size);  // a refusal of cpp-httplib's own
    failed_ = failed_ || !exchanger_.write({bytes, size});
    return failed_ ? -1 : static_cast<ssize_t>(size);
  }

  /// The request line has been parsed.
  const StreamedReply& enter() noexcept {
    entered_ = true;
    return reply_;
  }

  [[nodiscard]] Exchanger& exchanger() noexcept { return exchanger_; }
  [[nodiscard]] bool entered() const noexcept { return entered_; }
  [[nodiscard]] bool failed() const noexcept { return failed_; }
  void fail() noexcept { failed_ = true; }

 private:
  std::string head_;
  std::size_t position_ = 0;
  const StreamedReply& reply_;
  Exchanger& exchanger_;
  bool entered_ = false;
  bool failed_ = false;
};

// The handler of a server gets a request and a response, and no way to say whose they are.
thread_local HeadStream* here = nullptr;

void put(const StreamedReply& reply, httplib::Response& response, HeadStream& stream) {
  response.status = reply.status;
  const auto provider = [&stream](size_t, httplib::DataSink& sink) {
    const std::optional<std::string_view> part = stream.exchanger().pull();
    if (!part) {
      stream.fail();
      return false;
    }
    if (part->empty()) {
      sink.done();
    } else {
      sink.write(part->data(), part->size());
    }
    return !stream.failed();
  };
  const std::string type(reply.content_type);
  if (reply.length == StreamedReply::Length::chunked) {
    response.set_chunked_content_provider(type, provider);
  } else {
    response.set_content_provider(type, provider);
  }
}

}  // namespace

class Bridge::Server : public httplib::Server {
 public:
  explicit Server(int listening) {
    svr_sock_ = listening;
    set_pre_routing_handler([](const httplib::Request&, httplib::Response& response) {
      put(here->enter(), response, *here);
      return HandlerResponse::Handled;
    });
    // The last word on the headers: of what cpp-httplib adds by itself, not all is true of this server.
    set_post_routing_handler([](const httplib::Request&, httplib::Response& response) {
      response.headers.erase("Connection");
      response.headers.erase("Accept-Ranges");
      if (response.get_header_value("Content-Type").empty()) response.headers.erase("Content-Type");
    });
  }
  // The listening descriptor is not ours to close, whatever a version's destructor may do.
  ~Server() override { svr_sock_ = INVALID_SOCKET; }

  bool process(httplib::Stream& stream) {
    bool closed = false;
    // Told that the connection closes, it says so in a header, which is dropped; told that it does not, it
    // would say how long it is kept, at ten times the price.
    constexpr bool close = true;
    // From 0.18 on the addresses come as arguments.
    const auto call = [&](auto& self) {
      if constexpr (requires { self.process_request(stream, "", 0, "", 0, close, closed, nullptr); }) {
        return self.process_request(stream, "", 0, "", 0, close, closed, nullptr);
      } else {
        return self.process_request(stream, close, closed, nullptr);
      }
    };
    return call(*this);
  }
};

namespace {

class Nobody final : public Exchanger {
 public:
  bool write(std::string_view) override { return true; }
  std::optional<std::string_view> pull() override { return std::string_view(); }
};

}  // namespace

// cpp-httplib makes some of its tables at their first use. They are made here, by one thread, by going each
// way through it once: a sanitizer does not see the guards in a library that was built without it.
Bridge::Bridge(int listening) : server_(std::make_unique<Server>(listening)) {
  for (const auto length : {StreamedReply::Length::chunked, StreamedReply::Length::to_the_end}) {
    Nobody nobody;
    StreamedReply reply;
    reply.length = length;
    (void)answer(Extent::whole, reply, nobody);
  }
}
Bridge::~Bridge() = default;

// Whatever was asked for, with whatever method: cpp-httplib has rules of its own about both.
bool Bridge::answer(Extent extent, const StreamedReply& reply, Exchanger& exchanger) {
  std::string head(extent == Extent::head ? "HEAD / HTTP/1.1\r\n\r\n" : "GET / HTTP/1.1\r\n\r\n");
  HeadStream stream(std::move(head), reply, exchanger);
  here = &stream;
  bool whole = false;
  try {
    whole = server_->process(stream);
  } catch (...) {
    whole = false;  // of providers or of memory
  }
  here = nullptr;
  return whole && stream.entered() && !stream.failed();
}

}  // namespace desist::front
