#include "desist/server.hpp"
