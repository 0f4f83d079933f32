#include "tests/reference/signer.h"

#include <algorithm>
#include <cassert>
#include <map>

#include "lib/base/ascii.h"
#include "lib/base/base64.h"
#include "tests/reference/canonical_reference.h"

namespace mailassay::reference {
namespace {

using Tag = std::pair<std::string, std::string>;

constexpr std::string_view kUsualFields[] = {
    "From",         "To",
    "Cc",           "Subject",
    "Date",         "Message-ID",
    "Reply-To",     "MIME-Version",
    "Content-Type", "Content-Transfer-Encoding"};

std::string NameOf(std::string_view field) {
  std::string_view name = field.substr(0, field.find(':'));
  while (name.ends_with(' ') || name.ends_with('\t')) name.remove_suffix(1);
  return AsciiLower(name);
}

std::string CanonicalField(std::string_view field, bool relaxed) {
  return relaxed ? RelaxedField(field) : SimpleField(field);
}

std::string CanonicalBody(std::string_view message, bool relaxed) {
  return relaxed ? RelaxedBody(Body(message)) : SimpleBody(Body(message));
}

// RFC 6376 5.4.2: each name takes the lowest field not yet taken; a name
// without one left stands for nothing.
std::string SelectFields(std::string_view message, const Hashing& hashing) {
  std::map<std::string, std::vector<std::string>> left;
  for (const std::string& field : Fields(message)) {
    left[NameOf(field)].push_back(field);
  }
  std::string out;
  for (const std::string& name : hashing.signed_fields) {
    std::vector<std::string>& fields = left[AsciiLower(name)];
    if (fields.empty()) continue;
    out += CanonicalField(fields.back(), hashing.relaxed_header);
    fields.pop_back();
  }
  return out;
}

void Replace(std::string& text, std::string_view mark, std::string_view with) {
  const size_t at = text.find(mark);
  if (at != text.npos) text.replace(at, mark.size(), with);
}

std::string Folded(const std::string& base64) {
  std::string out;
  for (size_t at = 0; at < base64.size(); at += 72) {
    if (at != 0) out += "\r\n\t";
    out += base64.substr(at, 72);
  }
  return out;
}

std::string Joined(const std::vector<std::string>& items,
                   std::string_view between) {
  std::string out;
  for (const std::string& item : items) {
    if (!out.empty()) out += between;
    out += item;
  }
  return out;
}

std::vector<std::string> NamesFor(std::string_view message,
                                  const SignOptions& options) {
  std::vector<std::string> names = options.headers;
  if (names.empty()) {
    const std::vector<std::string> fields = Fields(message);
    for (const std::string_view usual : kUsualFields) {
      const bool present = std::ranges::any_of(fields, [&](const auto& field) {
        return NameOf(field) == AsciiLower(usual);
      });
      if (present) names.emplace_back(usual);
    }
  }
  names.insert(names.end(), options.oversign.begin(), options.oversign.end());
  return names;
}

// The tags as the options ask for them, before `tags` and `drop`.
std::vector<Tag> HonestTags(const SigningKey& key, const SignOptions& options,
                            const std::vector<std::string>& names) {
  const std::string algorithm = !key.is_rsa()  ? "ed25519-sha256"
                                : options.sha1 ? "rsa-sha1"
                                               : "rsa-sha256";
  std::vector<Tag> tags = {{"v", "1"}, {"a", algorithm}};
  if (!options.header_canon.empty()) {
    tags.emplace_back("c",
                      options.body_canon.empty()
                          ? options.header_canon
                          : options.header_canon + "/" + options.body_canon);
  }
  tags.emplace_back("d", options.domain);
  tags.emplace_back("s", options.selector);
  if (options.identity) tags.emplace_back("i", *options.identity);
  if (options.timestamp) {
    tags.emplace_back("t", std::to_string(*options.timestamp));
  }
  if (options.expiration) {
    tags.emplace_back("x", std::to_string(*options.expiration));
  }
  if (options.body_length) {
    tags.emplace_back("l", std::to_string(*options.body_length));
  }
  tags.emplace_back("h", Joined(names, options.fold ? ":\r\n\t " : ":"));
  tags.emplace_back("bh", "{bh}");
  tags.emplace_back("b", "{b}");
  return tags;
}

void Override(std::vector<Tag>& tags, const SignOptions& options) {
  for (const Tag& wanted : options.tags) {
    const auto same = std::ranges::find(tags, wanted.first, &Tag::first);
    if (same != tags.end()) {
      same->second = wanted.second;
    } else {
      tags.insert(std::ranges::find(tags, "bh", &Tag::first), wanted);
    }
  }
  std::erase_if(tags, [&](const Tag& tag) {
    return std::ranges::find(options.drop, tag.first) != options.drop.end();
  });
}

}  // namespace

std::vector<std::string> Fields(std::string_view message) {
  std::vector<std::string> fields;
  while (!message.empty() && !message.starts_with("\r\n")) {
    const size_t end = message.find("\r\n");
    const size_t size = end == message.npos ? message.size() : end + 2;
    const bool folded = message[0] == ' ' || message[0] == '\t';
    if (folded && !fields.empty()) {
      fields.back() += message.substr(0, size);
    } else {
      fields.emplace_back(message.substr(0, size));
    }
    message.remove_prefix(size);
  }
  return fields;
}

std::string_view Body(std::string_view message) {
  if (message.starts_with("\r\n")) return message.substr(2);
  const size_t end = message.find("\r\n\r\n");
  return end == message.npos ? std::string_view() : message.substr(end + 4);
}

Bytes BodyHash(std::string_view message, const Hashing& hashing) {
  if (hashing.body_hash) return *hashing.body_hash;
  const std::string body = CanonicalBody(message, hashing.relaxed_body);
  return HashOf(hashing.digest,
                std::string_view(body).substr(
                    0, hashing.body_length.value_or(body.size())));
}

std::string EncodedBodyHash(std::string_view message, const Hashing& hashing) {
  return EncodeBase64(BodyHash(message, hashing));
}

uint64_t CanonicalBodySize(std::string_view message, bool relaxed) {
  return CanonicalBody(message, relaxed).size();
}

std::string SignTemplate(std::string_view message, std::string field,
                         const SigningKey& key, const Hashing& hashing,
                         bool fold) {
  Replace(field, "{bh}", EncodedBodyHash(message, hashing));
  // RFC 6376 3.7: hashed with b= empty and without the closing CRLF.
  std::string empty_b = field;
  Replace(empty_b, "{b}", "");
  std::string text = SelectFields(message, hashing) +
                     CanonicalField(empty_b, hashing.relaxed_header);
  assert(text.ends_with("\r\n"));
  text.resize(text.size() - 2);
  const std::string signature = EncodeBase64(
      key.SignDigest(hashing.digest, HashOf(hashing.digest, text)));
  Replace(field, "{b}", fold ? Folded(signature) : signature);
  return field;
}

std::string Sign(std::string_view message, const SigningKey& key,
                 const SignOptions& options) {
  const std::vector<std::string> names = NamesFor(message, options);
  std::vector<Tag> tags = HonestTags(key, options, names);
  Override(tags, options);
  const std::string between = options.fold ? ";\r\n\t" : "; ";
  std::string list;
  for (const auto& [name, value] : tags) {
    if (!list.empty()) list += between;
    list += name + "=" + value;
  }
  const Hashing hashing = {
      .digest = options.sha1 ? DigestName::kSha1 : DigestName::kSha256,
      .relaxed_header = options.header_canon == "relaxed",
      .relaxed_body = options.body_canon == "relaxed",
      .body_length = options.body_length,
      .signed_fields = names,
      .body_hash = options.body_hash};
  return SignTemplate(
      message,
      options.name + ": " + options.before + list + options.after + "\r\n", key,
      hashing, options.fold);
}

}  // namespace mailassay::reference
