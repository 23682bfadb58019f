#include "front/outbox.hpp"

#include <algorithm>
#include <array>
#include <utility>

namespace desist::front {

void Outbox::add(std::string bytes) {
  if (bytes.empty()) return;
  size_ += bytes.size();
  pieces_.push_back(std::move(bytes));
}

bool Outbox::flush(Socket& socket) {
  while (size_ > 0) {
    std::array<iovec, 8> parts{};
    std::size_t count = 0;
    std::size_t offered = 0;
    for (std::size_t i = first_; i < pieces_.size() && count < parts.size(); ++i, ++count) {
      const std::size_t skip = i == first_ ? offset_ : 0;
      parts[count] = {.iov_base = pieces_[i].data() + skip, .iov_len = pieces_[i].size() - skip};
      offered += pieces_[i].size() - skip;
    }
    const Socket::Moved sent = socket.send({parts.data(), count});
    if (sent.status == Socket::Status::broken) return false;
    if (sent.status == Socket::Status::blocked) return true;
    drop_front(sent.bytes);
    if (sent.bytes < offered) return true;
  }
  return true;
}

void Outbox::drop_front(std::size_t bytes) {
  size_ -= bytes;
  gone_ += bytes;
  offset_ += bytes;
  while (first_ < pieces_.size() && offset_ >= pieces_[first_].size()) {
    offset_ -= pieces_[first_].size();
    std::string().swap(pieces_[first_]);
    ++first_;
  }
  if (size_ == 0 || first_ >= 64) {
    pieces_.erase(pieces_.begin(), pieces_.begin() + static_cast<std::ptrdiff_t>(first_));
    first_ = 0;
  }
  if (due_ && gone_ >= mark_) due_.reset();
}

void Outbox::clear() noexcept {
  pieces_.clear();
  first_ = offset_ = size_ = 0;
  due_.reset();
}

TimePoint Outbox::deadline(TimePoint now) {
  if (size_ == 0) return TimePoint::max();
  if (!due_) {
    mark_ = gone_ + size_;
    due_ = now + patience_;
  }
  return *due_;
}

}  // namespace desist::front
