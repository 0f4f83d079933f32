// A tar or zip file as a row of members, in the order of the container.
// Nothing is ever written to disk, and a member's name is only a label
// (reliability promise P17, case F6).
#pragma once

#include <memory>
#include <optional>
#include <string>

#include "lib/audit/error_row.h"
#include "lib/mail/content_kind.h"
#include "pipeline/source/archive_input.h"
#include "pipeline/source/source.h"
#include "pipeline/source/stream.h"

namespace mailassay::source {

class Container {
 public:
  // `label`: the container's file, for rows.  `file`: see ArchiveInput.
  Container(std::unique_ptr<Stream> in, FileInput* file, mail::ContentKind kind,
            std::string label, const ReadOptions& options);

  struct Member {
    std::string file = {};                     // "CONTAINER!NAME"
    bool in_maildir = false;                   // lies in a folder cur or new
    uint64_t size = 0;                         // as stated; 0: unknown
    std::unique_ptr<Stream> stream = nullptr;  // until the next call of Next
    std::optional<audit::ErrorRow> error = std::nullopt;  // instead of a stream
  };
  // The next member that is a file, or a row; nullopt at the end.
  std::optional<Member> Next();

  Stream& in() { return input_.in(); }
  const std::string& label() const { return label_; }

 private:
  class MemberStream;

  void SetFormat();
  // After libarchive gave up inside a member of a zip file: on to the next.
  void GoOn();
  std::optional<Member> Step();
  // Behind the last member: a row when the rest of the layers below is bad.
  std::optional<Member> CheckEnd();
  std::string NameOf(archive_entry* entry);
  Member Describe(archive_entry* entry);
  Member Row(audit::ErrorCode code, std::string file, std::string_view what);

  ArchiveInput input_;
  const mail::ContentKind kind_;
  const std::string layer_;
  std::string label_;
  const ReadOptions& options_;
  bool opened_ = false;
  bool ended_ = false;
  bool lost_ = false;    // between two headers of which one is damaged
  bool broken_ = false;  // libarchive gave up inside a member
  int restarts_ = 0;
  uint64_t members_ = 0;
  uint64_t output_ = 0;  // octets of all members
};

}  // namespace mailassay::source
