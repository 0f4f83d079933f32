// The words for kinds of content: see content_kind.h.
#include <algorithm>
#include <array>

#include "lib/mail/content_kind.h"

namespace mailassay::mail {
namespace {

struct KindText {
  std::string_view name, label, advice;
};

// In the order of ContentKind.  Programs that are named exist: readpst is in
// Debian's pst-utils, undbx in undbx, mailutil in uw-mailutils, doveadm in
// dovecot-core.
constexpr auto kTexts = std::to_array<KindText>({
    {"empty", "empty file", "There is nothing in it to verify."},
    {"zstd", "zstd compressed data", ""},
    {"gzip", "gzip compressed data", ""},
    {"xz", "xz compressed data", ""},
    {"bzip2", "bzip2 compressed data", ""},
    {"tar", "tar archive", ""},
    {"zip", "zip archive", ""},
    {"mbox", "mbox", ""},
    {"message", "message", ""},
    {"emlx", "Apple Mail message (EMLX)", ""},
    {"pst", "Outlook data file (PST or OST)",
     "Export it as mbox with readpst (readpst -r -o DIR FILE) and verify that; "
     "Outlook does not keep a message as it was sent, so most signatures can't "
     "verify from such an export."},
    {"ole", "compound file (Outlook MSG, Thumbs.db or old Office document)",
     "An MSG file does not keep the message as it was sent, so its signatures "
     "can't be verified; get the original from the mail server as .eml or "
     "mbox."},
    {"olm", "export of Outlook for Mac (OLM)",
     "It holds mail taken apart into XML. Open it in Outlook for Mac (File > "
     "Import) and drag the messages to a folder of the Finder, which makes "
     ".eml "
     "files; or get the originals from the mail server."},
    {"olk", "file of Outlook for Mac (OLK)",
     "It is part of a profile that only Outlook for Mac reads. Open the "
     "profile "
     "there and drag the messages to a folder of the Finder, which makes .eml "
     "files; or get the originals from the mail server."},
    {"dbx", "Outlook Express folder (DBX)",
     "Take the messages out as .eml files with undbx (undbx FILE DIR) and "
     "verify these."},
    {"nsf", "Notes database (NSF)",
     "Open it in Notes and save the messages as .eml (File > Save As), or get "
     "them from the Domino server by IMAP."},
    {"dbox", "Dovecot dbox (sdbox or mdbox)",
     "It holds messages that Dovecot keeps together with index files. With "
     "Dovecot and the whole mail directory, doveadm backup -u USER maildir:DIR "
     "writes them as a maildir; verify that."},
    {"uw_mbx", "mailbox of UW IMAP (mbx, mtx)",
     "It holds messages. mailutil copy FILE '#driver.unix/NEW' makes an mbox "
     "of it; verify that."},
    {"mmdf", "MMDF mailbox",
     "It holds messages. mutt -f FILE opens it; there T . tags all of them and "
     ";C copies them to an mbox; verify that."},
    {"babyl", "Rmail mailbox (Babyl)",
     "It holds messages. M-x unrmail in Emacs makes an mbox of it; verify "
     "that."},
    {"utf16_mail", "mail saved as UTF-16 text",
     "Mail is never sent as UTF-16. Convert it back and verify what comes out: "
     "iconv -f UTF-16 -t UTF-8 FILE (UTF-16LE or UTF-16BE without a byte order "
     "mark); where the original was not UTF-8, signatures over 8-bit text will "
     "not verify."},
    {"tnef", "TNEF data (winmail.dat)",
     "It is an attachment in Outlook's own format, not a message; verify the "
     "message that carried it."},
    {"xml", "XML document or property list",
     "It is no mail; if it describes mail that a tool exported, verify the "
     ".eml or mbox files of that export."},
    {"html", "HTML document",
     "A web page is not a message as it was sent; if it shows one, get that "
     "as .eml or export the mailbox as mbox."},
    {"json", "JSON document",
     "It is no mail; if it holds messages from an API, write each one's raw "
     "RFC 5322 form to an .eml file."},
    {"csv", "CSV table",
     "It is a table, not mail; export the messages themselves as .eml or "
     "mbox."},
    {"pdf", "PDF document",
     "A message printed to PDF can't be verified; get the original as .eml or "
     "mbox."},
    {"image", "image", "It is no mail."},
    {"sqlite", "SQLite database",
     "It is no mail; if a mail program keeps its messages in it, export them "
     "from that program as mbox."},
    {"elf", "executable file (ELF)", "It is no mail."},
    {"utf16", "text saved as UTF-16", "It does not begin as mail does."},
    {"lz4", "lz4 compressed data",
     "Decompress it with lz4 -d and verify what comes out."},
    {"7z", "7-Zip archive", "Extract it with 7z x and verify what comes out."},
    {"rar", "RAR archive",
     "Extract it with unrar x and verify what comes out."},
    {"mbox_index", "index or list of a mail program",
     "It holds no messages; they are in other files beside it."},
    {"bagit", "tag file of a BagIt bag",
     "It holds no messages; the bag's are in its folder data."},
    {"desktop_file", "settings of a file manager", "It holds no messages."},
    {"text", "text that does not begin as mail does",
     "None of its first lines was recognised as a header field of mail, so it "
     "was not read."},
    {"unknown", "data of an unknown kind",
     "It was not read; if a mail program keeps messages in it, export them "
     "from that program as mbox or .eml."},
});
static_assert(kTexts.size() == static_cast<size_t>(ContentKind::kUnknown) + 1);

const KindText& TextOf(ContentKind kind) {
  return kTexts[std::min(static_cast<size_t>(kind), kTexts.size() - 1)];
}

}  // namespace

std::string_view ContentKindName(ContentKind kind) { return TextOf(kind).name; }
std::string_view ContentKindLabel(ContentKind kind) {
  return TextOf(kind).label;
}
std::string_view ContentKindAdvice(ContentKind kind) {
  return TextOf(kind).advice;
}

}  // namespace mailassay::mail
