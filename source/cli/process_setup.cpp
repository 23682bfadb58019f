#include "cli/process_setup.hpp"

#include <fcntl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "desist/process.hpp"

namespace desist::cli {
namespace {

void open_standard_descriptors() {
  // The lowest free number is taken, so that this ends with the first one above them.
  int fd = open("/dev/null", O_RDWR);
  while (fd >= 0 && fd <= STDERR_FILENO) fd = open("/dev/null", O_RDWR);
  if (fd >= 0) close(fd);
}

void raise_descriptor_limit() {
  process::remember_nofile_limit();
  rlimit limit = {};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);  // where it fails, the front does with fewer connections
}

}  // namespace

void set_up_process() {
  open_standard_descriptors();
  raise_descriptor_limit();
  process::adopt_orphans();  // where the system refuses, commands still end their process groups
}

}  // namespace desist::cli
