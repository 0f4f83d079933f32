// The inner loop of body canonicalisation: whole stretches of text, whatever
// they hold.  Empty lines at the end of the body, and what is held back between
// two pieces, are left to BodyCanonicalizer.
#pragma once

#include <array>
#include <cstddef>

#include "lib/base/kernel.h"
#include "lib/dkim/canonical_kernel_data.h"

namespace mailassay::dkim {

#if defined(__x86_64__)
inline constexpr size_t kCanonicalKernelCount = 3;
#else
inline constexpr size_t kCanonicalKernelCount = 1;
#endif

// Family "body": avx512, avx2, portable.
extern constinit const Kernels<CanonicalKernel, kCanonicalKernelCount>
    kCanonicalKernels;

}  // namespace mailassay::dkim
