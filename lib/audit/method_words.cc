#include "lib/audit/method_words.h"

#include <utility>

namespace mailassay::audit {

std::string_view Meaning(MessageClass c) {
  switch (c) {
    case MessageClass::kVerifiedAligned:
      return "A signature is valid, and the domain that signed belongs to the "
             "same organization as the author's: the message is what that "
             "organization's servers signed, unchanged in all that the "
             "signature covers.";
    case MessageClass::kVerifiedUnaligned:
      return "A signature is valid, but only one of another domain than the "
             "author's, such as a mailing service's; or the From: field names "
             "no one author. The signature proves that the message passed "
             "through that other domain, and nothing about the author.";
    case MessageClass::kRefused:
      return "The signature matches the message, but a rule says that it must "
             "not be relied on: the signature had expired, its key is too "
             "short or its method too old, or it leaves the end of the text "
             "unsigned.";
    case MessageClass::kBroken:
      return "The key fits the signature, but the message is not the one that "
             "was signed: its text or a signed header field was changed. "
             "Mailing lists, virus scanners and exports of mailboxes do this "
             "in good faith; so it is no proof of a forgery.";
    case MessageClass::kBodyChangedKeyUnknown:
      return "The text is not the one that the signature field tells of, which "
             "shows without a key. The key that made the signature is not "
             "known, so that nothing can be said of the rest, nor that the "
             "field itself is whole. It accuses nobody.";
    case MessageClass::kUnjudged:
      return "Nothing can be said: the key is missing, was withdrawn or is "
             "another one than then, the key could not be asked for, the "
             "signature is malformed or damaged, the message was cut, or a "
             "limit of the program was met. Keys are changed regularly, so "
             "this accuses nobody.";
    case MessageClass::kUnsigned:
      return "The message bears no DKIM signature. Archives of lists often "
             "drop signatures, and posts of newsgroups are not signed as a "
             "rule, so that this says nothing against the sender of such a "
             "message.";
    case MessageClass::kNeverSent:
    case MessageClass::kCount:
      break;
  }
  return "The message bears no signature, and nothing in its header shows that "
         "it was transported: no Received field, nor what news servers or "
         "archives of lists write. Sent items and drafts are such, and mail "
         "that was written anew when it was exported; it may well have been "
         "sent.";
}

std::string_view CauseLabel(dkim::Cause cause) {
  switch (cause) {
    case dkim::Cause::kArchive:
      return "the archive's";
    case dkim::Cause::kTransit:
      return "after signing";
    case dkim::Cause::kSigner:
      return "the signer's";
    default:
      break;
  }
  return "unknown";
}

std::string_view Meaning(dkim::Cause cause) {
  switch (cause) {
    case dkim::Cause::kArchive:
      return "The message shows damage that only storing or exporting it does: "
             "octets of zero, a header that breaks off, doubled line ends.";
    case dkim::Cause::kTransit:
      return "The message is not the one that was signed. It was changed on "
             "the "
             "way, by a mailing list or a gateway, or where it was stored or "
             "exported; one message alone does not tell which.";
    case dkim::Cause::kSigner:
      return "Whoever made the signature made it so. That need not be the "
             "owner "
             "of the domain that it names.";
    default:
      break;
  }
  return "The key of then is not known, the signature was late, the signature "
         "field is damaged or was never right, or nothing was computed: this "
         "says nothing against anybody.";
}

std::string_view Meaning(Gap gap) {
  switch (gap) {
    case Gap::kSeparator:
      return "The lines between two messages of a mailbox file.";
    case Gap::kPreamble:
      return "What stands before the first message of a file: empty lines, a "
             "byte order mark.";
    case Gap::kFiltered:
      return "Messages of other authors than those that --from asks for.";
    case Gap::kDamaged:
      return "Taken by damage in the file, with the message that it cut.";
    case Gap::kUnreadable:
      return "Could not be read, or was not read any more.";
    case Gap::kNotSampled:
      return "Left out, because only a sample was asked for.";
    case Gap::kEnvelope:
      return "What Apple Mail writes around a message in its file: its size "
             "before it, a list of properties behind it.";
    case Gap::kCount:
      break;
  }
  return "";
}

std::string_view Meaning(ErrorCode code) {
  switch (code) {
    case ErrorCode::kUnreadable:
      return "A file could not be opened or read.";
    case ErrorCode::kDamaged:
      return "A compressed file or container is damaged or cut short.";
    case ErrorCode::kLimitMessage:
      return "A message over the size limit. It is counted and has its row in "
             "the tables, but it was not verified.";
    case ErrorCode::kLimitHeader:
      return "A message whose header is over the size limit. It is counted "
             "and has its row in the tables, but it was not verified.";
    case ErrorCode::kLimitRatio:
      return "A compressed file that grows beyond all measure when unpacked; "
             "the rest of it was not read.";
    case ErrorCode::kLimitMembers:
      return "A container with too many members, or inside another one.";
    case ErrorCode::kNotMail:
      return "A file whose content is not mail as it was sent.";
    case ErrorCode::kNotRegular:
      return "A pipe, device, socket or symbolic link inside a directory.";
    case ErrorCode::kChanged:
      return "A file that changed while it was read.";
    case ErrorCode::kEncrypted:
      return "An encrypted member of a zip file.";
    case ErrorCode::kEmpty:
      return "A file of no octets.";
    case ErrorCode::kFromLines:
      return "Lines that look like the first line of a message in an mbox, and "
             "were taken for text.";
    case ErrorCode::kCount:
      break;
  }
  return "";
}

std::string_view LimitWords(std::string_view name) {
  constexpr std::pair<std::string_view, std::string_view> kWords[] = {
      {"max_message_bytes", "octets of a message"},
      {"max_header_bytes", "octets of a message's header"},
      {"max_header_fields", "fields of a header"},
      {"max_signatures", "signatures of a message"},
      {"max_signed_header_bytes", "octets of header under its signatures"}};
  for (const auto& [known, words] : kWords) {
    if (known == name) return words;
  }
  return name;
}

}  // namespace mailassay::audit
