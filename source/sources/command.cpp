#include "desist/command.hpp"
