#include "lib/audit/key_providers.h"

#include <algorithm>
#include <array>

#include "lib/base/ascii.h"
#include "lib/base/concat.h"
#include "lib/base/domain_name.h"

namespace mailassay::audit {
namespace {

using Names = std::span<const std::string_view>;

// clang-format off
constexpr std::string_view kMicrosoftSelectors[] = {"selector1", "selector2"};
constexpr std::string_view kMicrosoftTargets[] = {"onmicrosoft.com", "dkim.mail.microsoft"};
constexpr std::string_view kGoogleSelectors[] = {"google"};
constexpr std::string_view kSendGridSelectors[] = {"s1", "s2", "smtpapi", "m1"};
constexpr std::string_view kSendGridTargets[] = {"sendgrid.net"};
constexpr std::string_view kMailchimpSelectors[] = {"k1", "k2", "k3"};
constexpr std::string_view kMailchimpTargets[] = {"mcsv.net"};
constexpr std::string_view kMandrillSelectors[] = {"mandrill", "mte1", "mte2"};
constexpr std::string_view kMandrillTargets[] = {"mandrillapp.com"};
constexpr std::string_view kSesSelectors[] = {"????????????????????????????????"};
constexpr std::string_view kSesTargets[] = {"dkim.amazonses.com"};
constexpr std::string_view kMailgunSelectors[] = {"mailo", "krs", "pic"};
constexpr std::string_view kMailgunTargets[] = {"mailgun.org"};
constexpr std::string_view kSparkPostSelectors[] = {"scph####"};
constexpr std::string_view kPostmarkSelectors[] = {"##############pm"};
constexpr std::string_view kHubSpotSelectors[] = {"hs1", "hs2", "hs1-*", "hs2-*"};
constexpr std::string_view kHubSpotTargets[] = {"dkim.hubspotemail.net"};
constexpr std::string_view kSalesforceSelectors[] = {"sf", "sf1", "sf2"};
constexpr std::string_view kSalesforceTargets[] = {"custdkim.salesforce.com"};
constexpr std::string_view kZendeskSelectors[] = {"zendesk1", "zendesk2"};
constexpr std::string_view kZendeskTargets[] = {"zendesk.com"};
constexpr std::string_view kKlaviyoSelectors[] = {"kl", "kl2", "km1", "km2"};
constexpr std::string_view kKlaviyoTargets[] = {"klaviyo.com", "klaviyodns.com", "klaviyomail.com"};
constexpr std::string_view kBrevoSelectors[] = {"brevo1", "brevo2"};
constexpr std::string_view kBrevoTargets[] = {"dkim.brevo.com"};
constexpr std::string_view kConstantContactSelectors[] = {"ctct1", "ctct2"};
constexpr std::string_view kConstantContactTargets[] = {"ccsend.com"};
constexpr std::string_view kShopifyTargets[] = {"email.myshopify.com"};
constexpr std::string_view kIntercomSelectors[] = {"intercom"};
constexpr std::string_view kIntercomTargets[] = {"dkim.intercom.io"};
constexpr std::string_view kMailjetSelectors[] = {"mailjet"};
constexpr std::string_view kActiveCampaignSelectors[] = {"acdkim1", "acdkim2"};
constexpr std::string_view kActiveCampaignTargets[] = {"acdkim1.acems1.com", "acems1.com", "acems2.com"};
constexpr std::string_view kMailerLiteSelectors[] = {"litesrv"};
constexpr std::string_view kMailerLiteTargets[] = {"mlsend.com"};
constexpr std::string_view kFastmailSelectors[] = {"fm1", "fm2", "fm3"};
constexpr std::string_view kFastmailTargets[] = {"dkim.fmhosted.com", "messagingengine.com"};
constexpr std::string_view kProtonSelectors[] = {"protonmail", "protonmail2", "protonmail3"};
constexpr std::string_view kProtonTargets[] = {"domains.proton.ch"};
constexpr std::string_view kZohoSelectors[] = {"zoho", "zmail"};
constexpr std::string_view kAppleSelectors[] = {"sig1"};
constexpr std::string_view kAppleTargets[] = {"icloudmailadmin.com"};
constexpr std::string_view kMimecastSelectors[] = {"mimecast*"};
constexpr std::string_view kResendSelectors[] = {"resend"};

constexpr std::string_view kMicrosoftPublish =
    "Publish at $n the CNAME that the Defender portal (Email & collaboration > Policies & rules > Threat policies > DKIM) or Get-DkimSigningConfig shows for this selector. Then switch signing on there.";
constexpr std::string_view kMicrosoftRenew =
    "Run Rotate-DkimSigningConfig -KeySize 2048 for the domain, with both selector CNAMEs published.";
constexpr std::string_view kGooglePublish =
    "In the Admin console (Apps > Google Workspace > Gmail > Authenticate email) copy the TXT record into $n, then press Start authentication. It can take 48 hours to work.";
constexpr std::string_view kGoogleRenew =
    "In the Admin console (Apps > Google Workspace > Gmail > Authenticate email) generate a 2048-bit record with another prefix than this selector, publish it, then start authentication with it.";

constexpr KeyProvider kProviders[] = {
    {kMicrosoft, kMicrosoftSelectors, false, kMicrosoftTargets, kMicrosoftPublish, kMicrosoftRenew},
    {kGoogle, kGoogleSelectors, true, {}, kGooglePublish, kGoogleRenew},
    {"SendGrid", kSendGridSelectors, false, kSendGridTargets, "", ""},
    {"Mailchimp", kMailchimpSelectors, false, kMailchimpTargets, "", ""},
    {"Mandrill", kMandrillSelectors, true, kMandrillTargets, "", ""},
    {"Amazon SES", kSesSelectors, true, kSesTargets, "", ""},
    {"Mailgun", kMailgunSelectors, false, kMailgunTargets, "", ""},
    {"SparkPost", kSparkPostSelectors, true, {}, "", ""},
    {"Postmark", kPostmarkSelectors, true, {}, "", ""},
    {"HubSpot", kHubSpotSelectors, true, kHubSpotTargets, "", ""},
    {"Salesforce", kSalesforceSelectors, false, kSalesforceTargets, "", ""},
    {"Zendesk", kZendeskSelectors, true, kZendeskTargets, "", ""},
    {"Klaviyo", kKlaviyoSelectors, false, kKlaviyoTargets, "", ""},
    {"Brevo", kBrevoSelectors, true, kBrevoTargets, "", ""},
    {"Constant Contact", kConstantContactSelectors, true, kConstantContactTargets, "", ""},
    {"Shopify", {}, false, kShopifyTargets, "", ""},
    {"Intercom", kIntercomSelectors, true, kIntercomTargets, "", ""},
    {"Mailjet", kMailjetSelectors, true, {}, "", ""},
    {"ActiveCampaign", kActiveCampaignSelectors, true, kActiveCampaignTargets, "", ""},
    {"MailerLite", kMailerLiteSelectors, true, kMailerLiteTargets, "", ""},
    {"Fastmail", kFastmailSelectors, true, kFastmailTargets, "", ""},
    {"Proton Mail", kProtonSelectors, true, kProtonTargets, "", ""},
    {"Zoho Mail", kZohoSelectors, true, {}, "", ""},
    {"iCloud Mail", kAppleSelectors, false, kAppleTargets, "", ""},
    {"Mimecast", kMimecastSelectors, true, {}, "", ""},
    {"Resend", kResendSelectors, true, {}, "", ""},
};
// clang-format on

bool Matches(std::string_view pattern, std::string_view text) {
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (pattern[i] == '*') return text.size() > i;
    if (i == text.size()) return false;
    const char c = text[i];
    const bool fits = pattern[i] == '#' ? IsDigit(c)
                      : pattern[i] == '?'
                          ? (c >= 'a' && c <= 'z') || (c >= '2' && c <= '7')
                          : c == pattern[i];
    if (!fits) return false;
  }
  return text.size() == pattern.size();
}

bool HasSelector(const KeyProvider& provider, std::string_view selector) {
  return std::ranges::any_of(provider.selectors, [&](std::string_view p) {
    return Matches(p, selector);
  });
}

// The letters and digits alone: how the domain stands in a target differs.
std::string Squeezed(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (IsAlnum(c)) out += ToLower(c);
  }
  return out;
}

}  // namespace

std::span<const KeyProvider> KeyProviders() { return kProviders; }

bool LeadsTo(const KeyProvider& provider, std::span<const std::string> chain) {
  return std::ranges::any_of(chain, [&](const std::string& target) {
    return std::ranges::any_of(provider.targets, [&](std::string_view suffix) {
      return IsSameOrBelow(target, suffix);
    });
  });
}

ProviderMatch ProviderOf(std::string_view selector,
                         std::span<const std::string> chain) {
  for (const KeyProvider& provider : kProviders) {
    if (LeadsTo(provider, chain)) return {&provider, true};
  }
  for (const KeyProvider& provider : kProviders) {
    if (HasSelector(provider, selector)) return {&provider, provider.unique};
  }
  return {};
}

bool IsMeantForMicrosoft(std::string_view target) {
  const bool named =
      target.starts_with("selector1-") || target.starts_with("selector2-");
  return target.find("onmicrosoft") != target.npos ||
         target.find("dkim.mail.microsoft") != target.npos ||
         (named && target.find("._domainkey.") != target.npos);
}

std::string MicrosoftTargetFault(std::string_view selector,
                                 std::string_view domain,
                                 std::string_view target) {
  if (!LeadsTo(kProviders[0], std::array{std::string(target)})) {
    if (target.ends_with(Concat(".", domain)) && IsMeantForMicrosoft(target)) {
      return "the zone's own name was appended to the target: it has to end "
             "with a dot in the zone file";
    }
    return "the target is no name of Microsoft 365";
  }
  const size_t middle = target.find("._domainkey.");
  if (middle == target.npos) return "the target lacks ._domainkey.";
  const std::string_view label = target.substr(0, middle);
  const size_t dash = label.find('-');
  if (dash == label.npos) return "the target lacks the domain's name";
  if (label.substr(0, dash) != selector) {
    return Concat("the target is that of ", label.substr(0, dash));
  }
  const std::string named = Squeezed(label.substr(dash + 1));
  const std::string own = Squeezed(domain);
  if (!named.starts_with(own) && !own.starts_with(named)) {
    return "the target is that of another domain";
  }
  return "";
}

std::vector<std::string> UsualSelectors() {
  std::vector<std::string> usual;
  for (const KeyProvider& provider : kProviders) {
    for (const std::string_view selector : provider.selectors) {
      if (selector.find_first_of("#?*") == selector.npos) {
        usual.emplace_back(selector);
      }
    }
  }
  for (const std::string_view selector : {"default", "dkim", "mail"}) {
    usual.emplace_back(selector);
  }
  return usual;
}

const KeyProvider* DefaultSignerOf(std::string_view domain) {
  if (domain.ends_with(".onmicrosoft.com")) return &kProviders[0];
  if (domain.ends_with(".gappssmtp.com")) return &kProviders[1];
  return nullptr;
}

}  // namespace mailassay::audit
