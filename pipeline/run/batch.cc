#include "pipeline/run/batch.h"

#include <algorithm>
#include <iterator>
#include <span>
#include <utility>
#include <variant>

#include "lib/audit/codec.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "lib/mail/mbox.h"
#include "pipeline/source/block.h"
#include "pipeline/source/fault.h"
#include "pipeline/source/file_run.h"

namespace mailassay::run {
namespace {

using audit::ErrorCode;
using audit::ErrorRow;
using audit::Gap;
using audit::GroupExaminer;
using audit::MessageFacts;
using audit::Placement;
using audit::Table;
using dkim::Reason;

// About; the text that the structs own is on top.
size_t FactsBytes(const MessageFacts& facts) {
  return sizeof facts + facts.signatures.capacity() * sizeof(dkim::Evidence);
}

// Only a signature that can still be judged asks for its key.
bool NeedsKey(const dkim::Evidence& evidence) {
  return evidence.limit == Reason::kOk &&
         (evidence.signature.defect == Reason::kOk ||
          evidence.signature.defect == Reason::kLTooLong);
}

// Moves the facts held so far into a chunk.
void MakeChunk(Batch& batch) {
  batch.chunks.push_back({.encoded = audit::EncodeFacts(batch.messages),
                          .messages = batch.messages.size()});
  batch.messages = {};
}

// The name to ask for a signature's keys; empty when none is to be asked.
std::string NameOf(const dkim::Evidence& evidence) {
  return NeedsKey(evidence) ? dkim::KeyName(evidence.signature) : std::string();
}

// visit(name), of every signature held as facts.
template <typename Visit>
void ForEachName(const Batch& batch, const Visit& visit) {
  for (const MessageFacts& facts : batch.messages) {
    for (const dkim::Evidence& evidence : facts.signatures) {
      visit(NameOf(evidence));
    }
  }
}

void RequestChunks(Batch& batch, keys::KeyStore& store) {
  for (const std::string& name : batch.names) {
    if (!name.empty()) store.Request(name);
  }
  batch.names = {};
}

template <typename Run>
mail::MboxSplitter::Tail TailOf(const Run& run) {
  using Tail = mail::MboxSplitter::Tail;
  return run.at_end ? Tail::kEnds : Tail::kEndsAtSeparator;
}

class PieceExaminer {
 public:
  PieceExaminer(Batch& batch, GroupExaminer& examiner, size_t facts_bytes)
      : batch_(batch), examiner_(examiner), facts_bytes_(facts_bytes) {}

  // What was added since the last chunk.
  void FinishGroup() {
    std::vector<MessageFacts> group = examiner_.Finish();
    if (batch_.messages.empty()) {
      batch_.messages = std::move(group);
    } else {
      std::ranges::move(group, std::back_inserter(batch_.messages));
    }
  }

  void operator()(const source::MboxRun& run) {
    mail::MboxSplitter splitter(run.text, TailOf(run), run.dialect);
    size_t done = 0;
    AddAll(splitter, run, run.text, &done);
    AddGap(run.input, Gap::kSeparator, run.text.size() - done);
  }
  void operator()(const source::FileRun& run) {
    source::FileRunText file(run);
    batch_.block->storage = file.storage();
    mail::MboxSplitter splitter(run.dialect);
    size_t done = 0;
    const auto extend = [&](mail::MboxSplitter::Tail tail) {
      splitter.Extend(file.text(), tail);
      AddAll(splitter, run, file.text(), &done);
    };
    while (file.ReadMore()) {
      extend(file.complete() ? TailOf(run) : mail::MboxSplitter::Tail::kGoesOn);
    }
    size_t end = run.size;
    if (!file.complete()) {
      extend(mail::MboxSplitter::Tail::kIsLost);
      end = splitter.done();
      AddLoss(run, file, run.offset + end);
    }
    AddGap(run.input, Gap::kSeparator, end - done);
  }
  void operator()(source::FileEnd& end) {
    batch_.file_ends.push_back(
        {.errors_before = batch_.errors.size(), .end = std::move(end)});
  }
  // A file that changed has a row that says so; what can't be read again, too.
  void operator()(const source::FileToHash& file) {
    auto sha256 = source::HashFile(file);
    if (sha256.ok()) {
      batch_.hashes.push_back({file.number, file.path, *sha256});
    } else {
      batch_.errors.push_back(source::FaultRow(sha256.status(), file.path, 0, 0,
                                               "; it has no SHA-256"));
    }
  }
  void operator()(const source::WholeMessage& message) {
    Add({.input = message.input,
         .offset = message.offset,
         .from_line = message.from_line},
        message.text);
  }
  void operator()(source::ExaminedMessage& message) {
    if (message.passed_lines > 0) {
      BooksOf(message.input)
          .AddPassedLines(message.passed_lines, message.offset);
    }
    if (!message.facts) {
      ++batch_.filtered_out;
      AddGap(message.input, Gap::kFiltered, message.length);
      return;
    }
    FinishGroup();
    BooksOf(message.input).AddMessage(message.length);
    const size_t bytes = FactsBytes(*message.facts);
    batch_.messages.push_back(std::move(*message.facts));
    Count(bytes);
  }
  void operator()(const source::Gap& gap) {
    AddGap(gap.input, gap.kind, gap.length);
  }
  void operator()(const source::StreamEnd& end) {
    BooksOf(end.input).stream_bytes += end.octets;
  }
  void operator()(ErrorRow& error) {
    batch_.errors.push_back(std::move(error));
  }

 private:
  // The text ended in a fault; from octet `cut` on nothing is given.
  void AddLoss(const source::FileRun& run, const source::FileRunText& file,
               uint64_t cut) {
    const uint64_t at = run.offset + file.text().size();
    const uint64_t end = run.offset + run.size;
    AddGap(run.input, source::FaultGap(file.fault()), end - cut);
    ErrorRow row = source::CutRow(file.fault(), run.input->file, at, cut, "");
    // What a file that was cut short has no more is not lost here.
    if (row.code == ErrorCode::kUnreadable) {
      row.length = end - cut;
      row.text += Concat("; what follows is left out up to octet ", end);
    }
    batch_.errors.push_back(std::move(row));
  }

  // Of the stream in hand: mostly that of the piece before.
  audit::Books& BooksOf(const std::shared_ptr<const audit::Input>& input) {
    if (batch_.books.empty() || batch_.books.back().first != input) {
      batch_.books.emplace_back(input, audit::Books());
    }
    return batch_.books.back().second;
  }
  void AddGap(const std::shared_ptr<const audit::Input>& input, Gap kind,
              uint64_t length) {
    if (length > 0) BooksOf(input)[kind] += length;
  }

  // What the splitter gives of `text`, the run's, and the separators before it.
  // `done`: how much of the text that covers.
  template <typename Run>
  void AddAll(mail::MboxSplitter& splitter, const Run& run,
              std::string_view text, size_t* done) {
    while (auto m = splitter.Next()) {
      const auto begin = static_cast<size_t>(m->message.data() - text.data());
      AddGap(run.input, Gap::kSeparator, begin - *done);
      *done = begin + m->message.size();
      const Placement placement{.input = run.input,
                                .offset = run.offset + begin,
                                .from_line = m->from_line};
      if (m->in_doubt) {
        AddSegment(placement, m->message, run.dialect);
      } else {
        Add(placement, m->message);
      }
    }
  }

  // Messages between lines that may be separators.
  void AddSegment(const Placement& placement, std::string_view text,
                  const mail::MboxDialect& dialect) {
    if (!segments_) segments_.emplace(examiner_.ForSegments());
    uint64_t done = placement.offset;
    segments_->Examine(
        placement.input,
        {.offset = placement.offset, .from_line = placement.from_line}, text,
        dialect, [&](audit::SegmentExaminer::Message message) {
          AddGap(placement.input, Gap::kSeparator, message.offset - done);
          done = message.offset + message.length;
          auto row =
              message.facts ? audit::LimitRow(*message.facts) : std::nullopt;
          source::ExaminedMessage examined{
              .input = placement.input,
              .offset = message.offset,
              .length = message.length,
              .facts = std::move(message.facts),
              .passed_lines = message.passed_lines};
          (*this)(examined);
          if (row) batch_.errors.push_back(*std::move(row));
        });
    AddGap(placement.input, Gap::kSeparator,
           placement.offset + text.size() - done);
  }

  void Add(const Placement& placement, std::string_view text) {
    if (!examiner_.Add(placement, text)) {
      ++batch_.filtered_out;
      AddGap(placement.input, Gap::kFiltered, text.size());
      return;
    }
    BooksOf(placement.input).AddMessage(text.size());
    if (auto row = audit::LimitRow(examiner_.last())) {
      batch_.errors.push_back(*std::move(row));
    }
    Count(FactsBytes(examiner_.last()));
  }

  void Count(size_t bytes) {
    held_bytes_ += bytes;
    ++batch_.message_count;
    if (held_bytes_ < facts_bytes_) return;
    FinishGroup();
    batch_.deferred = true;
    ForEachName(batch_, [this](std::string name) {
      batch_.names.push_back(std::move(name));
    });
    MakeChunk(batch_);
    held_bytes_ = 0;
  }

  Batch& batch_;
  GroupExaminer& examiner_;
  std::optional<audit::SegmentExaminer> segments_;
  size_t facts_bytes_;
  size_t held_bytes_ = 0;
};

bool Counts(const MessageFacts& facts, const JudgeContext& context) {
  return facts.duplicate_of.empty() || context.counts_duplicates;
}

void AddRows(const audit::MessageRow& row, const JudgeContext& context,
             Judged& judged) {
  auto rows = [&](Table table) -> Judged::Rows* {
    auto index = static_cast<size_t>(table);
    return context.wanted[index] ? &judged.rows[index] : nullptr;
  };
  if (Judged::Rows* messages = rows(Table::kMessages)) {
    audit::WriteMessage(row, context.csv, &messages->text);
    ++messages->count;
  }
  if (Judged::Rows* signatures = rows(Table::kSignatures)) {
    audit::WriteSignatures(row, context.csv, &signatures->text);
    signatures->count += row.signatures.size();
  }
  Judged::Rows* exceptions = rows(Table::kExceptions);
  if (exceptions != nullptr && audit::IsException(row)) {
    audit::WriteMessage(row, context.csv, &exceptions->text);
    ++exceptions->count;
  }
}

// Judges a batch in groups of messages whose signatures are verified together:
// enough of them to fill the lanes of a kernel, and no more than a bounded
// number in memory.
class Judgement {
 public:
  Judgement(Batch& batch, const JudgeContext& context,
            dmarc::OrganizationCache& organizations)
      : batch_(batch),
        context_(context),
        organizations_(organizations),
        answers_(batch.answers) {}

  // False: all messages are judged.
  bool NextGroup() {
    checks_.clear();
    const size_t begin = end_;
    for (size_t first = 0;
         end_ < batch_.messages.size() && checks_.size() < kChecks; ++end_) {
      const size_t signatures = batch_.messages[end_].signatures.size();
      audit::AppendChecks(batch_.messages[end_],
                          answers_.subspan(first, signatures), checks_);
      first += signatures;
    }
    crypto::VerifyBatch(checks_);
    std::span<const crypto::Check> outcomes = checks_;
    for (size_t i = begin; i < end_; ++i) Judge(batch_.messages[i], outcomes);
    return end_ < batch_.messages.size();
  }

 private:
  static constexpr size_t kChecks = 512;

  void Judge(const MessageFacts& facts,
             std::span<const crypto::Check>& outcomes) {
    const size_t signatures = facts.signatures.size();
    const audit::MessageRow row =
        audit::Judge(facts, answers_.first(signatures), organizations_,
                     context_.options, outcomes);
    answers_ = answers_.subspan(signatures);
    if (!context_.filter.Admits(row)) return;
    if (context_.wants_outcomes) {
      batch_.judged.outcomes.push_back({row.message_class, row.reason});
    }
    Count(row);
    AddRows(row, context_, batch_.judged);
    if (context_.wants_records) {
      audit::WriteMessageRecord(row, &batch_.judged.records);
      audit::WriteSignatureRecords(row, &batch_.judged.records);
    }
  }

  void Count(const audit::MessageRow& row) {
    audit::BatchTally& tally = batch_.judged.tally;
    if (!row.facts->duplicate_of.empty()) ++tally.totals.duplicates;
    if (!Counts(*row.facts, context_)) return;
    tally.Add(row);
    if (context_.grouping) batch_.judged.groups.Add(row, *context_.grouping);
    if (dkim::ResultOf(row.reason) == dkim::Result::kTempError) {
      ++batch_.judged.temporary;
    }
  }

  Batch& batch_;
  const JudgeContext& context_;
  dmarc::OrganizationCache& organizations_;
  audit::Answers answers_;  // of the messages not yet judged
  size_t end_ = 0;          // of the group in hand
  std::vector<crypto::Check> checks_;
};

}  // namespace

void Examine(Batch& batch, GroupExaminer& examiner, size_t facts_bytes) {
  PieceExaminer visitor(batch, examiner, facts_bytes);
  for (source::Piece& piece : batch.block->pieces) std::visit(visitor, piece);
  visitor.FinishGroup();
  batch.block.reset();
}

void CheckFileEnds(Batch& batch) {
  for (; !batch.file_ends.empty(); batch.file_ends.pop_back()) {
    const Batch::FileEnd& last = batch.file_ends.back();
    auto row = source::CheckUnchanged(last.end);
    if (!row) continue;
    batch.errors.insert(
        batch.errors.begin() + static_cast<ptrdiff_t>(last.errors_before),
        *std::move(row));
  }
}

std::shared_ptr<const audit::Input> Behind(
    uint64_t first_file, const std::shared_ptr<const audit::Input>& input) {
  if (first_file == 0) return input;
  auto behind = std::make_shared<audit::Input>(*input);
  behind->ordinal += first_file << 32;
  return behind;
}

void PutBehind(uint64_t first_file, std::vector<MessageFacts>& messages) {
  std::shared_ptr<const audit::Input> last;
  std::shared_ptr<const audit::Input> behind;
  for (MessageFacts& facts : messages) {
    if (facts.input != last) {
      last = facts.input;
      behind = Behind(first_file, last);
    }
    facts.input = behind;
  }
}

audit::Notes TakeNotes(Batch& batch) {
  return {.errors = std::move(batch.errors),
          .filtered_out = batch.filtered_out,
          .books = std::move(batch.books),
          .hashes = std::move(batch.hashes)};
}

void Request(Batch& batch, keys::KeyStore& store) {
  RequestChunks(batch, store);
  ForEachName(batch, [&](const std::string& name) {
    if (!name.empty()) store.Request(name);
  });
  batch.deferred = true;
}

void Resolve(Batch& batch, keys::KeyStore& store) {
  RequestChunks(batch, store);
  ForEachName(batch, [&](const std::string& name) {
    keys::KeyStore::Answer answer;
    if (!name.empty()) {
      answer = store.Request(name);
      batch.deferred |= answer == nullptr;
    }
    batch.answers.push_back(std::move(answer));
  });
}

void Conclude(Batch& batch, const JudgeContext& context,
              dmarc::OrganizationCache& organizations) {
  if (batch.deferred) {
    if (!batch.messages.empty()) MakeChunk(batch);
    return;
  }
  if (context.wants_facts_bytes) {
    batch.judged.facts_bytes = audit::EncodeFacts(batch.messages).size();
  }
  Judgement judgement(batch, context, organizations);
  while (judgement.NextGroup()) {
  }
  batch.judged.groups.Encode();
}

void JudgeNow(Batch& batch, keys::KeyStore& keys, const JudgeContext& context,
              dmarc::OrganizationCache& organizations) {
  batch.answers.clear();
  batch.judged = {};
  Resolve(batch, keys);
  batch.deferred = false;
  Conclude(batch, context, organizations);
}

void Rejudge(Batch& batch, keys::KeyStore& earlier_keys,
             const JudgeContext& earlier, keys::KeyStore& keys,
             const JudgeContext& context,
             dmarc::OrganizationCache& organizations) {
  JudgeNow(batch, earlier_keys, earlier, organizations);
  const std::vector<audit::Outcome> before = std::move(batch.judged.outcomes);
  JudgeNow(batch, keys, context, organizations);
  for (size_t i = 0; i < batch.messages.size(); ++i) {
    if (!Counts(batch.messages[i], context)) continue;
    batch.changes.Add(batch.messages[i], before[i], batch.judged.outcomes[i]);
  }
}

}  // namespace mailassay::run
