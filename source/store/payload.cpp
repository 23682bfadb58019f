#include "desist/store.hpp"
