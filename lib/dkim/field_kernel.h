// The pass over a header field's value that relaxed canonicalisation makes.
#pragma once

#include <array>
#include <cstddef>

#include "lib/base/kernel.h"
#include "lib/dkim/field_kernel_data.h"

namespace mailassay::dkim {

#if defined(__x86_64__)
inline constexpr size_t kFieldKernelCount = 3;
#else
inline constexpr size_t kFieldKernelCount = 1;
#endif

// Family "field": avx512, avx2, portable.
extern constinit const Kernels<FieldKernel, kFieldKernelCount> kFieldKernels;

}  // namespace mailassay::dkim
