#include "desist/value.hpp"

namespace desist::keys {

constinit const Key<std::string> request_id{"request_id"};
constinit const Key<std::string> client{"client"};
constinit const Key<std::string> principal{"principal"};
constinit const Key<std::string> traceparent{"traceparent"};

}  // namespace desist::keys
