// The option --kernels, which forces what is else chosen by the processor.
#pragma once

#include <string>
#include <string_view>

#include "absl/status/status.h"

namespace mailassay::cmd {

// Settles which kernels run, before anything else does; "": as without the
// option.  InvalidArgument with
// one line that says which word makes no sense here and why.
absl::Status UseKernels(std::string_view wish);

// "scan avx512, facts avx512, ...", as chosen.
std::string KernelList();

}  // namespace mailassay::cmd
