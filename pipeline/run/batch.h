// One block on its way through the stages: text, then facts, then answers, then
// rows and sums.  Owned by one stage at a time.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "lib/audit/books.h"
#include "lib/audit/changes.h"
#include "lib/audit/duplicates.h"
#include "lib/audit/error_row.h"
#include "lib/audit/facts.h"
#include "lib/audit/group_examiner.h"
#include "lib/audit/groups.h"
#include "lib/audit/ledger.h"
#include "lib/audit/notes.h"
#include "lib/audit/row.h"
#include "lib/audit/row_filter.h"
#include "lib/audit/tables.h"
#include "pipeline/keys/key_store.h"
#include "pipeline/source/block.h"
#include "pipeline/source/position.h"

namespace mailassay::run {

// A batch judged: its sums, and its rows of each table that is wanted.
struct Judged {
  audit::BatchTally tally;
  struct Rows {
    std::string text;
    uint64_t count = 0;
  };
  static constexpr size_t kTables = static_cast<size_t>(audit::Table::kCount);
  std::array<Rows, kTables> rows;  // of messages, signatures, exceptions
  audit::BatchGroups groups;       // if wanted; encoded
  uint64_t facts_bytes = 0;        // encoded, if wanted
  uint64_t temporary = 0;          // messages whose best is a temporary failure
  std::string records;  // of messages and signatures (audit/record.h)
  std::vector<audit::Outcome> outcomes;  // of each message, if wanted
};

struct Batch {
  std::unique_ptr<source::Block> block;  // until examined
  uint64_t input_bytes = 0;              // behind this block
  std::string file;                      // where reading stood
  uint64_t offset = 0;
  std::vector<audit::MessageFacts> messages;  // since examined
  std::vector<audit::ErrorRow> errors;
  // Files that end in this block, and how many of the errors stand before that.
  struct FileEnd {
    size_t errors_before = 0;
    source::FileEnd end;
  };
  std::vector<FileEnd> file_ends;
  uint64_t filtered_out = 0;
  // Of the streams of the block, in order: what of them lies in it.
  std::vector<std::pair<std::shared_ptr<const audit::Input>, audit::Books>>
      books;
  std::vector<audit::FileHash> hashes;
  std::vector<keys::KeyStore::Answer> answers;  // of all signatures, in order;
                                                // since resolved
  // An answer is missing, or the facts outgrew their share of the memory: the
  // facts are then in `chunks`, to be concluded when all input is read.
  bool deferred = false;
  struct Chunk {
    std::string encoded;
    uint64_t messages = 0;
  };
  std::vector<Chunk> chunks;
  std::vector<std::string> names;  // of the keys that the chunks ask for
  std::vector<audit::Duplicate> duplicates;  // among its messages
  // Where the files of its audit begin, when that stands behind another.
  uint64_t first_file = 0;
  uint64_t message_count = 0;
  double seconds = 0;  // in the parallel stages
  Judged judged;
  audit::BatchChanges changes;  // of one judged twice
  source::Position next;        // where reading goes on behind this batch
  bool ends = true;             // else the batch goes on in another part

  // Nothing was found in it.
  bool empty() const {
    return messages.empty() && chunks.empty() && errors.empty() &&
           books.empty() && hashes.empty() && filtered_out == 0;
  }
};

// The input when the files of its audit are counted from `first_file` on.
std::shared_ptr<const audit::Input> Behind(
    uint64_t first_file, const std::shared_ptr<const audit::Input>& input);
// The same for the inputs of all messages.
void PutBehind(uint64_t first_file, std::vector<audit::MessageFacts>& messages);

// What a store keeps beside the facts; moved out of the batch.
audit::Notes TakeNotes(Batch& batch);

// The parallel and serial steps of a run, each a pure function of its batch.
struct JudgeContext {
  const dmarc::PublicSuffixList& suffixes;
  audit::JudgeOptions options;
  audit::CsvOptions csv;
  std::array<bool, Judged::kTables> wanted{};
  bool wants_records = false;
  bool wants_outcomes = false;
  bool wants_facts_bytes = false;
  bool counts_duplicates = false;  // each time; else once
  std::optional<audit::Grouping> grouping = {};
  audit::RowFilter filter = {};  // messages that it does not admit count
                                 // nowhere
};

// Text to facts; gives the text back.  Facts beyond `facts_bytes` (about) are
// put into chunks, which defers the batch: ordinary mail has a tenth of its
// size in facts, but a line "DKIM-Signature:" has forty times.
void Examine(Batch& batch, audit::GroupExaminer& examiner, size_t facts_bytes);

// Adds the rows of files that changed while they were read.  REQUIRES: the
// batches before this one are examined, as in a serial step they are.
void CheckFileEnds(Batch& batch);

// Takes the answers that are there and starts the lookups of the others; one
// missing answer defers the batch.
void Resolve(Batch& batch, keys::KeyStore& store);

// Starts the lookups of all names and defers the batch: for a store, which
// takes facts alone.
void Request(Batch& batch, keys::KeyStore& store);

// Facts and answers to rows and sums; a deferred batch to chunks.
// `organizations`: of the thread, over the list of `context`.
void Conclude(Batch& batch, const JudgeContext& context,
              dmarc::OrganizationCache& organizations);

// Resolve and Conclude of facts that are not deferred, when all answers that
// will come are there.
void JudgeNow(Batch& batch, keys::KeyStore& keys, const JudgeContext& context,
              dmarc::OrganizationCache& organizations);

// The same after judging by earlier keys and rules: what differs goes into
// `changes`.
void Rejudge(Batch& batch, keys::KeyStore& earlier_keys,
             const JudgeContext& earlier, keys::KeyStore& keys,
             const JudgeContext& context,
             dmarc::OrganizationCache& organizations);

}  // namespace mailassay::run
