// What the parts of FindingsOfDomain share: the domain at hand, and how a
// finding is put down.  Internal to key_findings.cc, key_names.cc, key_life.cc.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "lib/audit/domain_keys.h"
#include "lib/audit/key_directory.h"
#include "lib/audit/key_fault.h"
#include "lib/audit/key_providers.h"

namespace mailassay::audit {

inline constexpr int64_t kDay = 86400;

class KeyContext {
 public:
  KeyContext(const DomainKeys& domain, const KeyDirectory& directory);

  const DomainKeys& domain() const { return domain_; }
  const KeyDirectory& directory() const { return directory_; }
  std::optional<int64_t> last_mail() const { return last_mail_; }
  // One of the domain's selectors leads to Microsoft 365.
  bool is_microsoft() const { return is_microsoft_; }
  // The service behind a selector, with what the other selectors show.
  ProviderMatch ProviderOf(const SelectorKeys& selector) const;
  // Does mail of these days still need the selector?  True too where nothing
  // is known of its mail.
  bool InUse(const SelectorKeys& selector) const;
  // The same of something of the selector that mail used last at `last`.
  bool InUse(const SelectorKeys& selector, int64_t last) const;

  // A finding of a selector that touches all of its mail, or that of one kind
  // of use.  One severity less when the selector is out of use.
  void Add(KeyFault fault, Severity severity, const SelectorKeys& selector,
           std::string detail);
  void Add(KeyFault fault, Severity severity, const SelectorKeys& selector,
           const KeyUseTally& use, std::string detail);
  // Whatever its use, with all of its mail.
  void AddAsIs(KeyFault fault, Severity severity, const SelectorKeys& selector,
               std::string detail);
  // Of the domain as a whole.
  void AddOfDomain(KeyFault fault, Severity severity, std::string detail);

  std::vector<KeyFinding> Take() && { return std::move(findings_); }

 private:
  // Null: nobody knows that who may say so (key_witness.h).
  KeyFinding* Put(KeyFault fault, Severity severity,
                  const SelectorKeys& selector, std::string detail);

  const DomainKeys& domain_;
  const KeyDirectory& directory_;
  std::optional<int64_t> last_mail_;
  bool is_microsoft_ = false;
  std::vector<KeyFinding> findings_;
};

// 2026-03-01.
std::string DateOf(int64_t seconds);
// "3 days", "1 day".
std::string Days(int64_t seconds);

// The parts, each over one selector or over the domain.
void FindInNames(const SelectorKeys& selector, KeyContext* context);
void FindInRecords(const SelectorKeys& selector, KeyContext* context);
void FindInUse(const SelectorKeys& selector, KeyContext* context);
void FindInLife(KeyContext* context);

}  // namespace mailassay::audit
