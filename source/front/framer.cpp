#include "front/framer.hpp"
