// The organizational domain by the public suffix list (RFC 7489 3.2): the
// public suffix and one label.
//
// A loaded list is immutable and may be used by all threads.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace mailassay::dmarc {

class PublicSuffixList {
 public:
  // The newest of the system's list and the one built into libpsl.  Never
  // null: libpsl always has a built-in list on Debian; when it has none, a
  // name's last two labels are its organizational domain.
  static std::unique_ptr<const PublicSuffixList> Load();
  ~PublicSuffixList();
  PublicSuffixList(const PublicSuffixList&) = delete;
  PublicSuffixList& operator=(const PublicSuffixList&) = delete;

  // Empty for a public suffix itself ("com", "co.uk") and for a single label:
  // such a name belongs to no organization.  A view into `domain`.
  // REQUIRES lower-case A-labels, as ParseDomain gives.
  std::string_view OrganizationalDomain(std::string_view domain) const;

  // Path of the file the list came from, for run.json; empty: built in.
  const std::string& path() const;

 private:
  struct Impl;
  explicit PublicSuffixList(std::unique_ptr<Impl> impl);
  std::unique_ptr<Impl> impl_;
};

}  // namespace mailassay::dmarc
