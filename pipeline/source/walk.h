// The files named on a command line and those in the directories named, one
// after the other: bytewise sorted, iterative, a directory at a time, so that
// millions of files need the names of one directory in memory.
//
// Maildirs (directories with cur and new) give the files of cur and new and of
// their subfolders; tmp and the files that Dovecot and Courier keep there are
// passed over.
#pragma once

#include <sys/stat.h>

#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "lib/audit/error_row.h"
#include "pipeline/source/directory.h"

namespace mailassay::source {

class Walk {
 public:
  // REQUIRES: the paths outlive the walk.
  Walk(const std::vector<std::string>& paths, bool follow_links);

  struct Found {
    std::string path;    // as given, or below a directory as given
    bool named = false;  // given itself: to be opened by path, links and all
    bool in_maildir = false;
    // Found in a directory: there `name` is to be opened, which is its own.
    std::shared_ptr<const Directory> directory;
    const char* name = nullptr;
    bool follow = false;                   // a link, with -L
    uint64_t index = 0;                    // among all that is found
    size_t input = 0;                      // of the paths named
    uint64_t begin = 0;                    // octets of all files before it
    uint64_t size = 0;                     // of a regular file
    uint64_t unit = 0;                     // its first; sample.h, not the walk
    int64_t modified_ns = 0;               // of a regular file, since 1970
    bool regular = false;                  // else a pipe or standard input
    std::optional<audit::ErrorRow> error;  // instead of a file
  };
  // Files in order, each once (case F12), and rows for what can't be read.
  // With `follow_links` a link is followed wherever it leads; since no file and
  // no directory is entered twice (by device and inode), links that lead back
  // end there, and nothing is counted twice.
  std::optional<Found> Next();

  const std::vector<std::string>& notes() const { return notes_; }
  // Of each path named that is a file or directory read under another name
  // before: the first that it was found by, or its own.  Else empty.
  const std::vector<std::string>& repeats() const { return repeats_; }
  // Was something met below path number `input` that had been read before?
  bool HasRepeats(size_t input) const { return has_repeats_[input]; }
  // Of all files so far.
  uint64_t octets() const { return octets_; }

 private:
  struct Level {
    std::shared_ptr<const Directory> directory;
    std::string path;  // with a slash at its end
    size_t next = 0;
    bool maildir = false;   // holds cur and new
    bool messages = false;  // is cur or new of a maildir
  };
  using Identity = std::pair<uint64_t, uint64_t>;  // device, inode

  std::optional<Found> NextFound();
  std::optional<Found> NextNamed();
  std::optional<Found> NextInDirectory();
  std::optional<Found> Enter(int parent, const char* name, std::string path,
                             bool follow, bool messages, bool named = false);
  std::optional<Found> FollowLink(const Level& level, const char* name,
                                  std::string path);
  std::optional<Found> AddFile(Found found, const struct stat& status);
  bool IsRepeat(const struct stat& status, const std::string& path, bool named);
  // False: it was met before, as is noted.
  bool Meet(const Identity& identity, const std::string& path, bool named);
  void Note(std::string note);

  const std::vector<std::string>& paths_;
  const bool follow_links_;
  size_t next_path_ = 0;
  uint64_t found_ = 0;
  uint64_t octets_ = 0;
  std::vector<Level> levels_;
  std::set<Identity> named_;
  // Directories entered, and files read that can turn up again.
  absl::flat_hash_map<Identity, uint32_t> seen_;  // 1 + index in firsts_, or 0
  std::vector<std::string> firsts_;               // names of the first of them
  std::vector<std::string> repeats_;
  std::vector<bool> has_repeats_;
  bool seen_stdin_ = false;
  std::vector<std::string> notes_;
  uint64_t notes_left_out_ = 0;
};

}  // namespace mailassay::source
