// The services that sign for other people's domains, as far as their selectors
// and CNAME targets show them: what keys check asks for, and what a fix says.
// Data of public documentation and zones; a selector alone proves little, so
// that a service is `sure` by its CNAME target or a selector nobody else has.
#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace mailassay::audit {

struct KeyProvider {
  std::string_view name;  // "Microsoft 365"
  // Of names on the customer's domain: '#' is a digit, '?' a base32 digit
  // (RFC 4648, lower case), '*' at the end anything.
  std::span<const std::string_view> selectors;
  bool unique = false;  // nobody else has such selectors
  // Suffixes of CNAME targets; empty: keys are published as TXT.
  std::span<const std::string_view> targets;
  // On whose names the customer's own keys do not lie: "$n" is the name.
  std::string_view publish;  // how to publish the right record; "": see fixes
  std::string_view renew;    // how to sign with a new key
};

std::span<const KeyProvider> KeyProviders();
inline constexpr std::string_view kMicrosoft = "Microsoft 365";
inline constexpr std::string_view kGoogle = "Google Workspace";

struct ProviderMatch {
  const KeyProvider* provider = nullptr;  // null: none shows
  bool sure = false;
  bool Is(std::string_view name) const {
    return provider != nullptr && provider->name == name;
  }
};
// By a target of `chain`, else by the selector.
ProviderMatch ProviderOf(std::string_view selector,
                         std::span<const std::string> chain);
// Does a target of `chain` belong to the service?
bool LeadsTo(const KeyProvider& provider, std::span<const std::string> chain);

// What is wrong with the target of `selector` of `domain` at Microsoft 365, in
// words; empty: it is as Get-DkimSigningConfig shows it, in either generation
// (selectorN-DOMAIN._domainkey.TENANT.onmicrosoft.com, or
// selectorN-DOMAIN._domainkey.TENANT.X-v1.dkim.mail.microsoft).
std::string MicrosoftTargetFault(std::string_view selector,
                                 std::string_view domain,
                                 std::string_view target);
// Is it made to look like one of these, well or badly?
bool IsMeantForMicrosoft(std::string_view target);

// Selectors that the services usually have, without those that differ from
// customer to customer: what to ask of a domain of which nothing is known.
std::vector<std::string> UsualSelectors();

// The services that sign by their own domain until the customer's is set up.
// Null: `domain` is none of these.
const KeyProvider* DefaultSignerOf(std::string_view domain);

}  // namespace mailassay::audit
