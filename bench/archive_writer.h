// Writes generated messages as an archive, with its key file and its truth:
//   DIR/archive.mbox        mbox, mbox-crlf (mboxrd quoting, From_ lines)
//   DIR/archive/{cur,new,tmp}   maildir (LF)
//   DIR/archive/00000001.eml    eml (CRLF)
//   DIR/keys.tsv            name TAB record; a key nobody publishes is absent
//   DIR/truth.tsv           a line a message, with its head line
// One thread; a failure to write is remembered (see ok()) and the rest dropped.
#pragma once

#include <cstdint>
#include <cstdio>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "bench/message_maker.h"

namespace mailassay::bench {

enum class ArchiveFormat : uint8_t { kMbox, kMboxCrlf, kMaildir, kEml };

std::optional<ArchiveFormat> ParseArchiveFormat(std::string_view name);

// CRLF text as the format stores it: line ends, and for an mbox a ">" more
// before each line that looks like a From_ line.  REQUIRES: whole lines.
std::string Stored(ArchiveFormat format, std::string_view text);

class ArchiveWriter {
 public:
  // Makes the directory; files of earlier runs are overwritten.
  ArchiveWriter(std::string directory, ArchiveFormat format);

  // `stored` is Stored(format, message.text).
  void Add(const MadeMessage& message, std::string_view stored);
  // The same in pieces: Begin, any number of Append, End.
  void Begin(const MadeMessage& message);
  void Append(std::string_view stored);
  void End(const MadeMessage& message);
  // Writes the key file; true when everything has been written.
  bool Finish();

  bool ok() const { return ok_; }
  uint64_t messages() const { return number_; }
  uint64_t bytes() const { return bytes_; }

 private:
  struct Close {
    void operator()(std::FILE* file) const { std::fclose(file); }
  };
  using File = std::unique_ptr<std::FILE, Close>;

  File Create(const std::string& path);
  void Write(const File& file, std::string_view text);
  void CloseFile(File& file);
  std::string MessageName(const MadeMessage& message) const;
  bool is_mbox() const {
    return format_ == ArchiveFormat::kMbox ||
           format_ == ArchiveFormat::kMboxCrlf;
  }
  void WriteTruth(const MadeMessage& message);

  const std::string directory_;
  const ArchiveFormat format_;
  bool ok_ = true;
  File archive_;  // the mbox, or the message being written
  File truth_;
  std::string name_;     // of the file being written, below directory_
  uint64_t number_ = 0;  // messages begun
  uint64_t bytes_ = 0;   // of the mbox, or of all messages
  uint64_t offset_ = 0;  // of the message begun
  std::map<std::string, KeyUse> keys_;  // by name
};

}  // namespace mailassay::bench
