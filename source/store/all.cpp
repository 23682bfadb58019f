#include "desist/all.hpp"

#include <set>
#include <stdexcept>
#include <string_view>
#include <utility>

#include "desist/task_group.hpp"

#include "store/json_text.hpp"
#include "store/media_type.hpp"
#include "store/utf8.hpp"

namespace desist {
namespace {

std::string about(const std::string& part, std::string_view what) {
  std::string message = part;
  message += ": ";
  message += what;
  return message;
}

/// What stands behind the part's name in the answer.
Result<std::string> as_json(const Context& ctx, Payload payload, std::size_t max_part) {
  const std::string content_type = payload.content_type();
  const bool json = payload.is_json();
  const bool text = media_type(content_type).starts_with("text/");
  if (!json && !text) {
    return failure(ErrorCode::failed, "neither JSON nor text, but '" + content_type + "'");
  }
  Result<std::string> bytes = std::move(payload).collect(ctx, max_part);
  if (!bytes) return bytes;
  if (json) {
    if (!is_json_value(*bytes)) return failure(ErrorCode::failed, "calls itself JSON and is not");
    return bytes;
  }
  if (!is_utf8(*bytes)) return failure(ErrorCode::failed, "text that is not UTF-8");
  std::string quoted;
  quoted.reserve(bytes->size() + 2);
  append_json_string(quoted, *bytes);
  return quoted;
}

Result<std::string> fetch_part(const Context& ctx, const Query& query, const All::Part& part,
                               std::size_t max_part) {
  Result<Payload> payload = part.store->fetch(ctx, query);
  if (!payload) return tl::unexpected(std::move(payload.error()));
  return as_json(ctx, std::move(*payload), max_part);
}

}  // namespace

All::All(std::vector<Part> parts) : All(std::move(parts), Options{}) {}

All::All(std::vector<Part> parts, Options options) : parts_(std::move(parts)), options_(options) {
  std::set<std::string_view> names;
  for (const Part& part : parts_) {
    if (part.store == nullptr) throw std::invalid_argument("part '" + part.name + "' has no store");
    if (!names.insert(part.name).second) {
      throw std::invalid_argument("two parts are called '" + part.name + "'");
    }
  }
}

Result<Payload> All::fetch(const Context& ctx, const Query& query) {
  std::vector<std::string> values(
      parts_.size());  // each written by its part's thread, read after all were joined
  TaskGroup group(ctx);
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    const Part& part = parts_[i];
    std::string& value = values[i];
    group.spawn(part.name, [this, &query, &part, &value](const Context& part_ctx) -> Result<void> {
      Result<std::string> json = fetch_part(part_ctx, query, part, options_.max_part);
      if (!json) {
        json.error().message = about(part.name, json.error().message);
        return tl::unexpected(std::move(json.error()));
      }
      value = std::move(*json);
      return {};
    });
  }
  if (Result<void> joined = group.wait(); !joined) return tl::unexpected(std::move(joined.error()));

  std::string object = "{";
  for (std::size_t i = 0; i < parts_.size(); ++i) {
    if (i != 0) object += ',';
    append_json_string(object, parts_[i].name);
    object += ':';
    object += values[i];
    std::string().swap(values[i]);
  }
  object += '}';
  return Payload::json(std::move(object));
}

}  // namespace desist
