#include "lib/audit/columns.h"

namespace mailassay::audit {
namespace {

using Type = Column::Type;
constexpr auto kBoth = Column::In::kBoth;
constexpr auto kCsv = Column::In::kCsv;
constexpr auto kRecord = Column::In::kRecord;

// The meanings are formats.md's; a test compares them.
// clang-format off
constexpr Column kMessageColumns[] = {
    {"input", Type::kInteger, kRecord, "where the message lies: input.id"},
    {"file", Type::kText, kCsv,
     "path as given or found; archive!member inside a container; - for "
     "stdin"},
    {"offset", Type::kInteger, kBoth,
     "of the message's first octet in the uncompressed file, behind an "
     "mbox From_ line"},
    {"part_path", Type::kText, kCsv, "empty"},
    {"archive", Type::kText, kCsv, "the container, or empty"},
    {"format", Type::kText, kCsv,
     "mbox_rd, mbox_cl (walked by Content-Length), maildir, eml, emlx (Apple "
     "Mail), emlx_partial (its attachments are in other files)"},
    {"length", Type::kInteger, kBoth, "octets of the message"},
    {"raw_sha256", Type::kBlob, kBoth,
     "SHA-256 of the message, hex; only with --custody or --dedupe raw"},
    {"message_id", Type::kText, kBoth, "Message-ID as written, at most 1 KiB"},
    {"dup_of", Type::kText, kBoth,
     "the first message that this one repeats, FILE@OFFSET; only with "
     "--dedupe"},
    {"date_header", Type::kText, kBoth, "Date, written by the sender"},
    {"received_at", Type::kText, kBoth,
     "when the message was received: a claim of the archive"},
    {"received_at_source", Type::kText, kBoth,
     "received (newest Received field), older_received (one below a later "
     "import), delivery_date, mbox_from, signature (t=), date_header, none"},
    {"evaluated_at", Type::kText, kRecord,
     "the time t= and x= were judged at; empty: unknown, then neither is"},
    {"header_from", Type::kText, kBoth,
     "author domain; with a defect that of the topmost From field's first "
     "mailbox, if any, for grouping"},
    {"header_from_org", Type::kText, kBoth,
     "its organizational domain by the public suffix list"},
    {"header_from_defect", Type::kText, kBoth,
     "why there is no one author domain; none"},
    {"from_count", Type::kInteger, kBoth, "From fields"},
    {"envelope_from", Type::kText, kBoth, "envelope sender"},
    {"envelope_from_source", Type::kText, kBoth,
     "return_path, mbox_from, none"},
    {"list_id", Type::kText, kBoth, "List-Id"},
    {"trace", Type::kText, kBoth,
     "what the header tells of how the message came: received, news, "
     "list_archive, list, store, author, none"},
    {"via_list", Type::kText, kBoth,
     "the list that stands in From instead of the author"},
    {"author_original", Type::kText, kBoth,
     "address of the author before that list: a claim, never authenticated"},
    {"author_original_source", Type::kText, kBoth,
     "what it is taken from: x_original_from, wrapped_from, "
     "x_original_sender, reply_to, cc, display_name, none"},
    {"sig_count", Type::kInteger, kBoth, "DKIM-Signature fields"},
    {"sig_pass", Type::kInteger, kBoth, "signatures that pass"},
    {"sig_aligned_relaxed", Type::kInteger, kBoth,
     "passing signatures aligned with the author domain"},
    {"sig_aligned_strict", Type::kInteger, kBoth,
     "passing signatures with d= equal to the author domain"},
    {"dkim", Type::kText, kCsv,
     "result of the best signature (RFC 8601); none without signature"},
    {"reason", Type::kText, kBoth,
     "its reason, or the limit that kept the message from being examined; "
     "empty without signature"},
    {"dkim_domain", Type::kText, kBoth, "d= of the best signature"},
    {"dkim_selector", Type::kText, kBoth, "s= of the best signature"},
    {"dkim_aligned", Type::kInteger, kCsv,
     "a passing signature is aligned (relaxed)"},
    {"verdict_class", Type::kText, kBoth,
     "the one class the message counts in"},
    {"size", Type::kInteger, kBoth, "octets of the body as stored"},
    {"body_encoding", Type::kText, kBoth,
     "Content-Transfer-Encoding, lower case"},
    {"has_8bit", Type::kInteger, kBoth, "an octet over 127 anywhere"},
    {"line_endings", Type::kText, kBoth, "lf, crlf, mixed, none"},
    {"anomalies", Type::kText, kBoth, "names, joined by ;"},
    {"list_unsubscribe", Type::kInteger, kBoth,
     "a List-Unsubscribe field stands"},
    {"list_unsubscribe_post", Type::kInteger, kBoth,
     "a List-Unsubscribe-Post field stands"},
    {"attached_messages", Type::kInteger, kBoth,
     "messages that this one carries as parts; none of them was looked at"},
};
constexpr Column kSignatureColumns[] = {
    {"file", Type::kText, kCsv, "the message"},
    {"offset", Type::kInteger, kCsv, "the message"},
    {"part_path", Type::kText, kCsv, "the message"},
    {"sig_index", Type::kInteger, kBoth,
     "among the message's signatures, 1 is the topmost"},
    {"kind", Type::kText, kCsv, "dkim"},
    {"header_d", Type::kText, kBoth, "d="},
    {"header_s", Type::kText, kBoth, "s="},
    {"header_i", Type::kText, kBoth, "i= as written, without the white space of folds"},
    {"header_a", Type::kText, kBoth, "a= as written"},
    {"c_header", Type::kText, kBoth,
     "canonicalisation of the header: simple, relaxed"},
    {"c_body", Type::kText, kBoth, "of the body"},
    {"q", Type::kText, kBoth, "q= as written, without the white space of folds"},
    {"t", Type::kInteger, kBoth, "t=, Unix seconds"},
    {"x", Type::kInteger, kBoth, "x=, Unix seconds"},
    {"l", Type::kAny, kBoth, "l="},
    {"signed_body_bytes", Type::kInteger, kBoth, "canonical octets under bh="},
    {"body_bytes", Type::kInteger, kBoth, "canonical octets of the whole body"},
    {"h_count", Type::kInteger, kBoth, "names in h="},
    {"from_signed", Type::kInteger, kBoth, "every From field is covered"},
    {"oversigned", Type::kText, kBoth,
     "names that h= lists more often than they stand, joined by ;"},
    {"missing_recommended", Type::kText, kBoth,
     "of Subject, Date, To, Cc, Reply-To, Message-ID, MIME-Version, "
     "Content-Type and Content-Transfer-Encoding those that stand and are "
     "not in h=, joined by ;"},
    {"header_b8", Type::kText, kBoth,
     "the first 8 characters of b= (RFC 8601 2.7.1)"},
    {"bh", Type::kText, kBoth, "bh="},
    {"bh_computed", Type::kText, kBoth, "the body hash as computed"},
    {"body", Type::kText, kBoth,
     "bh= against the body: match, mismatch, not_run"},
    {"crypto", Type::kText, kBoth,
     "b= against the key, the mathematics alone: pass, fail, not_run"},
    {"result", Type::kText, kCsv,
     "RFC 8601 2.7.1: pass, fail, policy, neutral, temperror, permerror"},
    {"reason", Type::kText, kBoth, "code"},
    {"human_result", Type::kText, kCsv, "the reason as a sentence"},
    {"flags", Type::kText, kBoth, "names, joined by ;"},
    {"expired_at_receipt", Type::kInteger, kBoth,
     "x= had passed when the message was received, by more than the "
     "clock's margin; never by Date or t= alone; does not depend on --at"},
    {"evaluated_at", Type::kText, kCsv,
     "the time t= and x= were judged at; empty: unknown, then neither is"},
    {"key_id", Type::kBlob, kBoth,
     "SHA-256 of the key's SubjectPublicKeyInfo, hex; of the record that "
     "decided"},
    {"key_bits", Type::kInteger, kBoth, "size of that key"},
    {"key_source", Type::kText, kBoth,
     "dns, import:FILE, message_proved, recovered; none without key"},
    {"key_first_seen", Type::kText, kBoth,
     "when that source has first seen the record; empty: it does not say"},
    {"key_last_seen", Type::kText, kBoth, "and last"},
    {"recovered_from", Type::kInteger, kBoth,
     "of a recovered key: signatures known to share it; it verifies nothing"},
    {"key_dnssec", Type::kText, kBoth,
     "secure, insecure, bogus; unknown without --dnssec"},
    {"aligned_relaxed", Type::kInteger, kBoth,
     "d= and the author domain are equal, or have one organizational domain; "
     "says nothing of passing"},
    {"aligned_strict", Type::kInteger, kBoth,
     "they are one domain name of two labels or more"},
    {"org_domain_psl", Type::kText, kBoth,
     "organizational domain of d= by the public suffix list"},
    {"h", Type::kText, kRecord,
     "the names in h=, lower case, joined by ;, cut after 1 KiB"},
    {"unsigned_fields", Type::kText, kRecord,
     "names of the fields that the signature does not cover, likewise; "
     "not those above the topmost signature"},
    {"header_hash", Type::kBlob, kRecord, "the hash that b= signs"},
    {"b", Type::kBlob, kRecord, "b=, decoded"},
};
constexpr Column kSenderColumns[] = {
    {"header_from", Type::kText, kBoth, "author domain"},
    {"header_from_org", Type::kText, kBoth, "its organizational domain"},
    {"count", Type::kInteger, kBoth, "messages"},
    {"verified_aligned", Type::kInteger, kBoth,
     "messages by class; add up to count"},
    {"verified_unaligned", Type::kInteger, kBoth,
     "messages by class; add up to count"},
    {"refused", Type::kInteger, kBoth, "messages by class; add up to count"},
    {"broken", Type::kInteger, kBoth, "messages by class; add up to count"},
    {"body_changed_key_unknown", Type::kInteger, kBoth,
     "messages by class; add up to count"},
    {"unjudged", Type::kInteger, kBoth, "messages by class; add up to count"},
    {"unsigned", Type::kInteger, kBoth, "messages by class; add up to count"},
    {"never_sent", Type::kInteger, kBoth, "messages by class; add up to count"},
    {"signed", Type::kInteger, kBoth,
     "messages with a signature; the ten columns from dkim_pass to "
     "dkim_permerror add up to it"},
    {"dkim_pass", Type::kInteger, kBoth, "best signature passes"},
    {"dkim_fail_body", Type::kInteger, kBoth, "body_changed"},
    {"dkim_fail_signature", Type::kInteger, kBoth,
     "header_changed, bad_signature"},
    {"dkim_fail_both", Type::kInteger, kBoth, "header_and_body_changed"},
    {"dkim_wrong_key", Type::kInteger, kBoth,
     "wrong_key, signature_mismatch, sig_length"},
    {"dkim_no_key", Type::kInteger, kBoth, "no_key"},
    {"dkim_revoked", Type::kInteger, kBoth, "revoked"},
    {"dkim_policy", Type::kInteger, kBoth,
     "refused by a rule, or over a limit"},
    {"dkim_temperror", Type::kInteger, kBoth,
     "temporary failure, or nobody was asked"},
    {"dkim_permerror", Type::kInteger, kBoth, "every other permerror"},
    {"dkim_expired_at_receipt", Type::kInteger, kBoth,
     "best signature had expired when received"},
    {"dkim_aligned", Type::kInteger, kBoth, "as verified_aligned"},
    {"dkim_pass_unaligned", Type::kInteger, kBoth, "as verified_unaligned"},
    {"dkim_aligned_strict", Type::kInteger, kBoth,
     "messages with a passing signature of the author domain itself"},
    {"dkim_aligned_repaired", Type::kInteger, kBoth,
     "of verified_aligned, messages with from_repaired"},
    {"via_list", Type::kInteger, kBoth,
     "messages in which a list stands in From instead of the author"},
    {"dkim_domains", Type::kText, kBoth,
     "d= of passing signatures with messages, NAME:COUNT joined by ;, the "
     "most frequent first"},
    {"selectors", Type::kText, kBoth,
     "s= of the signatures with aligned d=, with signatures, likewise"},
    {"weak_key_count", Type::kInteger, kBoth,
     "messages whose best signature has an RSA key under 2048 bits"},
    {"sha1_count", Type::kInteger, kBoth,
     "messages with a signature by rsa-sha1"},
    {"l_tag_count", Type::kInteger, kBoth, "messages with a signature with l="},
    {"first_seen", Type::kText, kBoth, "earliest received_at"},
    {"last_seen", Type::kText, kBoth, "latest received_at"},
    {"top_reason", Type::kText, kBoth, "the most frequent reason, but ok"},
    {"top_reason_count", Type::kInteger, kBoth, "messages with it"},
    {"example", Type::kText, kBoth,
     "the first message not verified and aligned; without one the first"},
};
constexpr Column kKeyColumns[] = {
    {"header_d", Type::kText, kBoth, "d="},
    {"header_s", Type::kText, kBoth, "s="},
    {"key_id", Type::kBlob, kBoth,
     "SHA-256 of the key's SubjectPublicKeyInfo, hex"},
    {"record", Type::kText, kBoth, "the TXT record, verbatim"},
    {"k", Type::kText, kBoth, "rsa, ed25519; empty without key"},
    {"key_bits", Type::kInteger, kBoth, "size of the key"},
    {"e", Type::kAny, kBoth, "RSA exponent"},
    {"flags", Type::kText, kBoth,
     "strict_auid (t=s), testing, key_lt_2048, key_v_not_first, joined by "
     ";"},
    {"cname_chain", Type::kText, kBoth,
     "targets of the CNAMEs, joined by blanks"},
    {"status", Type::kText, kBoth,
     "live, given, earlier, revoked, bad_record, or what the name gave"},
    {"key_source", Type::kText, kBoth,
     "dns, import:FILE, message_proved, recovered, none"},
    {"first_mail_at", Type::kText, kBoth,
     "earliest received_at of a message with such a signature"},
    {"last_mail_at", Type::kText, kBoth, "latest"},
    {"first_pass_at", Type::kText, kBoth,
     "earliest with a signature that passes"},
    {"last_pass_at", Type::kText, kBoth, "latest"},
    {"count", Type::kInteger, kBoth, "signatures"},
    {"pass", Type::kInteger, kBoth, "signatures that pass"},
    {"fail", Type::kInteger, kBoth, "signatures whose mathematics fails"},
    {"messages", Type::kInteger, kBoth, "messages with such a signature"},
    {"no_key", Type::kInteger, kBoth, "of these, judged no_key"},
    {"beside_pass", Type::kInteger, kBoth,
     "of those, messages that another signature verifies"},
    {"wrong_key", Type::kInteger, kBoth, "messages judged wrong_key"},
    {"sha1", Type::kInteger, kBoth, "messages signed with SHA-1"},
    {"lone_ed25519", Type::kInteger, kBoth,
     "messages with Ed25519 and no RSA signature of the same d="},
    {"first_proved_at", Type::kText, kBoth,
     "earliest t= of a passing signature, or Date where it covers that"},
    {"last_proved_at", Type::kText, kBoth, "latest"},
    {"example", Type::kText, kBoth, "the first message"},
};
constexpr Column kKeyFindingColumns[] = {
    {"header_d", Type::kText, kBoth, "d="},
    {"header_s", Type::kText, kBoth, "s=; empty: of the domain as a whole"},
    {"code", Type::kText, kBoth, "what is found"},
    {"severity", Type::kText, kBoth, "error, warning, info"},
    {"provider", Type::kText, kBoth,
     "the service whose selector it is, where that shows"},
    {"messages", Type::kInteger, kBoth, "messages that it touches"},
    {"first_mail_at", Type::kText, kBoth, "earliest received_at of these"},
    {"last_mail_at", Type::kText, kBoth, "latest"},
    {"detail", Type::kText, kBoth, "the evidence in words"},
    {"fix", Type::kText, kBoth, "what to do"},
    {"example", Type::kText, kBoth, "the first message"},
};
constexpr Column kErrorColumns[] = {
    {"file", Type::kText, kBoth, "as in messages.csv"},
    {"offset", Type::kInteger, kBoth,
     "where reading failed, in the uncompressed file"},
    {"part_path", Type::kText, kCsv, "empty"},
    {"length", Type::kInteger, kBoth,
     "octets lost or skipped; 0: unknown or none"},
    {"code", Type::kText, kBoth, "what happened"},
    {"kind", Type::kText, kBoth, "of not_mail: what the file is"},
    {"text", Type::kText, kBoth, "one line for people"},
};
// clang-format on

}  // namespace

std::string_view TableName(Table table) {
  switch (table) {
    case Table::kMessages:
      return "messages";
    case Table::kSignatures:
      return "signatures";
    case Table::kSenders:
      return "senders";
    case Table::kKeys:
      return "keys";
    case Table::kKeyFindings:
      return "key_findings";
    case Table::kExceptions:
      return "exceptions";
    case Table::kErrors:
    case Table::kCount:
      break;
  }
  return "errors";
}

std::span<const Column> ColumnsOf(Table table) {
  switch (table) {
    case Table::kMessages:
    case Table::kExceptions:
      return kMessageColumns;
    case Table::kSignatures:
      return kSignatureColumns;
    case Table::kSenders:
      return kSenderColumns;
    case Table::kKeys:
      return kKeyColumns;
    case Table::kKeyFindings:
      return kKeyFindingColumns;
    case Table::kErrors:
    case Table::kCount:
      break;
  }
  return kErrorColumns;
}

}  // namespace mailassay::audit
