#include "desist/error.hpp"
