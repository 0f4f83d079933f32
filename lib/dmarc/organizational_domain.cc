#include "lib/dmarc/organizational_domain.h"

#include <libpsl.h>

#include <algorithm>
#include <array>
#include <utility>

#include "lib/base/ascii.h"

namespace mailassay::dmarc {
namespace {

constexpr size_t kMaxName = 253;  // RFC 1035 2.3.4, as text

// An IPv4 address is no name; no top-level domain is all digits (RFC 3696 2).
bool EndsInNumber(std::string_view domain) {
  const std::string_view last = domain.substr(domain.rfind('.') + 1);
  return std::all_of(last.begin(), last.end(), IsDigit);
}

// For want of a list: every top-level domain is a public suffix.
std::string_view LastTwoLabels(std::string_view domain) {
  const size_t last_dot = domain.rfind('.');
  if (last_dot == domain.npos || last_dot == 0) return {};
  const size_t dot = domain.rfind('.', last_dot - 1);
  return dot == domain.npos ? domain : domain.substr(dot + 1);
}

}  // namespace

struct PublicSuffixList::Impl {
  explicit Impl(psl_ctx_t* loaded) : list(loaded) {}
  ~Impl() { psl_free(list); }
  Impl(const Impl&) = delete;
  Impl& operator=(const Impl&) = delete;

  psl_ctx_t* list;  // may be null, or libpsl's own, which psl_free leaves alone
  std::string path;
};

std::unique_ptr<const PublicSuffixList> PublicSuffixList::Load() {
  auto impl = std::make_unique<Impl>(psl_latest(nullptr));
  // psl_latest names no source: what is not built in is the system's file.
  const char* file = psl_dist_filename();
  if (impl->list != nullptr && impl->list != psl_builtin() && file != nullptr) {
    impl->path = file;
  }
  return std::unique_ptr<const PublicSuffixList>(
      new PublicSuffixList(std::move(impl)));
}

PublicSuffixList::PublicSuffixList(std::unique_ptr<Impl> impl)
    : impl_(std::move(impl)) {}

PublicSuffixList::~PublicSuffixList() = default;

std::string_view PublicSuffixList::OrganizationalDomain(
    std::string_view domain) const {
  if (domain.size() > kMaxName || EndsInNumber(domain)) return {};
  if (impl_->list == nullptr) return LastTwoLabels(domain);
  // libpsl wants a C string, and gives a place within it.
  std::array<char, kMaxName + 1> name;
  name[domain.copy(name.data(), kMaxName)] = '\0';
  const char* organization = psl_registrable_domain(impl_->list, name.data());
  if (organization == nullptr) return {};
  return domain.substr(static_cast<size_t>(organization - name.data()));
}

const std::string& PublicSuffixList::path() const { return impl_->path; }

}  // namespace mailassay::dmarc
