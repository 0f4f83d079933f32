#include "pipeline/run/batch.h"

#include <utility>
#include <variant>

#include "lib/audit/codec.h"
#include "lib/base/concat.h"
#include "lib/base/safe_text.h"
#include "lib/mail/mbox.h"

namespace mailassay::run {
namespace {

using audit::ErrorCode;
using audit::ErrorRow;
using audit::MessageExaminer;
using audit::MessageFacts;
using audit::Placement;
using audit::Table;
using dkim::Reason;

// A message over a limit has its rows, and a row in errors.csv too.
void NoteLimit(const MessageFacts& facts, std::vector<ErrorRow>& errors) {
  if (facts.limit != Reason::kLimitMessage &&
      facts.limit != Reason::kLimitHeaderBytes) {
    return;
  }
  bool message = facts.limit == Reason::kLimitMessage;
  errors.push_back(
      {.code = message ? ErrorCode::kLimitMessage : ErrorCode::kLimitHeader,
       .file = facts.input->file,
       .offset = facts.offset,
       .length = facts.length,
       .kind = {},
       .text = Concat(SafeText(facts.input->file), ": offset ", facts.offset,
                      ": a message of ", facts.length, " octets: ",
                      dkim::ReasonSentence(facts.limit), "; not verified")});
}

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
  for (const MessageFacts& facts : batch.messages) {
    for (const dkim::Evidence& evidence : facts.signatures) {
      if (NeedsKey(evidence)) {
        batch.names.push_back(dkim::KeyName(evidence.signature));
      }
    }
  }
  batch.chunks.push_back({.encoded = audit::EncodeFacts(batch.messages),
                          .messages = batch.messages.size()});
  batch.messages = {};
}

class PieceExaminer {
 public:
  PieceExaminer(Batch& batch, MessageExaminer& examiner, size_t facts_bytes)
      : batch_(batch), examiner_(examiner), facts_bytes_(facts_bytes) {}

  void operator()(const source::MboxRun& run) {
    mail::MboxSplitter splitter(run.text);
    while (auto m = splitter.Next()) {
      auto begin = static_cast<uint64_t>(m->message.data() - run.text.data());
      Add({.input = run.input,
           .offset = run.offset + begin,
           .from_line = m->from_line},
          m->message);
    }
  }
  void operator()(const source::WholeMessage& message) {
    Add({.input = message.input,
         .offset = message.offset,
         .from_line = message.from_line},
        message.text);
  }
  void operator()(source::ExaminedMessage& message) {
    if (message.facts) {
      Keep(*std::move(message.facts));
    } else {
      ++batch_.filtered_out;
    }
  }
  void operator()(ErrorRow& error) {
    batch_.errors.push_back(std::move(error));
  }

 private:
  void Add(const Placement& placement, std::string_view text) {
    auto facts = examiner_.Examine(placement, text);
    if (!facts) {
      ++batch_.filtered_out;
      return;
    }
    NoteLimit(*facts, batch_.errors);
    Keep(*std::move(facts));
  }

  void Keep(MessageFacts facts) {
    held_bytes_ += FactsBytes(facts);
    batch_.messages.push_back(std::move(facts));
    ++batch_.message_count;
    if (held_bytes_ < facts_bytes_) return;
    batch_.deferred = true;
    MakeChunk(batch_);
    held_bytes_ = 0;
  }

  Batch& batch_;
  MessageExaminer& examiner_;
  size_t facts_bytes_;
  size_t held_bytes_ = 0;
};

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

}  // namespace

void Examine(Batch& batch, MessageExaminer& examiner, size_t facts_bytes) {
  PieceExaminer visitor(batch, examiner, facts_bytes);
  for (source::Piece& piece : batch.block->pieces) std::visit(visitor, piece);
  batch.block.reset();
}

void Resolve(Batch& batch, keys::KeyStore& store) {
  for (const std::string& name : batch.names) {
    if (!name.empty()) store.Request(name);
  }
  batch.names = {};
  for (const MessageFacts& facts : batch.messages) {
    for (const dkim::Evidence& evidence : facts.signatures) {
      std::string name = NeedsKey(evidence) ? dkim::KeyName(evidence.signature)
                                            : std::string();
      keys::KeyStore::Answer answer;
      if (!name.empty()) {
        answer = store.Request(name);
        batch.deferred |= answer == nullptr;
      }
      batch.answers.push_back(std::move(answer));
    }
  }
}

void Conclude(Batch& batch, const JudgeContext& context) {
  if (batch.deferred) {
    if (!batch.messages.empty()) MakeChunk(batch);
    return;
  }
  auto answer = batch.answers.begin();
  for (const MessageFacts& facts : batch.messages) {
    auto end = answer + static_cast<std::ptrdiff_t>(facts.signatures.size());
    audit::MessageRow row =
        audit::Judge(facts, {answer, end}, context.suffixes, context.options);
    answer = end;
    batch.judged.tally.Add(row);
    if (dkim::ResultOf(row.reason) == dkim::Result::kTempError) {
      ++batch.judged.temporary;
    }
    AddRows(row, context, batch.judged);
  }
}

}  // namespace mailassay::run
